"""Headless Chromium for tests, and pages that remember what they asked for and complained about."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from kunster.bench.browser import NO_GPU, browsing
from kunster.errors import UserError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SMALL = 600  # CSS pixels; a smaller screen is a phone's


@contextmanager
def chromium(options: Sequence[str] = NO_GPU) -> Iterator["Browser"]:
    """The browser; skips where there is none."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(browsing(options))
        except UserError as error:
            pytest.skip(str(error))
        yield found


@contextmanager
def opened(
    browser: "Browser", address: str, width: int = 1280, height: int = 900, **options
) -> Iterator["Page"]:
    """A page in a context of its own, with lists `complaints` and `requests`."""
    phone = min(width, height) < SMALL
    page = browser.new_page(
        viewport={"width": width, "height": height},
        device_scale_factor=2 if phone else 1,
        is_mobile=phone,
        has_touch=phone,
        **options,
    )
    page.complaints, page.requests = [], []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
    page.on("request", lambda request: page.requests.append(request.url))
    page.goto(address)
    try:
        yield page
    finally:
        page.close()


def click(page: "Page", selector: str) -> None:
    """A click of the mouse on what is seen in the middle of an element, be it its label."""
    element = page.locator(selector)
    element.evaluate("(each) => each.scrollIntoView({ block: 'center', behavior: 'instant' })")
    box = element.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
