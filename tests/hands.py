"""What a user does to a page of a browser: mouse, keys, a file."""

import json
from pathlib import Path

from kunster.bench.tab import Page

CODES = {"ArrowLeft": 37, "ArrowRight": 39}  # of Windows, as Chromium wants them


def click(page: Page, selector: str) -> None:
    """A mouse's click in the middle of an element, scrolled into view."""
    x, y = page.ask(
        f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
        "e.scrollIntoView({ block: 'center' }); const b = e.getBoundingClientRect();"
        "return [b.left + b.width / 2, b.top + b.height / 2]; })()"
    )
    place = {"x": x, "y": y, "button": "left", "clickCount": 1}
    for kind in ("mousePressed", "mouseReleased"):
        page.send("Input.dispatchMouseEvent", type=kind, **place)


def press(page: Page, key: str) -> None:
    """An arrow key by its name."""
    for kind in ("rawKeyDown", "keyUp"):
        page.send("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=CODES[key])


def choose_file(page: Page, selector: str, file: Path) -> None:
    root = page.send("DOM.getDocument")["root"]["nodeId"]
    node = page.send("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
    page.send("DOM.setFileInputFiles", nodeId=node, files=[str(file)])
