"""Small untrained networks where the trained ones ship, and a gallery made of them."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from kunster.assets import trained
from kunster.assets.paintings import KNOWN
from kunster.gallery.__main__ import main
from kunster.networks.model_file import save_model
from kunster.networks.table2 import ROWS

from ..random_networks import describe, random_network
from ..video.clips import numbered, write_clip

# by style: ids and stages; of one style stage 1 alone
SHIPPED = {
    "great_wave": [(15, "perceptual"), (15, "temporal"), (14, "perceptual"), (14, "temporal")],
    "udnie": [(15, "perceptual")],
}
FRAMES = 12
FIRST = 341  # the number in the first frame, 0101010101 in binary: no frame is of one colour
PAINTING = (30, 90, 160)  # RGB of the picture given for great_wave


def network_of(style, number, stage):
    """The network that ships so, and its description."""
    row = ROWS[number - 1]
    description = describe(alpha=row.alpha, beta=row.beta, style=style, stage=stage)
    seed = number + 100 * (stage == "temporal") + 1000 * list(SHIPPED).index(style)
    return random_network(description, seed), description


@pytest.fixture(scope="session")
def shelf(tmp_path_factory) -> Path:
    """What lies in kunster/assets/trained."""
    folder = tmp_path_factory.mktemp("trained")
    for style, networks in SHIPPED.items():
        for number, stage in networks:
            network, description = network_of(style, number, stage)
            save_model(network, description, folder / style / f"{number}-{stage}.safetensors")
    several = describe(kind="multistyle", alpha=0.125, beta=0.25, styles=tuple(KNOWN))
    save_model(random_network(several), several, folder / "base" / "15-temporal.safetensors")
    return folder


@pytest.fixture
def shipping(shelf, monkeypatch):
    monkeypatch.setattr(trained, "FOLDER", shelf)


@pytest.fixture(scope="session")
def material(tmp_path_factory) -> Path:
    """photos/: an upright and a lying one; paintings/: wave.png; clip.mp4."""
    folder = tmp_path_factory.mktemp("material")
    for name, size in (("a <photo>", (200, 150)), ("b", (150, 240))):
        noise = np.random.default_rng(len(name)).integers(0, 256, (size[0] // 8, size[1] // 8, 3))
        picture = cv2.resize(np.uint8(noise), size[::-1], interpolation=cv2.INTER_CUBIC)
        _write(picture, folder / "photos" / f"{name}.png")
    _write(np.full((90, 130, 3), PAINTING, np.uint8), folder / "paintings" / "wave.png")
    write_clip(folder / "clip.mp4", [numbered(FIRST + number) for number in range(FRAMES)], rate=10)
    return folder


def _write(picture, path):
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), picture[..., ::-1])


@pytest.fixture(scope="session")
def made(shelf, material, tmp_path_factory) -> Path:
    """A gallery."""
    folder = tmp_path_factory.mktemp("made") / "gallery"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trained, "FOLDER", shelf)
        assert main(arguments(material, folder)) == 0
    return folder


def arguments(material, out):
    return [
        *("--photos", str(material / "photos"), "--paintings", str(material / "paintings")),
        *("--video", str(material / "clip.mp4"), "--out", str(out)),
    ]


@pytest.fixture
def copied(made, tmp_path) -> Path:
    """A gallery to do things to."""
    return Path(shutil.copytree(made, tmp_path / "gallery"))
