"""Runs that cannot begin: mistakes of the user get one line, bugs keep their traceback."""

from pathlib import Path

import pytest

from kunster.data.clip_modules import SintelClips, VideoClips
from kunster.data.photos import folder_photos
from kunster.errors import UserError
from kunster.losses.vgg import load_vgg16
from kunster.run.configuration import built, composed, resolved

from ..small_runs import QUICK, run_short, small_run, trained


def folders_that_cannot_be(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "file").touch()
    return {
        "a file": f"hydra.run.dir={tmp_path / 'file'}",
        "in a file": f"hydra.run.dir={tmp_path / 'file' / 'run'}",
        "too long": f"hydra.run.dir={tmp_path / ('x' * 256)}",
        "read only": "hydra.run.dir=/proc/self/run",
    }


@pytest.mark.parametrize("kind", ["a file", "in a file", "too long", "read only"])
def test_a_folder_that_cannot_be_made_gets_one_line(kind, photos, tmp_path):
    failed = run_short(*small_run(photos, *QUICK, folders_that_cannot_be(tmp_path)[kind]))
    assert failed.returncode == 2, failed.stderr
    assert "cannot be written" in failed.stderr
    assert len(failed.stderr.splitlines()) == 1


@pytest.mark.parametrize("override", ["alpha=0.3", "style.image=a=b.png", "start=/nowhere.pth"])
def test_mistakes_get_one_line_and_exit_code_2(photos, tmp_path, override):
    failed = run_short(*small_run(photos, f"hydra.run.dir={tmp_path / 'run'}", *QUICK, override))
    assert failed.returncode == 2, failed.stderr
    assert override.partition("=")[2] in failed.stderr
    assert len(failed.stderr.splitlines()) == 1
    assert not list(tmp_path.rglob("last.ckpt"))


@pytest.mark.parametrize("override", ["style.image=nope.png", "photos.path=/nowhere"])
def test_what_is_not_there_begins_no_run_and_ends_none(photos, tmp_path, override):
    with pytest.raises(UserError, match=override.partition("=")[2]):
        trained(photos, tmp_path, *QUICK, override)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]
    earlier = tmp_path / "perceptual" / "last.ckpt"
    earlier.parent.mkdir()
    earlier.write_text("weights of hours")
    (tmp_path / "config.yaml").write_text("seed: 0\n")
    with pytest.raises(UserError, match=override.partition("=")[2]):
        trained(photos, tmp_path, *QUICK, override, "overwrite=true")
    assert earlier.read_text() == "weights of hours"


@pytest.mark.parametrize(
    ("overrides", "refuses"),
    [
        (["photos.path=/nowhere"], lambda: folder_photos("/nowhere")),
        (["perceptual=vgg16", "perceptual._target_=kunster.losses.vgg.load_vgg16"], load_vgg16),
        (["clips=sintel", "clips.path=/nowhere"], SintelClips("/nowhere").load),
        (["clips=video", "clips.path=/nowhere"], VideoClips("/nowhere").load),
    ],
)
def test_what_a_loader_refuses_is_said_in_its_own_words(
    photos, tmp_path, overrides, refuses, monkeypatch
):
    monkeypatch.setenv("KUNSTER_DATA", str(tmp_path))
    with pytest.raises(UserError) as refused:
        refuses()
    with pytest.raises(UserError) as said:
        trained(photos, tmp_path / "run", *overrides)
    assert str(said.value) == str(refused.value)


def test_a_bug_in_a_loader_keeps_its_own_traceback(monkeypatch):
    bug = KeyError("a bug")

    def buggy(*_, **__):
        raise bug

    monkeypatch.setattr("kunster.losses.vgg.load_vgg19", buggy)
    with pytest.raises(KeyError) as raised:
        built(resolved(composed(["+experiment=scream"]))["perceptual"], "perceptual")
    assert raised.value is bug
