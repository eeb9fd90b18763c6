"""A page of a browser that is driven: asked, and waited for."""

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kunster.bench.browser import Browser

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
