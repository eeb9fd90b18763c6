"""The views in a real browser, served as the command serves them, and as a static folder."""

import io
import json
import re
import urllib.request
from contextlib import ExitStack
from urllib.error import HTTPError
from zipfile import ZipFile

import numpy as np
import pytest

from kunster.assets import trained
from kunster.bench.browser import wait
from kunster.open import site
from kunster.open.__main__ import main
from kunster.open.server import views_handler
from kunster.open.starting import Trainings
from kunster.page import samples
from kunster.page.server import serving
from kunster.pictures.images import write_png

from ..browsers import click, opened
from ..gallery.conftest import shelf  # noqa: F401
from ..page.conftest import axe, runtime  # noqa: F401
from .test_runs import begin, end

pytestmark = pytest.mark.slow

TOKEN = "a-token"
VIEWS = ("index", "gallery/index", "runs/index", "report/index", "compare/index")
AXE = "axe.run().then(({ violations }) => violations.map((each) => [each.id, each.nodes[0].html]))"
EAGER = "document.querySelectorAll('[loading]').forEach((each) => each.loading = 'eager')"
LOADED = "[...document.images].every((each) => each.complete)"
# how much of the window moved when something came in late, as Lighthouse counts it
KEEP = (
    "window.moved = 0; new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => "
)
KEEP += "{ window.moved += value; })).observe({ type: 'layout-shift', buffered: true })"
PAINTED = "document.getElementById('split').ariaBusy === 'false'"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run that ended and one that stopped."""
    folder = tmp_path_factory.mktemp("runs")
    run = end(folder / "ended", 15)
    (run / "temporal" / "model.mlpackage" / "Data").mkdir(parents=True)
    (run / "temporal" / "model.mlpackage" / "Data" / "weights.bin").write_bytes(b"weights")
    begin(folder / "begun")
    return folder


@pytest.fixture(scope="module")
def static(runs, shelf, runtime, tmp_path_factory):  # noqa: F811
    """What the command writes, with untrained networks in the place of those that ship."""
    out = tmp_path_factory.mktemp("open") / "site"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUNSTER_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(trained, "FOLDER", shelf)
        patch.setattr(samples, "SIZE", (240, 320))
        patch.setattr(samples, "SECONDS", 1)
        patch.setattr("kunster.gallery.painting.CLIP_SECONDS", 0.1)
        assert main([str(runs), "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def address(static, runs, tmp_path_factory):
    """The same, live: the static view of the runs is not asked for."""
    live = tmp_path_factory.mktemp("live")
    site.write_runs(runs, live, static=False)
    with serving(runs, handler=views_handler(TOKEN, [live, static], Trainings(runs))) as found:
        yield f"{found}{TOKEN}/"


@pytest.fixture
def shown(browser, address):
    with ExitStack() as pages:

        def show(view, **options):
            page = pages.enter_context(opened(browser, f"{address}{view}.html", **options))
            page.evaluate(EAGER)
            wait(page, LOADED)
            return page

        yield show


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_fits_leads_to_the_others_and_axe_finds_nothing(shown, axe, view):  # noqa: F811
    page = shown(view, reduced_motion="reduce")  # the clip of Try stands still
    links = page.evaluate("[...document.querySelectorAll('.bar nav a')].map((each) => each.href)")
    assert [link.partition(TOKEN)[2] for link in links] == [f"/{each}.html" for each in VIEWS]
    assert page.evaluate("document.querySelector('[aria-current]').href") == page.url.split("#")[0]
    page.evaluate(axe)
    for width in (360, 1280, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate(AXE) == [], (width, scheme)
    assert page.complaints == []
    own = (page.url[:17], "data:", "blob:")
    assert [each for each in page.requests if not each.startswith(own)] == []


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_as_a_view_comes_in(browser, address, view, width):
    with opened(browser, f"{address}{view}.html", width=width) as page:
        page.evaluate(KEEP)
        wait(page, "document.readyState === 'complete'")
        page.wait_for_timeout(300)
        assert page.evaluate("window.moved") < 0.01


def test_a_run_is_followed_while_it_trains(shown, runs):
    page = shown("runs/index")
    wait(page, "document.querySelectorAll('.run').length === 2")
    text = "document.querySelector('main').innerText"
    assert "step 10 of 3,000" in page.evaluate(text)
    (stage := runs / "begun" / "perceptual").joinpath("curve.csv").write_text(
        "step,loss,style\n10,2.5,1\n20,2,0.5\n30,1"  # the last row is half-written
    )
    write_png(np.full((40, 120, 3), 90, np.uint8), stage / "preview.png")
    wait(page, f"{text}.includes('step 20 of 3,000')")
    wait(page, "document.querySelector('.strip img')?.naturalWidth === 120")
    assert page.evaluate("document.querySelectorAll('.run:first-child path').length") == 2
    assert page.evaluate("document.querySelector('.plot').ariaLabel").endswith(
        "loss 2.00, style 0.500"
    )
    names = "[...document.querySelectorAll('.keys span')].map((key) => key.innerText)"
    assert page.evaluate(names) == ["loss 2.00", "style 0.500"]
    d = "document.querySelector('.plot path').getAttribute('d')"  # from edge to edge
    assert page.evaluate(f"{d}.startsWith('M0.0 ') && {d}.includes('L300.0 ')")
    lines = "[...document.querySelectorAll('.run:first-child path')].map(getComputedStyle).map"
    keys = "[...document.querySelectorAll('.keys i')].map(getComputedStyle).map"
    assert page.evaluate(f"{lines}(({{stroke}}) => stroke)") == page.evaluate(
        f"{keys}(({{backgroundColor}}) => backgroundColor)"
    )


def test_what_the_page_starts_is_shown_before_and_what_is_wrong_is_said(shown, runs, tmp_path):
    page = shown("runs/index")
    click(page, "summary")
    page.fill("#name", "begun")  # the name of a run
    page.select_option("#size", "Large")
    command = page.evaluate("document.getElementById('command').textContent")
    assert command.startswith("kunster run style.name=begun style.image=/")
    assert command.endswith(
        f" alpha=1 beta=1 style.weight=1 style.size=384 hydra.run.dir={runs}/begun"
    )
    write_png(np.full((100, 200, 3), 120, np.uint8), tmp_path / "mine.png")
    page.set_input_files("#painting", tmp_path / "mine.png")
    page.set_input_files("#photos", [tmp_path / "mine.png"])
    command = page.evaluate("document.getElementById('command').textContent")
    assert f" callbacks.preview.photos={runs}/started/begun/photos " in command
    click(page, "#start .main")
    wait(page, "!document.getElementById('trouble').hidden")
    assert page.evaluate("document.getElementById('trouble').textContent").startswith(
        "begun: is there"
    )


def test_two_networks_on_one_picture_and_the_address_keeps_them(shown, static, tmp_path):
    page = shown("compare/index")
    wait(page, PAINTED)
    sources = "['left', 'right'].map((side) => document.getElementById(`${side}-picture`).src)"
    left, right = page.evaluate(sources)
    assert left != right
    assert left.startswith("blob:")
    page.select_option("#left", "photo")
    wait(page, PAINTED)
    assert page.evaluate(sources)[0].endswith("astronaut.webp")
    assert "left=photo" in page.evaluate("location.hash")
    write_png(np.full((100, 200, 3), 120, np.uint8), tmp_path / "mine.png")
    page.set_input_files("#file", tmp_path / "mine.png")
    wait(page, f"{PAINTED} && document.getElementById('left-picture').alt.startsWith('mine.png')")
    box = page.locator("#split").bounding_box()
    assert box["width"] / box["height"] == pytest.approx(2, rel=0.02)
    (tmp_path / "mine.txt").write_text("no picture")
    page.set_input_files("#file", tmp_path / "mine.txt")
    wait(page, "!document.getElementById('trouble').hidden")


def test_a_network_of_ones_own_is_tried_and_compared_beside_those_that_ship(shown, static):
    networks = json.loads((static / "site.json").read_text())["networks"]
    own = [each for each in networks if each["style"] == "own ended"]
    assert [each["title"] for each in own] == ["The Scream (ended)"] * 2
    assert {each["style"] for each in networks} > {"great_wave", "udnie"}
    page = shown("compare/index")
    for side, stage in zip(("left", "right"), own, strict=True):
        page.select_option(f"#{side}", stage["key"])
    wait(page, PAINTED)
    sources = "['left', 'right'].map((side) => document.getElementById(`${side}-picture`).src)"
    left, right = page.evaluate(sources)
    assert left != right
    assert page.evaluate("document.getElementById('left-name').textContent").startswith(
        "The Scream (ended): Small, id 15"
    )
    page = shown("index")
    wait(page, "document.querySelectorAll('#styles label').length > 3")
    assert "The Scream (ended)" in page.evaluate("document.getElementById('styles').innerText")


def test_the_folder_that_xcode_takes_comes_as_a_zip_file(address, static):
    file = "runs/files/ended/temporal/model.mlpackage.zip"
    with urllib.request.urlopen(address + file) as answer:
        found = answer.read()
    for content in (found, (static / file).read_bytes()):
        with ZipFile(io.BytesIO(content)) as archive:
            assert archive.read("model.mlpackage/Data/weights.bin") == b"weights"


@pytest.mark.parametrize(
    "path",
    [
        *("", "runs/runs.json", f"{TOKEN}", "wrong/runs/runs.json"),
        *(f"{TOKEN}/runs/files/ended/results.json", f"{TOKEN}/ended/results.json"),
        *(f"{TOKEN}/runs/files/../../results.json", f"{TOKEN}/runs/files/%2e%2e/preview.png"),
    ],
)
def test_without_the_token_and_beside_what_is_shown_nothing_is_served(address, path):
    host = address.removesuffix(f"{TOKEN}/")
    with pytest.raises(HTTPError, match="404"):
        urllib.request.urlopen(host + path)


def test_the_static_folder_holds_the_runs_as_they_are(static):
    assert '"live": false' in (static / "runs" / "runs.json").read_text()
    assert (static / "runs" / "files" / "begun" / "perceptual" / "curve.csv").is_file()
    assert "Table II" in (static / "report" / "index.html").read_text()
    pages = [path.read_text() for path in static.rglob("*.html")]
    assert len(pages) == len(VIEWS)
    assert len({re.search("<style>(.*?)</style>", page, re.DOTALL)[1] for page in pages}) == 1


def test_a_folder_that_is_none_is_one_line(tmp_path, capsys):
    assert main([str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err.endswith("nowhere: no such folder\n")
