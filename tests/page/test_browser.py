"""The page in headless Chromium: what it draws, what its controls do, what it says."""

import json
import re
import shutil
from pathlib import Path

import av
import cv2
import numpy as np
import onnxruntime
import pytest
import torch
from skimage import data

from kunster.bench.browser import wait
from kunster.export.onnx_file import export_onnx
from kunster.networks.model_file import load_model
from kunster.page import server
from kunster.report.devices import read_device
from kunster.video.looks import Look

from ..browsers import click, opened
from ..random_networks import painted
from .conftest import decoded, pixels

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs" / "page.md"

FRAMES = """(async () => {
  const sizes = [];
  const seen = ({ detail }) => sizes.push(`${detail.width}x${detail.height}`);
  addEventListener("stylized", seen);
  await new Promise((resolve) => setTimeout(resolve, %d));
  removeEventListener("stylized", seen);
  return sizes;
})()"""
AXE = """axe.run().then(({ violations, passes }) => [
  violations.map((each) => [
    each.id, each.nodes.map((node) => node.html + node.failureSummary)]),
  passes.map((each) => each.id),
])"""
NEXT = """new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error("no picture within 30 s")), 30000);
  addEventListener("stylized", ({ detail }) => resolve(`${detail.width}x${detail.height}`),
    { once: true });
})"""


def text(page, name):
    return page.evaluate(f"document.getElementById('{name}').textContent")


def change(page, name, value):
    """Sets a control as a user would; resolves when the picture has followed."""
    return page.evaluate(
        f"(() => {{ const next = {NEXT}; const e = document.getElementById('{name}');"
        f"if (e.type === 'checkbox') e.click(); else {{ e.value = '{value}';"
        "for (const kind of ['input', 'change']) e.dispatchEvent(new Event(kind)); }"
        "return next; })()"
    )


def frozen(page):
    """Stops the film and waits until its last frame is drawn."""
    click(page, "#play")
    wait(page, "document.getElementById('video').paused")
    while page.evaluate(FRAMES % 1500):
        pass


def choose(page, path, picture):
    """Chooses a photo; returns once the page shows it."""
    page.set_input_files("#file", path)
    for _ in range(60):
        if np.array_equal(pixels(page, "photo"), picture):
            return
        page.wait_for_timeout(500)
    raise AssertionError("the page does not show the photo")


def network_of(sweep, number, stage, folder):
    """The network as its run exports it, in onnxruntime: RGB bytes to RGB in [0, 255]."""
    network, description = load_model(sweep / f"scream_{number}" / stage / "model.safetensors")
    export_onnx(network, description, folder / "model.onnx")
    session = onnxruntime.InferenceSession(
        str(folder / "model.onnx"), providers=["CPUExecutionProvider"]
    )

    def stylize(picture):
        frame = picture.astype(np.float32).transpose(2, 0, 1)[None] / 255
        return 255 * session.run(None, {"image": frame})[0][0].transpose(1, 2, 0)

    return stylize


def off_by(found, expected):
    return np.abs(found.astype(np.float32) - expected.astype(np.float32)).max()


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    """A photograph of 320x240 as PNG, and its pixels."""
    path = tmp_path_factory.mktemp("photo") / "coffee.png"
    picture = cv2.resize(data.coffee(), (320, 240), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(path), picture[..., ::-1])
    return path, picture


def test_camera_frames_on_the_canvas_are_what_onnxruntime_makes_of_them(shown, sweep, tmp_path):
    page = shown("source=camera&name=14&stage=temporal&engine=wasm")
    assert text(page, "engine-name").startswith("WebAssembly")
    frozen(page)
    photo, stylized = pixels(page, "photo"), pixels(page, "stylized")

    assert photo.shape == (240, 320, 3)
    assert photo[:, :40].mean() < 80 < 180 < photo[:, -40:].mean()  # the film's left is bright
    expected = network_of(sweep, 14, "temporal", tmp_path)(photo)
    assert expected.std() > 10
    assert off_by(stylized, expected) <= 2
    assert page.complaints == []


def test_a_photo_its_look_and_its_size(shown, photo, sweep, tmp_path):
    page = shown("name=15&stage=perceptual")
    choose(page, *photo)
    stylized = pixels(page, "stylized")

    expected = network_of(sweep, 15, "perceptual", tmp_path)(photo[1])
    assert off_by(stylized, expected) <= 2
    whole = expected.round().clip(0, 255).astype(np.uint8)
    for control, value, look in (
        ("keep-colors", True, Look(keep_colors=True)),
        ("strength", 40, Look(strength=0.4, keep_colors=True)),
    ):
        assert change(page, control, value) == "320x240"
        assert off_by(pixels(page, "stylized"), look(photo[1], whole)) <= 2
    assert change(page, "short", 160) == "212x160"
    assert "short=160" in page.evaluate("location.hash")
    assert page.evaluate("document.getElementById('figures').textContent").strip().endswith("ms")


def test_styles_of_one_network_are_mixed(shown, photo, several):
    page = shown("style=three&mix=udnie:100")
    choose(page, *photo)
    network, _ = load_model(several)
    alone, mixture = (
        painted(network.mix(torch.tensor([shares])), photo[1])
        for shares in ([0.0, 1.0, 0.0], [0.0, 0.8, 0.2])
    )
    assert page.evaluate("document.getElementById('mix').hidden") is False
    assert off_by(pixels(page, "stylized"), alone) <= 2
    drag = "[...document.querySelectorAll('#mix input')].find((e) => e.name === 'mine')"
    page.evaluate(
        f"(() => {{ const next = {NEXT}; const e = {drag}; e.value = 25;"
        "e.dispatchEvent(new Event('input', { bubbles: true })); return next; })()"
    )
    assert off_by(pixels(page, "stylized"), mixture) <= 2
    assert "mix=udnie%3A100%2Cmine%3A25" in page.evaluate("location.hash")
    click(page, "#styles input[value=scream] ~ span")
    wait(page, "document.getElementById('mix').hidden")
    wait(page, "!location.hash.includes('mix')")
    assert page.complaints == []


def test_controls_by_mouse_and_by_keys(shown):
    page = shown("source=camera&name=15")
    page.evaluate("document.querySelector('[name=network][value=\"14\"]').focus()")
    page.keyboard.press("ArrowRight")  # the radios of a row go on as they stand
    wait(page, "location.hash.includes('name=15') || location.hash.includes('name=9')")
    click(page, "[name=network][value='14'] + span")
    wait(page, "location.hash.includes('name=14')")
    assert text(page, "numbers-name") == "The Scream: Small, id 14, α 0.25, β 0.5"
    assert "15,195" in text(page, "numbers")
    click(page, "[name=stage][value=perceptual] + span")
    wait(page, "location.hash.includes('stage=perceptual')")
    page.evaluate("document.getElementById('at').focus()")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.getElementById('stage').style.getPropertyValue('--at')") == "31%"
    click(page, "#compare")
    assert page.evaluate("getComputedStyle(document.getElementById('photo')).display") == "none"
    frozen(page)
    assert page.evaluate(FRAMES % 500) == []
    assert text(page, "play-name") == "Play"
    click(page, "#play")
    page.evaluate(NEXT)
    assert page.complaints == []


def test_what_is_saved_and_recorded_is_what_is_seen(shown, tmp_path):
    page = shown("source=camera&name=15")
    click(page, "#record")
    wait(page, "!document.getElementById('recording').hidden")
    page.evaluate(FRAMES % 3000)
    with page.expect_download() as download:
        click(page, "#record")
    assert re.fullmatch(r"kunster-scream-.*\.(webm|mp4)", download.value.suggested_filename)
    with av.open(str(download.value.path())) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(frames) >= 5
    assert frames[0].shape == (240, 320, 3)
    frozen(page)
    with page.expect_download() as download:
        click(page, "#save")
    assert re.fullmatch(r"kunster-scream-.*\.png", download.value.suggested_filename)
    saved = decoded(download.value.path().read_bytes())
    assert np.array_equal(saved, pixels(page, "stylized"))


REFUSING = """navigator.mediaDevices.getUserMedia = () =>
  Promise.reject(new DOMException("", "%s")); null"""


@pytest.mark.parametrize(
    ("name", "words"), [("NotAllowedError", "blocked"), ("NotFoundError", "No camera was found")]
)
def test_without_a_camera_the_clip_goes_on_and_words_say_why(shown, name, words):
    page = shown("name=15")
    page.evaluate(REFUSING % name)
    click(page, "[name=source][value=camera] + span")
    wait(page, "!document.getElementById('trouble').hidden")

    assert words in text(page, "trouble")
    assert page.evaluate("document.querySelector('[name=source]:checked').value") == "clip"
    assert page.evaluate(NEXT) == "320x240"


def test_files_and_networks_that_do_not_load_are_said(shown, site, tmp_path):
    page = shown("name=15")
    for name, kind in (("note.mp4", "mp4"), ("note.png", "png")):
        (tmp_path / name).write_text("neither film nor picture")
        page.set_input_files("#file", tmp_path / name)
        wait(page, f"document.getElementById('trouble').textContent.includes('note.{kind}')")
        assert "cannot be read" in text(page, "trouble")
    assert page.evaluate(NEXT) == "320x240"  # the clip goes on
    network = site / "networks" / "scream_9_temporal.onnx.gz"
    content = network.read_bytes()
    try:
        network.unlink()
        click(page, "[name=network][value='9'] + span")
        wait(page, "document.getElementById('trouble').textContent.includes('did not load')")
    finally:
        network.write_bytes(content)
    assert "404" in text(page, "trouble")
    click(page, "[name=network][value='14'] + span")
    wait(page, "document.getElementById('trouble').hidden")
    assert page.evaluate(NEXT) == "320x240"


def test_a_source_that_changes_while_a_frame_is_read_leaves_the_page_going(shown):
    page = shown("source=camera&name=15")
    page.evaluate(
        """{ const read = createImageBitmap;
        window.createImageBitmap = () => {
          window.createImageBitmap = read;
          document.querySelector("[name=source][value=clip]").click();
          return Promise.reject(new DOMException("the video has no data", "InvalidStateError"));
        }; null }"""
    )
    wait(page, "document.querySelector('[name=source]:checked').value === 'clip'")
    assert page.evaluate(NEXT) == "320x240"
    assert page.evaluate("document.getElementById('trouble').hidden")
    assert page.complaints == []


def test_a_camera_that_is_lost_is_said_and_can_be_started_again(shown):
    page = shown("source=camera&name=15")
    page.evaluate(
        "document.getElementById('video').srcObject.getVideoTracks()[0]"
        ".dispatchEvent(new Event('ended'))"
    )
    wait(page, "!document.getElementById('trouble').hidden")
    assert "taken away" in text(page, "trouble")
    click(page, "[name=source][value=camera] + span")
    wait(page, "document.getElementById('trouble').hidden")
    assert page.evaluate(NEXT) == "320x240"


def test_it_works_without_the_headers_that_threads_need(shown, site, address, monkeypatch):
    page = shown("name=15")
    assert page.evaluate("crossOriginIsolated")
    monkeypatch.setattr(server, "ISOLATED", {})
    with server.serving(site) as plain:
        page = shown("name=15", at=plain)
        assert not page.evaluate("crossOriginIsolated")
        assert text(page, "engine-name") == "WebAssembly, 1 thread"
        asked = [each for each in page.requests if not each.startswith(("blob:", plain))]
    assert asked == []


EXAMPLE = re.compile(r"^```html\n(.*?)^```", re.MULTILINE | re.DOTALL)
STILL = """(async () => {
  const film = document.querySelector("video");
  const still = new Promise((resolve) => film.addEventListener("seeked", resolve));
  film.pause();
  film.currentTime = 1;
  await still;
  const { videoWidth: width, videoHeight: height } = film;
  document.querySelector("canvas").id = "painted";
  document.body.append(
    Object.assign(document.createElement("canvas"), { width, height, id: "film" }));
})()"""
DRAW_FILM = """document.getElementById("film").getContext("2d")
  .drawImage(document.querySelector("video"), 0, 0)"""


def test_the_example_of_the_docs_paints_with_an_exported_file(browser, site, sweep, tmp_path):
    network = network_of(sweep, 14, "temporal", tmp_path)  # writes model.onnx
    shutil.copyfile(site / "sample.mp4", tmp_path / "film.mp4")
    shutil.copytree(site / "kunster", tmp_path / "web")
    (example,) = EXAMPLE.findall(DOCS.read_text())
    assert "web/networks/scream_14_temporal.onnx.gz" in example
    example = example.replace("web/networks/scream_14_temporal.onnx.gz", "model.onnx")
    example = example.replace("<title>", "<link rel=icon href=data:,><title>")  # asks for no icon
    (tmp_path / "index.html").write_text(example)
    with server.serving(tmp_path) as address, opened(browser, address) as page:
        wait(page, "document.querySelector('canvas').width === 320")
        page.evaluate(STILL)
        for _ in range(60):  # a film may show its old frame for a while after "seeked"
            page.evaluate(DRAW_FILM)
            painted, expected = pixels(page, "painted"), network(pixels(page, "film"))
            if off_by(painted, expected) <= 2:
                break
            page.wait_for_timeout(500)
        assert off_by(painted, expected) <= 2
        assert expected.std() > 10
        assert page.complaints == []


MEDIANS = """[...document.querySelectorAll("#measure-table td")]
  .map((cell) => Number(cell.firstChild.textContent))"""


@pytest.fixture
def measuring(site):
    """A page that measures id 15 alone."""
    file = site / "site.json"
    before = file.read_text()
    content = json.loads(before)
    (network,) = (each for each in content["networks"] if each["key"] == "scream_15_temporal")
    content["measured"] = [{name: network[name] for name in ("id", "parameters", "file")}]
    file.write_text(json.dumps(content))
    yield
    file.write_text(before)


def test_a_device_is_measured_and_the_report_can_read_it(measuring, shown, axe, tmp_path):
    page = shown("name=15")
    click(page, "#measure-open")
    click(page, "#measure-start")
    wait(page, "document.getElementById('measure-said').textContent === 'Done.'", 60)
    with page.expect_download() as download:
        click(page, "#measure-save")
    download.value.save_as(tmp_path / "mine.json")
    (device,) = read_device(tmp_path / "mine.json")

    assert {size: len(line) for size, line in device.speeds.items()} == {"480x320": 1, "320x240": 1}
    assert "Chrome" in device.agent
    medians = page.evaluate(MEDIANS)
    assert [1000 / line[0].median for line in device.speeds.values()] == [
        pytest.approx(median, rel=0.1) for median in medians
    ]
    page.evaluate(axe)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        violations, passed = page.evaluate(AXE)
        assert violations == []
        assert "button-name" in passed
    click(page, "#measure-start")
    click(page, "#measure-start")  # stops
    wait(page, "document.getElementById('measure-said').textContent.startsWith('Stopped')")
    page.keyboard.press("Escape")
    assert page.evaluate(NEXT) == "320x240"  # the film goes on

    values = [7.0, 1.0, 4.5, 100.0, 9.0]
    for share in (0, 0.1, 0.5, 0.9, 1):
        found = page.evaluate(
            f"import('/js/measuring.js').then((its) => its.percentile({values}, {share}))"
        )
        assert found == pytest.approx(np.percentile(values, 100 * share))
    assert page.complaints == []


@pytest.mark.parametrize("sizes", [[(1280, 860)], [(360, 740), (740, 360)]], ids=["desk", "phone"])
def test_axe_finds_nothing_and_all_fits_a_thumb(shown, axe, sizes):
    width, height = sizes[0]
    page = shown("name=15", width=width, height=height)
    page.evaluate(axe)
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found, passed = page.evaluate(AXE)
            assert found == []
            assert {"color-contrast", "label", "button-name"} <= set(passed)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        small = page.evaluate(
            "[...document.querySelectorAll('button, select, label, input:not(label input)')]"
            ".filter((each) => each.checkVisibility() && each.id !== 'strength')"
            ".map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])"
            ".filter(([, box]) => box.height < 44 || box.width < 44).map(([html]) => html)"
        )
        assert small == []
