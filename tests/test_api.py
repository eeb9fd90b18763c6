"""What `import kunster` offers, and what it costs."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kunster

PAINT = """
import sys
import kunster

assert not {"numpy", "PIL", "torch"} & set(sys.modules), "import kunster is to cost nothing"
import numpy as np
from PIL import Image

for engine in ("openvino", "onnxruntime"):
    scream = kunster.load("scream", engine=engine)
    scream("photo.png", "painted.png")
    scream(np.array(Image.open("photo.png")))
    scream(Image.open("photo.png"))
kunster.list_styles()
heavy = {"torch", "lightning", "hydra", "skimage", "scipy", "matplotlib"} & set(sys.modules)
assert not heavy, heavy
"""


def test_painting_imports_neither_torch_nor_what_trains(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (64, 80, 3), np.uint8)
    Image.fromarray(picture).save(tmp_path / "photo.png")
    command = [sys.executable, "-c", PAINT]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert Image.open(tmp_path / "painted.png").size == (80, 64)


def test_every_name_it_offers_is_there():
    assert all(hasattr(kunster, name) for name in kunster.__all__)
    assert set(kunster.__all__) <= set(dir(kunster))
    with pytest.raises(AttributeError, match="module 'kunster' has no attribute 'lode'"):
        kunster.lode  # noqa: B018
