"""Headless Chromium, driven by Playwright."""

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kunster.errors import UserError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    *("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
NO_GPU = ("--disable-gpu",)
PATIENCE = 30.0  # s
GLANCE = 50  # ms between two looks at a page


def camera_options(video: Path) -> tuple[str, ...]:
    """Options for a camera that plays a .y4m or .mjpeg file; pages get it without asking."""
    return (
        *("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"),
        f"--use-file-for-fake-video-capture={video}",
    )


@contextmanager
def browsing(options: Sequence[str] = NO_GPU) -> Iterator["Browser"]:
    """A browser with an empty profile; Playwright allows one at a time in a thread.

    Raises:
        UserError: Playwright or Chromium is not installed.
    """
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        raise UserError(f"no browser found: install one of {', '.join(NAMES)}")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise UserError("needs Playwright: pip install playwright") from error
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=[*OPTIONS, *options])
        try:
            yield launched
        finally:
            launched.close()


def wait(page: "Page", expression: str, seconds: float = PATIENCE) -> Any:
    """The first true value of a JavaScript expression.

    `Page.wait_for_function` needs eval, which a page's policy may forbid.

    Raises:
        TimeoutError: there is none in time.
    """
    deadline = time.monotonic() + seconds
    while not (value := page.evaluate(expression)):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s: {expression}")
        page.wait_for_timeout(GLANCE)
    return value


def memory(browser: "Browser") -> int:
    """Bytes that all its processes occupy, shared ones counted once (Linux)."""
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
    return sum(_proportional(each["id"]) for each in processes["processInfo"])


def _proportional(process: int) -> int:
    with suppress(OSError):  # it may have ended meanwhile
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return 1024 * int(line.split()[1])
    return 0
