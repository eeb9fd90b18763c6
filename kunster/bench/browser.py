"""Headless Chromium on a leash: pages opened, asked and photographed by its DevTools protocol.

The protocol comes through a pipe, so it needs neither a port nor a library.
"""

import fcntl
import json
import os
import select
import shutil
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from kunster.bench.tab import Page, PageError
from kunster.errors import UserError

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    *("--headless=new", "--no-sandbox", "--no-first-run", "--mute-audio", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--remote-debugging-pipe",
)
COMMANDS, ANSWERS = 3, 4  # the descriptors on which Chromium listens and speaks
ABOVE = 10  # descriptors that cannot be one of those
BLOCK = 1 << 20  # bytes
PATIENCE = 60.0  # s for an answer


def chromium() -> str | None:
    """The browser's program, None where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def camera_options(video: Path) -> tuple[str, ...]:
    """A camera that sees a .y4m or .mjpeg file and that no page has to ask for."""
    return (
        *("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"),
        f"--use-file-for-fake-video-capture={video}",
    )


@contextmanager
def browsing(profile: Path, options: Sequence[str] = ()) -> Iterator["Browser"]:
    """A browser with a new profile in that folder, ended with the block.

    Raises:
        UserError: there is no Chromium.
    """
    program = chromium()
    if program is None:
        raise UserError(f"no browser found: install one of {', '.join(NAMES)}")
    commands_in, commands_out = _pipe()
    answers_in, answers_out = _pipe()
    arguments = [program, *OPTIONS, *options, f"--user-data-dir={profile}", "about:blank"]
    log = str(profile.with_suffix(".log"))
    process = os.posix_spawn(
        program,
        arguments,
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, commands_in, COMMANDS),
            (os.POSIX_SPAWN_DUP2, answers_out, ANSWERS),
            (os.POSIX_SPAWN_OPEN, 2, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        ],
        setpgroup=0,
    )
    os.close(commands_in)
    os.close(answers_out)
    try:
        yield Browser(process, commands_out, answers_in)
    finally:
        os.killpg(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(commands_out)
        os.close(answers_in)


class Browser:
    """The protocol: commands with answers, and events that come in between."""

    def __init__(self, process: int, commands: int, answers: int) -> None:
        self._process, self._commands, self._answers = process, commands, answers
        self._buffer = b""
        self._count = 0
        self.events: list[dict[str, Any]] = []

    def send(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """The result of a command.

        Raises:
            PageError: the browser refuses, or does not answer.
        """
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self._next(deadline - time.monotonic())
            if answer is None:
                raise PageError(f"{method}: no answer within {PATIENCE:g} s")
            if answer.get("id") != self._count:
                self.events.append(answer)
            elif "error" in answer:
                raise PageError(f"{method}: {answer['error']['message']}")
            else:
                return answer["result"]

    def listen(self, seconds: float) -> None:
        """Collects events for a while."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            message = self._next(left)
            if message is not None:
                self.events.append(message)

    def open(self, address: str, width: int = 1280, height: int = 900, **media: str) -> "Page":
        """A page in a tab of its own.

        Args:
            media: features as CSS names them: `prefers_color_scheme="dark"`.
        """
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        page = Page(self, attached["sessionId"])
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.send(f"{domain}.enable")
        page.resize(width, height)
        features = [{"name": name.replace("_", "-"), "value": v} for name, v in media.items()]
        page.send("Emulation.setEmulatedMedia", features=features)
        page.send("Page.navigate", url=address)
        return page

    def memory(self) -> int:
        """Bytes that all its processes occupy, shared ones counted once (Linux)."""
        return sum(map(_proportional, _group(self._process)))

    def _next(self, seconds: float) -> dict[str, Any] | None:
        """The next message, None if none comes in time."""
        deadline = time.monotonic() + seconds
        while b"\0" not in self._buffer:
            ready, _, _ = select.select(
                [self._answers], [], [], max(0, deadline - time.monotonic())
            )
            if not ready:
                return None
            block = os.read(self._answers, BLOCK)
            if not block:
                raise PageError("the browser has ended")
            self._buffer += block
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)


def _group(leader: int) -> Iterator[Path]:
    """Folders in /proc of the processes of a group."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[2]) == leader:
                yield folder


def _proportional(folder: Path) -> int:
    with suppress(OSError):
        for line in (folder / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return 1024 * int(line.split()[1])
    return 0  # it has ended meanwhile


def _pipe() -> tuple[int, int]:
    """Ends to read and to write, neither of them a descriptor that Chromium wants for itself."""
    ends = os.pipe()
    moved = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, ABOVE) for end in ends)
    for end in ends:
        os.close(end)
    return moved[0], moved[1]
