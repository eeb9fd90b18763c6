"""`kunster.train`: the run of the command, from Python."""

import json

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from PIL import Image

import kunster
from kunster.errors import UserError
from kunster.files.conf import CONF
from kunster.run import training
from kunster.run.configuration import composed, resolved
from kunster.run.scripted import override

from ..small_runs import QUICK, SMALL, small_photos


@pytest.fixture
def trained(monkeypatch):
    """What would be trained: configurations and folders."""
    calls = []
    monkeypatch.setattr(training, "execute", lambda *call: calls.append(call))
    return calls


def test_it_is_the_run_of_the_command(trained):
    words = ["objective.perceptual.steps=7"]
    folder = kunster.train("scream", words, alpha=0.5, stages=["perceptual"], resume=True)
    command = ["+experiment=scream", "alpha=0.5", "stages=[perceptual]", "resume=true", *words]
    ((config, place),) = trained
    assert resolved(config) == resolved(composed(command))
    with initialize_config_dir(str(CONF), version_base="1.3"):
        whole = compose("config", command, return_hydra_config=True)
    assert str(place) == str(folder) == whole.hydra.run.dir == "runs/scream_a0.5_b0.5"


def test_a_picture_of_ones_own_and_a_folder(trained, tmp_path, monkeypatch):
    picture = tmp_path / "it's mine: α=1, β.png"
    Image.new("RGB", (90, 80)).save(picture)
    assert kunster.train(picture, folder=tmp_path / "run") == tmp_path / "run"
    assert trained[0][0].style.image == str(picture)
    with pytest.raises(UserError, match=r"mine.jpg: no such picture, nor a style; there are compo"):
        kunster.train("mine.jpg")
    (tmp_path / "run" / "config.yaml").parent.mkdir()
    (tmp_path / "run" / "config.yaml").touch()
    monkeypatch.undo()
    with pytest.raises(UserError, match="resume=True goes on with it, overwrite=True starts again"):
        kunster.train(picture, folder=tmp_path / "run")
    with pytest.raises(UserError, match=r"alpha=0\.3: 32, 48 and 64 times alpha"):
        kunster.train("scream", alpha=0.3)


@pytest.mark.parametrize(
    "value",
    [None, True, 3, 0.25, 1e-5, "kunster", "scream:8", "/a b/c,d", "it's", "\\", "a\\'", "", "null",
     "true", "7", ["a", 2, None], "x=1", "{}"],
)  # fmt: skip
def test_hydra_reads_back_what_was_given(value):
    (parsed,) = OverridesParser.create().parse_overrides([override("key", value)])
    found = parsed.value()
    assert getattr(found, "text", found) == value


@pytest.mark.slow
def test_what_it_leaves(tmp_path, monkeypatch):
    monkeypatch.setenv("KUNSTER_CACHE", str(tmp_path / "cache"))
    (tmp_path / "photos").mkdir()
    photos = small_photos(tmp_path / "photos")
    words = [*SMALL, *QUICK, f"photos.path={photos}", "trainer.accelerator=cpu"]
    folder = kunster.train("scream", words, folder=tmp_path / "run", alpha=0.125)
    assert json.loads((folder / "results.json").read_text())["parameters"] == 3999
    assert kunster.load(folder).parameters == 3999
