"""Figures made of what a page says of its pictures; the browser is a stand-in."""

from types import SimpleNamespace

import pytest

from kunster.bench import page
from kunster.errors import UserError
from kunster.page.networks import Shown

from ..random_networks import describe, random_network

SHOWN = Shown("mine", random_network(describe(alpha=0.125)), describe(alpha=0.125))


class Answering:
    """A page on which these pictures were seen: when, and milliseconds, width and height."""

    context = SimpleNamespace(browser="a browser")

    def __init__(self, *seen: tuple[float, float, int, int]) -> None:
        self.seen = seen

    def wait_for_timeout(self, milliseconds: float) -> None:
        pass

    def evaluate(self, expression: str) -> object:
        return {"window.seen": list(self.seen), page.FIRST: 500.0}.get(expression, "an engine")


@pytest.fixture(autouse=True)
def memory(monkeypatch):
    monkeypatch.setattr(page, "memory", lambda browser: 1_000_000)


def test_pictures_and_the_time_between_them_are_counted():
    found = page._measured(
        SHOWN, Answering((0, 8, 320, 240), (100, 9, 320, 240), (400, 7, 320, 240)), seconds=1
    )
    assert (found.size, found.fps, found.slowest, found.milliseconds) == ("320x240", 5, 0.3, 8)


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_pictures_to_measure_are_said_in_a_line(count):
    with pytest.raises(UserError) as refused:
        page._measured(SHOWN, Answering(*[(0, 8, 320, 240)] * count), seconds=0.1)
    assert str(refused.value) == (
        f"--seconds 0.1: mine showed {count} pictures after the first; 2 are needed"
    )
