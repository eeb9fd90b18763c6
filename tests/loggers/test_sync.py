"""`wandb sync`, W&B's own, against a stand-in for its server."""

import os
import subprocess
import sys

import pytest

from .backend import Backend, serving


def sync(backend, home, *folders):
    environment = {name: value for name, value in os.environ.items() if "WANDB" not in name}
    environment |= {"WANDB_BASE_URL": backend.url, "WANDB_API_KEY": "0" * 40, "HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", "wandb", "sync", *map(str, folders)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=home,
        timeout=120,  # W&B tries again for hours when the server does not answer
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def sent(logged, tmp_path_factory):
    """The part of the run that reaches W&B, and the run's id."""
    backend = Backend()
    with serving(backend):
        said = sync(backend, tmp_path_factory.mktemp("home"), logged.folder)
    assert "Finished syncing" in said
    assert "ERROR" not in said
    return backend, logged.run["run_id"]


def test_the_run_arrives_in_its_group_with_all_steps(sent, logged):
    backend, name = sent
    assert backend.runs.keys() == {name}
    run = backend.runs[name]
    assert (run["project"], run["groupName"], run["jobType"]) == ("kunster", "table2", "stage 1")
    assert [line["_step"] for _, line in sorted(backend.lines[name].items())] == [4, 8, 10]
    assert backend.lines[name][2]["train/loss"] == logged.history[10]["train/loss"]


def test_every_picture_and_the_clip_arrive(sent, logged):
    backend, name = sent
    media = logged.folder / "files" / "media"
    expected = {
        str(path.relative_to(logged.folder / "files")): path.stat().st_size
        for path in media.rglob("*")
        if path.is_file()
    }
    assert len(expected) == 3 * 4 + 4 + 3  # previews, last pictures; strip, clip and table
    assert expected.items() <= backend.files[name].items()


def test_the_table_and_the_exports_arrive_whole(sent, logged):
    backend, name = sent
    artifacts = {each["artifactCollectionName"]: key for key, each in backend.artifacts.items()}
    assert artifacts.keys() == {f"run-{name}-networks", "scream-id14-dilated-a0.25-b0.5"}
    for collection, key in artifacts.items():
        _, files = logged.artifact(collection)
        arrived = backend.contents[key]
        assert arrived.keys() == files.keys()
        for name, path in files.items():  # W&B indents tables as it sends them
            assert arrived[name] == path.stat().st_size or name.endswith(".table.json")
    aliases = backend.artifacts[artifacts["scream-id14-dilated-a0.25-b0.5"]]["aliases"]
    assert {alias["alias"] for alias in aliases} == {"latest", "perceptual"}
