"""The page from its file in a real browser, of a phone's and of a desktop's width."""

import pytest

from kunster.bench.browser import browsing, chromium

from ..hands import click, press
from ..page.conftest import axe  # noqa: F401
from .conftest import FRAMES

LOADED = "[...document.images].every((image) => image.complete && image.naturalWidth)"
SHOWN = "document.querySelector('#great_wave .painted').getAttribute('src')"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if chromium() is None:
        pytest.skip("needs the browser chromium")
    with browsing(tmp_path_factory.mktemp("browser") / "profile") as found:
        yield found


@pytest.fixture
def opened(browser, made):
    """`opened(360)`: the page, all of its pictures loaded."""
    pages = []

    def open_page(width):
        page = browser.open((made / "index.html").as_uri(), width=width, height=760)
        pages.append(page)
        still = {"name": "prefers-reduced-motion", "value": "reduce"}  # a click would miss
        page.send("Emulation.setEmulatedMedia", features=[still])
        page.wait("document.readyState === 'complete'")
        page.ask("document.querySelectorAll('[loading]').forEach((each) => each.loading = 'eager')")
        page.wait(LOADED)
        return page

    yield open_page
    for page in pages:
        page.send("Page.close")


@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_asks_for_files_alone_and_axe_finds_nothing(opened, axe, width):  # noqa: F811
    page = opened(width)
    assert page.ask("document.documentElement.scrollWidth") == width
    for scheme in ("light", "dark"):
        feature = {"name": "prefers-color-scheme", "value": scheme}
        page.send("Emulation.setEmulatedMedia", features=[feature])
        page.ask(axe)
        assert (
            page.ask("axe.run().then(({ violations }) => violations.map((each) => each.id))") == []
        )
    kinds = {address.partition(":")[0] for address in page.requests()}
    assert kinds <= {"file", "data"}  # the browser's own buttons of a film are data
    assert page.complaints() == []


def test_keys_choose_network_stage_and_photo_and_move_the_line(opened):
    page = opened(1280)
    assert page.ask(SHOWN) == "pictures/great_wave/14-temporal-1.jpg"
    for choice, shown in (
        ("network", "15-temporal-1"),
        ("stage", "15-perceptual-1"),
        ("photo", "15-perceptual-2"),
    ):
        page.ask(f"document.querySelector('#great_wave [data-choice={choice}] :checked').focus()")
        press(page, "ArrowRight" if choice == "photo" else "ArrowLeft")
        assert page.ask(SHOWN) == f"pictures/great_wave/{shown}.jpg"
    assert "3,999 parameters" in page.ask("document.querySelector('#great_wave .facts').innerText")
    page.ask("document.querySelector('#great_wave .wipe input').focus()")
    press(page, "ArrowRight")
    line = "getComputedStyle(document.querySelector('#great_wave .wipe')).getPropertyValue('--at')"
    assert page.ask(line) == "34%"


def test_the_film_plays_and_a_narrow_page_shows_its_painted_half(opened):
    page = opened(360)
    film = "document.querySelector('#great_wave video')"
    assert page.ask(f"{film}.dataset.view") == "painted"
    ratio = f"{film}.clientWidth / {film}.clientHeight"
    assert page.ask(ratio) == pytest.approx(160 / 64, rel=0.02)
    click(page, "#great_wave [value=both] + span")
    assert page.ask(ratio) == pytest.approx(320 / 64, rel=0.03)
    page.ask(f"{film}.play().then(() => true)")
    page.wait(f"{film}.currentTime > 0.3")
    assert page.ask(f"{film}.duration") == pytest.approx(FRAMES / 10, abs=0.05)
