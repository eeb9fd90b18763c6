"""The page from its file in a real browser, of a phone's and of a desktop's width."""

from contextlib import ExitStack

import pytest

from kunster.bench.browser import wait

from ..browsers import click, opened
from ..page.conftest import axe  # noqa: F401
from .conftest import FRAMES

LOADED = "[...document.images].every((image) => image.complete && image.naturalWidth)"
SHOWN = "document.querySelector('#great_wave .painted').getAttribute('src')"


@pytest.fixture
def gallery(browser, made):
    """`gallery(360)`: the page, all of its pictures loaded."""
    with ExitStack() as pages:

        def show(width):
            page = pages.enter_context(
                opened(
                    browser,
                    (made / "index.html").as_uri(),
                    width=width,
                    height=760,
                    reduced_motion="reduce",
                )
            )
            page.evaluate(
                "document.querySelectorAll('[loading]').forEach((each) => each.loading = 'eager')"
            )
            wait(page, LOADED)
            return page

        yield show


@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_asks_for_files_alone_and_axe_finds_nothing(gallery, axe, width):  # noqa: F811
    page = gallery(width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.evaluate(axe)
        assert (
            page.evaluate("axe.run().then(({ violations }) => violations.map((each) => each.id))")
            == []
        )
    kinds = {address.partition(":")[0] for address in page.requests}
    assert kinds <= {"file", "data"}  # the browser's own buttons of a film are data
    assert page.complaints == []


def test_keys_choose_network_stage_and_photo_and_move_the_line(gallery):
    page = gallery(1280)
    assert page.evaluate(SHOWN) == "pictures/great_wave/14-temporal-1.jpg"
    for choice, shown in (
        ("network", "15-temporal-1"),
        ("stage", "15-perceptual-1"),
        ("photo", "15-perceptual-2"),
    ):
        page.evaluate(
            f"document.querySelector('#great_wave [data-choice={choice}] :checked').focus()"
        )
        page.keyboard.press("ArrowRight" if choice == "photo" else "ArrowLeft")
        assert page.evaluate(SHOWN) == f"pictures/great_wave/{shown}.jpg"
    assert "3,999 parameters" in page.evaluate(
        "document.querySelector('#great_wave .facts').innerText"
    )
    page.evaluate("document.querySelector('#great_wave .split input').focus()")
    page.keyboard.press("ArrowRight")
    line = "getComputedStyle(document.querySelector('#great_wave .split')).getPropertyValue('--at')"
    assert page.evaluate(line) == "34%"


def test_the_film_plays_and_a_narrow_page_shows_its_painted_half(gallery):
    page = gallery(360)
    film = "document.querySelector('#great_wave video')"
    assert page.evaluate(f"{film}.dataset.view") == "painted"
    ratio = f"{film}.clientWidth / {film}.clientHeight"
    assert page.evaluate(ratio) == pytest.approx(160 / 64, rel=0.02)
    click(page, "#great_wave [value=both] + span")
    assert page.evaluate(ratio) == pytest.approx(320 / 64, rel=0.03)
    page.evaluate(f"{film}.play().then(() => true)")
    wait(page, f"{film}.currentTime > 0.3")
    assert page.evaluate(f"{film}.duration") == pytest.approx(FRAMES / 10, abs=0.05)
