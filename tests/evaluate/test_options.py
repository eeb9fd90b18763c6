"""The options of `kunster evaluate`, before anything is opened."""

from pathlib import Path

import pytest

from kunster.errors import UserError
from kunster.evaluate.options import Options, parser

DATA = ["--painting", "scream.jpg", "--sintel", "sintel"]


def options(*words):
    return Options.of(parser().read(words))


def test_folders_called_as_hydra_calls_them_are_models(tmp_path, monkeypatch):
    (tmp_path / "limit=1").mkdir()
    monkeypatch.chdir(tmp_path)
    found = options("runs/scream", "limit=1", *DATA, "--without", "ambush_4", "cave_2")
    assert found.models == (Path("runs/scream"), Path("limit=1"))
    assert found.without == ("ambush_4", "cave_2")
    assert (found.limit, found.sintel) == (50, Path("sintel"))


def test_a_home_folder_is_found(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    found = options("~/run", "--photos", "~/photos")
    assert found.models == (Path("/home/me/run"),)
    assert found.photos == Path("/home/me/photos")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "MODELS: missing; kunster evaluate --help"),
        (["--limit", "3"], "MODELS: missing"),
        (["run", "limit=3"], "limit=3: is now --limit 3;"),
        (["run", "gatys_side=64"], "gatys_side=64: is now --gatys-side 64;"),
        (["run", "--sintell", "/data"], "--sintell: no such option; did you mean --sintel? There"),
        (["run", "--limit", "0"], "--limit 0: must be a whole number, 1 or more"),
        (["run", "--limit", "1.5"], "--limit 1.5: must be a whole number"),
        (["run", "--gatys", "1"], "--gatys: needs --painting"),
        (["run", "--ruder", "1", *DATA[:2]], "--ruder: needs --sintel"),
        (["run", "--without", "pan"], "--without: needs --sintel"),
        (["run", "--ruder-side", "32"], "--ruder-side 32: must be a whole number, 64 or more"),
        (["run", "--gatys-side", "32"], "--gatys-side 32: must be a whole number, 64 or more"),
        (["run", "--gatys", "-1"], "--gatys -1: must be a whole number, 0 or more"),
        (["run", "--style-weight", "nan"], "--style-weight nan: must be a number"),
        (["run", "--style-weight", "-2"], "--style-weight -2: must be a number, 0 or more"),
        (["run", "--accelerator", "cdua"], "cdua: must be auto, cpu, cuda or mps; did you mean cu"),
    ],
)
def test_a_wrong_word_is_refused_by_its_value(words, complaint):
    with pytest.raises(UserError) as refused:
        options(*words)
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)
