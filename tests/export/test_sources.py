"""Which networks a path stands for, and where their exports go."""

from pathlib import Path

import pytest

from kunster.assets.trained import find_trained
from kunster.errors import UserError
from kunster.export.sources import Source, find_sources


@pytest.fixture
def sweep(tmp_path):
    folder = tmp_path / "sweep"
    for name in ("a/perceptual", "a/temporal", "b/perceptual", "logs"):
        (folder / name).mkdir(parents=True)
    for name in ("a/perceptual/last.ckpt", "a/temporal/last.ckpt", "b/perceptual/last.ckpt"):
        (folder / name).touch()
    (folder / "a/perceptual/model.safetensors").touch()
    return folder


def found(folder, out=None):
    return [(source.model, source.folder) for source in find_sources(folder, out)]


def test_a_file_is_exported_beside_itself_or_into_the_folder_given(sweep, tmp_path):
    model = sweep / "a/temporal/last.ckpt"
    assert found(model) == [(model, model.parent)]
    assert found(model, tmp_path / "out") == [(model, tmp_path / "out")]


def test_a_stage_a_run_and_a_sweep_keep_their_folders(sweep, tmp_path):
    names = ["a/perceptual", "a/temporal", "b/perceptual"]
    models = [sweep / name / "last.ckpt" for name in names]
    out = tmp_path / "out"
    assert found(sweep) == [(model, model.parent) for model in models]
    assert [place for _, place in found(sweep, out)] == [out / name for name in names]
    assert found(sweep / "a", out) == [
        (models[0], out / "perceptual"),
        (models[1], out / "temporal"),
    ]
    assert found(models[0].parent, out) == [(models[0], out)]


def test_a_style_that_ships_goes_by_its_name_to_the_folder_given(tmp_path):
    out = tmp_path / "out"
    assert found(Path("scream:8:perceptual"), out) == [(find_trained("scream:8:perceptual"), out)]
    assert find_sources(Path("senecio"), out) == [Source(find_trained("base"), out, "senecio")]
    for name in ("scream:8", "senecio"):
        with pytest.raises(UserError, match=f"^{name}: ships with kunster; say with --out where"):
            find_sources(Path(name))


@pytest.mark.parametrize("name", ["logs", "missing"])
def test_a_path_without_networks(sweep, name):
    with pytest.raises(UserError, match=f"{name}: no "):
        find_sources(sweep / name)
