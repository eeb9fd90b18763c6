"""The page on a GPU: SwiftShader, which computes WebGPU in software, slowly and by the book."""

import cv2
import numpy as np
import pytest
from skimage import data

from kunster.bench.browser import browsing, chromium
from kunster.networks.model_file import load_model

from ..hands import choose_file
from .conftest import pixels
from .test_web_model import expected

pytestmark = pytest.mark.slow

SOFTWARE = (
    *("--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"),
    *("--use-vulkan=swiftshader", "--use-angle=swiftshader"),
)
ADAPTER = "navigator.gpu?.requestAdapter().then(Boolean)"
SIDE = 64  # pixels, the smallest: a larger frame takes seconds


@pytest.fixture(scope="module")
def gpu_browser(tmp_path_factory):
    if chromium() is None:
        pytest.skip("needs the browser chromium")
    with browsing(tmp_path_factory.mktemp("gpu") / "profile", SOFTWARE) as found:
        yield found


@pytest.fixture
def still(gpu_browser, address):
    """A function to a page that shows one frame of the clip and then waits."""

    def show(state):
        page = gpu_browser.open(f"{address}#short=160&{state}", prefers_reduced_motion="reduce")
        page.wait("document.getElementById('engine-name') !== null")
        if not page.ask(ADAPTER):
            pytest.skip("this Chromium has no WebGPU in software")
        page.wait("performance.getEntriesByName('first-stylized').length", 60)
        return page

    return show


def test_webgpu_computes_what_the_network_computes(still, sweep, tmp_path):
    photo = cv2.resize(data.coffee(), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(tmp_path / "photo.png"), photo[..., ::-1])
    page = still("engine=webgpu&name=15&stage=temporal")
    assert page.ask("document.getElementById('engine-name').textContent") == "WebGPU"
    choose_file(page, "#file", tmp_path / "photo.png")
    page.wait(f"document.getElementById('stylized').width === {SIDE}")

    assert np.array_equal(pixels(page, "photo"), photo)
    network, _ = load_model(sweep / "scream_15" / "temporal" / "model.safetensors")
    error = np.abs(pixels(page, "stylized").astype(int) - expected(network, photo))
    assert error.max() <= 2
    assert page.complaints() == []


def test_automatic_does_not_take_software_for_a_gpu(still):
    page = still("name=15")
    name = page.ask("document.getElementById('engine-name').textContent")
    assert name.startswith("WebAssembly")
