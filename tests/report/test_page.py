"""The page in a real browser: headless Chromium, of a desktop's and of a phone's width."""

import json
from contextlib import ExitStack

import pytest

from kunster.bench.browser import wait
from kunster.networks.table2 import ROWS
from kunster.report.__main__ import main
from kunster.report.sweep import SIZES

from ..browsers import opened
from .conftest import write_run

LOADED = "[...document.images].every((image) => image.complete)"
IN_VIEW = (
    "[...document.querySelectorAll('.scroll thead [colspan]')].find(({ textContent }) =>"
    " textContent === 'this machine').getBoundingClientRect().right"
    " <= document.querySelector('.scroll').getBoundingClientRect().right"
)


@pytest.fixture
def shown(browser, table2_sweep):
    """`shown("picture=2")`: the page with that in its address, all of its pictures loaded."""
    address = (table2_sweep / "report" / "index.html").as_uri()
    with ExitStack() as pages:

        def show(state: str = "", width: int = 1280):
            page = pages.enter_context(opened(browser, f"{address}#{state}", width=width))
            wait(page, LOADED)
            return page

        yield show


def test_a_browser_shows_15_rows_and_the_state_in_the_address(shown):
    page = shown("left=scream_4%2Fperceptual&right=scream_14%2Ftemporal&picture=2&at=0.3")
    document = page.content()

    assert document.count('<th scope="row">') == 15
    assert 'alt="rocket: Small, id 4, α 0.25, β 1, stage 1"' in document
    assert 'alt="rocket: Small, id 14, α 0.25, β 0.5, stage 2"' in document
    assert 'style="--at: 30%;"' in document
    assert document.count("<option") == 2 * (1 + 2 * 15)
    assert page.complaints == []


def test_an_address_that_names_nothing_here_falls_back(shown):
    document = shown("left=nothing&picture=99&at=x").content()

    assert 'alt="astronaut: the photo itself"' in document
    assert 'style="--at: 50%;"' in document


def test_pictures_differ_and_all_have_loaded(shown):
    pictures = """[...document.images].map((image) => [image.naturalWidth > 0, image.alt])"""
    page = shown()

    assert all(width and words for width, words in page.evaluate(pictures))
    left, right = (
        page.evaluate(f"document.getElementById('{side}-picture').src")
        for side in ("left", "right")
    )
    assert left != right


def test_keys_and_pointer_move_the_line_and_the_address_follows(shown):
    page = shown()
    wipe = page.locator("#split")
    wipe.evaluate("(each) => each.scrollIntoView({ block: 'center', behavior: 'instant' })")
    box = wipe.bounding_box()

    def to(share):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)

    def line():
        return wipe.evaluate("(each) => getComputedStyle(each).getPropertyValue('--at')")

    to(0.2)
    page.mouse.down()
    assert page.evaluate("document.getElementById('at').value") == "20"
    to(0.8)
    assert line() == "80%"
    page.mouse.up()
    assert "at=0.8" in page.evaluate("location.hash")
    assert page.evaluate("document.activeElement.id") == "at"
    page.keyboard.press("ArrowRight")
    assert line() == "81%"


def test_the_papers_frames_a_second_and_ours_are_in_one_view(shown):
    assert shown().evaluate(IN_VIEW)


def test_they_are_in_one_view_with_several_paintings_and_long_titles(browser, tmp_path):
    for style in ("great_wave", "udnie"):
        write_run(tmp_path / style, ROWS[0], style=style)
    speeds = dict.fromkeys(("great_wave", "udnie"), 1234.5)
    (tmp_path / "bench.json").write_text(json.dumps(dict.fromkeys(SIZES, speeds)))
    assert main([str(tmp_path)]) == 0
    with opened(browser, (tmp_path / "report" / "index.html").as_uri(), width=1280) as page:
        assert page.evaluate(IN_VIEW)


@pytest.mark.parametrize("width", [390, 1280])
def test_only_the_tables_own_box_scrolls_sideways(shown, width):
    page = shown(width=width)
    assert page.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [width, width]
    assert page.evaluate(
        "((box) => box.scrollWidth > box.clientWidth)(document.querySelector('.scroll'))"
    )
