"""The page in a real browser: headless Chromium, of a desktop's and of a phone's width."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs the browser chromium")


def measured_copy(page: Path, folder: Path, script: str) -> Path:
    """The page and one script more, which its own policy would not let run."""
    text = page.read_text()
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    copy = folder / "copy.html"
    copy.write_text(text.replace("</body>", f"<script>{script}</script></body>"))
    return copy


def dom(address: str, folder: Path, width: int = 1280, height: int = 900) -> str:
    """The document after its scripts ran."""
    command = [CHROMIUM, *OPTIONS, f"--user-data-dir={folder / 'profile'}"]
    size = f"--window-size={width},{height}"
    done = subprocess.run(
        [*command, size, "--virtual-time-budget=2000", "--dump-dom", address],
        capture_output=True,
        text=True,
        timeout=50,
        check=True,
    )
    return done.stdout


def said(document: str, name: str) -> str:
    found = re.search(rf'data-{name}="([^"]*)"', document)
    assert found, f"the page's script did not run: no data-{name}"
    return found[1]


@pytest.fixture
def page(table2_sweep) -> Path:
    return table2_sweep / "report" / "index.html"


def test_a_browser_shows_15_rows_and_the_state_in_the_address(page, tmp_path):
    state = "left=scream_4%2Fperceptual&right=scream_14%2Ftemporal&picture=2&at=0.3"
    document = dom(f"{page.as_uri()}#{state}", tmp_path)

    assert document.count('<th scope="row">') == 15
    assert 'alt="rocket: 4: α 0.25, β 1, stage 1"' in document
    assert 'alt="rocket: 14: α 0.25, β 0.5, stage 2"' in document
    assert 'style="--at: 30%;"' in document
    assert document.count("<option") == 2 * (1 + 2 * 15)


def test_an_address_that_names_nothing_here_falls_back(page, tmp_path):
    document = dom(f"{page.as_uri()}#left=nothing&picture=99&at=x", tmp_path)

    assert 'alt="astronaut: the photo itself"' in document
    assert 'style="--at: 50%;"' in document


def test_pictures_differ_and_all_have_loaded(page, tmp_path):
    script = """
      addEventListener("load", () => {
        const images = [...document.images];
        const broken = images.filter((image) => !image.naturalWidth || !image.alt);
        document.documentElement.dataset.broken = broken.length;
        document.documentElement.dataset.same =
          document.getElementById("left-picture").src ===
          document.getElementById("right-picture").src;
      });
    """
    document = dom(measured_copy(page, tmp_path, script).as_uri(), tmp_path)

    assert said(document, "broken") == "0"
    assert said(document, "same") == "false"


def test_keys_and_pointer_move_the_line_and_the_address_follows(page, tmp_path):
    script = """
      addEventListener("load", () => {
        const line = document.getElementById("at"), wipe = document.getElementById("wipe");
        const root = document.documentElement, box = wipe.getBoundingClientRect();
        wipe.setPointerCapture = () => {};  // no real pointer is down
        wipe.hasPointerCapture = () => true;
        const at = (share) => ({ clientX: box.left + share * box.width, button: 0, pointerId: 1 });
        wipe.dispatchEvent(new PointerEvent("pointerdown", at(0.2)));
        root.dataset.down = line.value;
        wipe.dispatchEvent(new PointerEvent("pointermove", at(0.8)));
        root.dataset.moved = getComputedStyle(wipe).getPropertyValue("--at");
        wipe.dispatchEvent(new PointerEvent("lostpointercapture"));
        root.dataset.address = location.hash;
        root.dataset.focus = document.activeElement.id;
        line.stepUp();  // what an arrow key does
        line.dispatchEvent(new Event("input"));
        root.dataset.key = getComputedStyle(wipe).getPropertyValue("--at");
      });
    """
    document = dom(measured_copy(page, tmp_path, script).as_uri(), tmp_path)

    assert said(document, "down") == "20"
    assert said(document, "moved") == "80%"
    assert "at=0.8" in said(document, "address")
    assert said(document, "focus") == "at"
    assert said(document, "key") == "81%"


@pytest.mark.parametrize("width", [390, 1280])
def test_only_the_tables_own_box_scrolls_sideways(page, tmp_path, width):
    # a frame of that width: a window of headless Chromium is never narrower than 500 pixels
    script = """
      const root = document.documentElement, box = document.querySelector(".scroll");
      parent.postMessage([root.scrollWidth, innerWidth, box.scrollWidth > box.clientWidth], "*");
    """
    copy = measured_copy(page, tmp_path, f"addEventListener('load', () => {{{script}}});")
    frame = tmp_path / "frame.html"
    frame.write_text(
        "<html><script>addEventListener('message', (event) => {"
        "document.documentElement.dataset.sizes = event.data; });</script>"
        f"<iframe src='{copy.name}' width={width} height=844 style='border:0'></iframe></html>"
    )
    sizes = said(dom(frame.as_uri(), tmp_path), "sizes")

    assert sizes == f"{width},{width},true"
