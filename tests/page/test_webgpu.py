"""The page on a GPU: SwiftShader, which computes WebGPU in software, slowly and by the book."""

from contextlib import ExitStack

import cv2
import numpy as np
import pytest
from skimage import data

from kunster.bench.browser import wait
from kunster.networks.model_file import load_model

from ..browsers import chromium, opened
from .conftest import READY, pixels
from .test_web_model import expected

pytestmark = pytest.mark.slow

SOFTWARE = (
    *("--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"),
    *("--use-vulkan=swiftshader", "--use-angle=swiftshader"),
)
ADAPTER = "navigator.gpu?.requestAdapter().then(Boolean)"
CANVAS = "document.getElementById('stylized')"
BLACKEN = f"{CANVAS}.getContext('2d').clearRect(0, 0, {CANVAS}.width, {CANVAS}.height)"
DRAWN = (
    f"{CANVAS}.getContext('2d').getImageData(0, 0, {CANVAS}.width, {CANVAS}.height)"
    ".data.some((value, place) => place % 4 < 3 && value)"
)
SIDE = 64  # pixels, the smallest: a larger frame takes seconds


@pytest.fixture(scope="module")
def gpu_browser():
    with chromium(SOFTWARE) as found:
        yield found


@pytest.fixture
def still(gpu_browser, address):
    """A function to a page that shows one frame of the clip and then waits."""
    with ExitStack() as pages:

        def show(state):
            address_of_still = f"{address}#short=160&{state}"
            page = pages.enter_context(
                opened(gpu_browser, address_of_still, reduced_motion="reduce")
            )
            if not page.evaluate(ADAPTER):
                pytest.skip("this Chromium has no WebGPU in software")
            wait(page, READY, 60)
            return page

        yield show


def test_webgpu_computes_what_the_network_computes(still, sweep, tmp_path):
    photo = cv2.resize(data.coffee(), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(tmp_path / "photo.png"), photo[..., ::-1])
    page = still("engine=wasm&name=15&stage=temporal")
    page.set_input_files("#file", tmp_path / "photo.png")
    wait(page, f"document.getElementById('stylized').width === {SIDE} && {DRAWN}")
    page.evaluate(BLACKEN)
    assert not page.evaluate(DRAWN)
    page.select_option("#engine", "webgpu")
    wait(page, DRAWN)
    assert page.evaluate("document.getElementById('engine-name').textContent") == "WebGPU"

    assert np.array_equal(pixels(page, "photo"), photo)
    network, _ = load_model(sweep / "scream_15" / "temporal" / "model.safetensors")
    error = np.abs(pixels(page, "stylized").astype(int) - expected(network, photo))
    assert error.max() <= 2
    assert page.complaints == []


def test_automatic_does_not_take_software_for_a_gpu(still):
    page = still("name=15")
    name = page.evaluate("document.getElementById('engine-name').textContent")
    assert name.startswith("WebAssembly")
