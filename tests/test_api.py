"""What `import kunster` offers, what it costs, and what painting needs."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kunster
from kunster.errors import UserError

from .video.clips import frames_of, numbered, write_clip

# the extra `fast` is there at first, no other one
PAINT = """
import sys
import kunster

assert not {"numpy", "PIL", "torch"} & set(sys.modules), "import kunster is to cost nothing"
from kunster.console.extras import BASE, MODULES

extras = {name for extra, names in MODULES.items() if extra != BASE for name in names}
sys.modules.update(dict.fromkeys(extras - {"openvino"}))  # as if they were not installed
import numpy as np
from PIL import Image

for engine in ("openvino", "onnxruntime"):
    scream = kunster.load("scream", engine=engine)
    scream("photo.png", "painted.png")
    scream(np.array(Image.open("photo.png")))
    scream(Image.open("photo.png"))
kunster.list_styles()

sys.modules["openvino"] = None
from kunster.__main__ import main
for words in ("photo.png", "film.mkv", "film.mkv steady.gif"):
    try:
        main(["stylize", *words.split()])
    except SystemExit as end:
        assert end.code == 0, words
"""


def test_painting_needs_the_light_install_alone(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (64, 80, 3), np.uint8)
    Image.fromarray(picture).save(tmp_path / "photo.png")
    write_clip(tmp_path / "film.mkv", [numbered(number, 64, 160) for number in range(3)])
    command = [sys.executable, "-c", PAINT]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    made = ["film_scream.mkv", "painted.png", "photo_scream.png", "steady.gif"]
    assert {path.name for path in tmp_path.iterdir()} == {"film.mkv", "photo.png", *made}
    painted, named = (np.array(Image.open(tmp_path / made[place])) for place in (1, 2))
    assert painted.shape == (64, 80, 3)
    np.testing.assert_array_equal(painted, named)  # the last engine of three was the same
    assert "scream, the default style (15,195 parameters) on onnxruntime" in done.stderr
    assert len(frames_of(tmp_path / "film_scream.mkv")) == 3


def test_what_is_not_installed_is_said_in_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "omegaconf", None)
    monkeypatch.delitem(sys.modules, "kunster.run.scripted", raising=False)
    with pytest.raises(UserError, match=r"^this needs omegaconf: .*'kunster\[train\]'$"):
        kunster.train  # noqa: B018


def test_every_name_it_offers_is_there():
    assert all(hasattr(kunster, name) for name in kunster.__all__)
    assert set(kunster.__all__) <= set(dir(kunster))
    with pytest.raises(AttributeError, match="module 'kunster' has no attribute 'lode'"):
        kunster.lode  # noqa: B018
