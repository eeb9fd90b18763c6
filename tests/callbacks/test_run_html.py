"""The page of a run folder: what it shows, and that it needs nothing but itself."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import yaml

from kunster.bench.browser import wait
from kunster.callbacks.run_html import PAGE, Training, write_page
from kunster.pictures.images import write_png
from kunster.results.run_folder import write_results

from ..browsers import opened
from ..random_networks import describe

TERMS = {"content": {"weight": 1.5}, "style": {"weight": 8.0}}
CONFIG = {
    "style": {"name": "scream", "title": "<The> Scream", "painter": "Edvard Munch", "year": 1893},
    "stages": ["perceptual", "temporal"],
    "objective": {name: {"steps": 3000, "terms": TERMS} for name in ("perceptual", "temporal")},
    "seed": 0,
    "command": "+experiment=scream alpha=0.25",
}
LOOKED_AT = {"style": 0.1234, "content": 0.9, "e_stab": 0.04}
RESULTS = {
    "stages": {
        name: {"steps": 3000, "seconds": 217.4, "images_per_second": 14, "evaluation": LOOKED_AT}
        for name in ("perceptual", "temporal")
    },
    "assets": [{"name": "photos", "source": "bundled, 162 photos"}],
    "versions": {"kunster": "0.2.0"},
    "device": "a processor",
}
UNDER_WAY = Training("perceptual", step=500, steps=3000, left=125.0)
LOADING = {"src", "srcset", "data", "poster", "action", "background"}  # and href of <link>


class Read(HTMLParser):
    """Every element of a page as (name, attributes), and its text."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.elements, self.text = [], ""
        self.feed((folder / PAGE).read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def folder(tmp_path):
    """A run in its first stage, after a look."""
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    stage = tmp_path / "perceptual"
    stage.mkdir()
    write_png(np.full((90, 220, 3), 200, np.uint8), stage / "preview.png")
    write_png(np.full((90, 150, 3), 255, np.uint8), stage / "curve.png")
    curve = "step,loss,style,learning_rate\n10,8,0.5,1\n500,4,0.25,1\n"
    (stage / "curve.csv").write_text(curve)
    return tmp_path


def finish(folder):
    (folder / "temporal").mkdir()
    for name in ("perceptual/model.onnx", "temporal/model.onnx", "temporal/preview.mp4"):
        (folder / name).touch()
    write_results(folder, RESULTS)
    write_page(folder, describe())


def refreshes(page):
    return [each for each in page.all("meta") if each.get("http-equiv") == "refresh"]


def test_it_loads_itself_again_while_the_run_is_under_way_alone(folder):
    write_page(folder, describe(), UNDER_WAY)
    page = Read(folder)
    (refresh,) = refreshes(page)
    assert 5 <= int(refresh["content"]) <= 60
    assert "Stage 1 of 2: step 500 of 3,000, 0:02:05 left" in page.text
    finish(folder)
    page = Read(folder)
    assert not refreshes(page)
    assert "Finished: stage 1 3,000 steps in 217 s" in page.text


def test_it_says_what_was_run_and_what_came_out(folder):
    finish(folder)
    text = Read(folder).text
    for words in (
        *("<The> Scream", "Edvard Munch, 1893", "15,195 parameters, id 14 of Table II"),
        *("kunster run +experiment=scream alpha=0.25", "content 1.5, style 8", "0.123"),
        *("bundled, 162 photos", "a processor"),
    ):
        assert words in text


def test_it_needs_nothing_from_elsewhere_and_its_links_lead_somewhere(folder):
    finish(folder)
    page = Read(folder)
    loaded = [each[name] for _, each in page.elements for name in LOADING & each.keys()]
    assert len(loaded) == 2
    assert all(address.startswith("data:image/") for address in loaded)
    assert not page.all("link")
    assert not page.all("script")
    links = [each["href"] for each in page.all("a")]
    assert {"perceptual/model.onnx", "temporal/preview.mp4", "config.yaml"} <= {*links}
    for link in links:
        assert link.startswith("#") or (folder / link).is_file()
    style = re.search(r"<style>(.*?)</style>", (folder / PAGE).read_text(), re.DOTALL)[1]
    assert not re.search(r"url\(|@import|https?:", style)


def test_every_picture_is_described(folder):
    write_page(folder, describe(), UNDER_WAY)
    preview, curve = (each["alt"] for each in Read(folder).all("img"))
    assert "after stage 1 at step 500" in preview
    assert "from 8 at step 10 to 4 at step 500" in curve


def test_before_the_first_look_it_says_that_pictures_will_come(folder):
    for path in (folder / "perceptual").iterdir():
        path.unlink()
    write_page(folder, describe(), Training("perceptual", 0, 3000))
    page = Read(folder)
    assert "The first pictures come" in page.text
    assert "step 0 of 3,000, at" in page.text
    assert not page.all("img")


def test_a_new_preview_is_shown(folder):
    write_page(folder, describe(), UNDER_WAY)
    before = [each["src"] for each in Read(folder).all("img")]
    write_png(np.full((90, 220, 3), 20, np.uint8), folder / "perceptual" / "preview.png")
    write_page(folder, describe(), UNDER_WAY)
    after = [each["src"] for each in Read(folder).all("img")]
    assert (before[0] != after[0], before[1] == after[1]) == (True, True)


@pytest.mark.parametrize("width", [390, 1280])
def test_a_browser_shows_it_without_complaint_or_request(folder, browser, width):
    write_page(folder, describe(), UNDER_WAY)
    address = (folder / PAGE).as_uri()
    with opened(browser, address, width=width) as page:
        wait(page, "[...document.images].every((image) => image.complete)")
        assert page.evaluate("[...document.images].every((image) => image.naturalWidth > 0)")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.complaints == []
        assert [each for each in page.requests if not each.startswith("data:")] == [address]
