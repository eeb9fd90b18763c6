"""A page of a browser that is driven: asked, clicked, photographed."""

import base64
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kunster.benchmarks.browser import Browser

GLANCE = 0.05  # s between two looks at a page


class PageError(RuntimeError):
    """JavaScript threw, or what was waited for did not come."""


class Page:
    """A tab."""

    def __init__(self, browser: "Browser", session: str) -> None:
        self.browser, self.session = browser, session

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.browser.send(method, self.session, **parameters)

    def resize(self, width: int, height: int) -> None:
        """CSS pixels; below 600 a phone's screen, with touch."""
        phone = min(width, height) < 600
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if phone else 1,
            mobile=phone,
        )

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression; promises are waited for.

        Raises:
            PageError: it throws.
        """
        answer = self.send(
            "Runtime.evaluate",
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise PageError(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def wait(self, expression: str, seconds: float = 30.0) -> Any:
        """The first value of an expression that counts as true.

        Raises:
            PageError: none comes in time; says what the page complained about.
        """
        deadline = time.monotonic() + seconds
        while True:
            value = self.ask(expression)
            if value:
                return value
            if time.monotonic() > deadline:
                raise PageError(f"not within {seconds:g} s: {expression}; {self.complaints()}")
            self.browser.listen(GLANCE)

    def click(self, selector: str) -> None:
        """A mouse's click in the middle of an element, scrolled into view."""
        place = self.ask(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            "e.scrollIntoView({ block: 'center' }); const b = e.getBoundingClientRect();"
            "return [b.left + b.width / 2, b.top + b.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.mouse(kind, *place, button="left", clickCount=1)

    def mouse(self, kind: str, x: float, y: float, **options: Any) -> None:
        self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, **options)

    def press(self, key: str) -> None:
        """A key by its name: Tab, ArrowRight, Enter."""
        code = {"Tab": 9, "Enter": 13, " ": 32, "ArrowLeft": 37, "ArrowRight": 39}.get(key, 0)
        for kind in ("rawKeyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code)

    def choose_file(self, selector: str, file: Path) -> None:
        root = self.send("DOM.getDocument")["root"]["nodeId"]
        node = self.send("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.send("DOM.setFileInputFiles", nodeId=node, files=[str(file)])

    def screenshot(self, path: Path, whole: bool = False) -> None:
        data = self.send("Page.captureScreenshot", captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(data))

    def complaints(self) -> list[str]:
        """Errors that the page logged or did not catch."""
        found = []
        for event in self._events():
            content = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                details = content["exceptionDetails"]
                found.append(details.get("exception", {}).get("description", details["text"]))
            elif event["method"] == "Log.entryAdded" and content["entry"]["level"] == "error":
                found.append(f"{content['entry']['text']} {content['entry'].get('url', '')}")
            elif event["method"] == "Runtime.consoleAPICalled" and content["type"] == "error":
                found.append(str([each.get("value") for each in content["args"]]))
        return found

    def requests(self) -> list[str]:
        """Addresses that the page itself asked for."""
        return [
            event["params"]["request"]["url"]
            for event in self._events()
            if event["method"] == "Network.requestWillBeSent"
        ]

    def _events(self) -> Iterator[Mapping[str, Any]]:
        return (each for each in self.browser.events if each.get("sessionId") == self.session)
