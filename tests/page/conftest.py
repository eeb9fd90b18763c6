"""A page with real networks in a real browser whose camera plays a film; one for all tests."""

import base64
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from kunster.assets.unpack import is_unpacked, unpack
from kunster.bench.browser import NO_GPU, camera_options, wait
from kunster.data.cache import cache_root
from kunster.errors import UserError
from kunster.networks.model_file import save_model
from kunster.networks.table2 import ROWS
from kunster.page import samples
from kunster.page.__main__ import main
from kunster.page.runtime import copy_runtimes
from kunster.page.server import serving

from ..browsers import chromium, opened
from ..random_networks import describe, random_network
from ..report.conftest import write_run

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = "axe-core@4.14.1"
READY = "performance.getEntriesByName('first-stylized').length"


@pytest.fixture(scope="session")
def sweep(tmp_path_factory) -> Path:
    """Ids 9, 10, 14 and 15, both stages, no training."""
    folder = tmp_path_factory.mktemp("page") / "sweep"
    for number in (9, 10, 14, 15):
        write_run(folder / f"scream_{number}", ROWS[number - 1])
    return folder


@pytest.fixture(scope="session")
def runtime(tmp_path_factory) -> None:
    """Skips where onnxruntime-web cannot be had."""
    try:
        copy_runtimes(tmp_path_factory.mktemp("runtime"))
    except UserError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def several(tmp_path_factory) -> Path:
    """A network of three styles, no training."""
    description = describe(kind="multistyle", style="three", alpha=0.125)
    file = tmp_path_factory.mktemp("page") / "three.safetensors"
    save_model(random_network(description), description, file)
    return file


@pytest.fixture(scope="session")
def site(sweep, several, runtime, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("page") / "site"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(samples, "SIZE", (240, 320))  # no more than the page's networks see
        patch.setattr(samples, "SECONDS", 2)
        assert main([str(sweep), str(several), "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """Chromium with a camera."""
    film = _film(tmp_path_factory.mktemp("browser") / "camera.mjpeg")
    with chromium((*NO_GPU, *camera_options(film))) as found:
        yield found


@pytest.fixture(scope="session")
def address(site):
    with serving(site) as found:
        yield found


@pytest.fixture
def shown(browser, address: str):
    """`shown("source=camera")`: the page with that in its address, once it shows a picture."""
    with ExitStack() as pages:

        def show(state: str = "", at: str = address, **options) -> "Page":
            page = pages.enter_context(opened(browser, f"{at}#{state}", **options))
            wait(page, READY)
            return page

        yield show


@pytest.fixture(scope="session")
def axe(tmp_path_factory) -> str:
    """axe-core's script, skips where npm cannot bring it."""
    folder = cache_root() / AXE
    if not is_unpacked(folder):
        place = tmp_path_factory.mktemp("axe")
        command = ["npm", "pack", AXE, "--ignore-scripts", "--silent"]
        try:
            subprocess.run(command, cwd=place, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip(f"needs {AXE}, which npm cannot bring here")
        (archive,) = place.glob("*.tgz")
        folder.parent.mkdir(parents=True, exist_ok=True)
        unpack(archive, folder, 10_000_000, strip="package", only=["package/axe.min.js"])
    return (folder / "axe.min.js").read_text()


def pixels(page: "Page", canvas: str) -> np.ndarray:
    """What is on a canvas, uint8 RGB (H, W, 3)."""
    data = page.evaluate(f"document.getElementById('{canvas}').toDataURL('image/png')")
    return decoded(base64.b64decode(data.partition(",")[2]))


def decoded(png: bytes) -> np.ndarray:
    """uint8 RGB (H, W, 3)."""
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


def _film(path: Path) -> Path:
    """640x480: bright on the left, dark on the right, a stripe that moves down."""
    with path.open("wb") as file:
        for number in range(30):
            frame = np.tile(np.linspace(230, 20, 640).astype(np.uint8)[None, :, None], (480, 1, 3))
            frame[16 * number : 16 * number + 16] = (40, 80, 200)
            file.write(cv2.imencode(".jpg", frame)[1].tobytes())
    return path
