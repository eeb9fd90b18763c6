"""The contents of W&B after `wandb sync`, read from the files that wait for it."""

import base64
import hashlib
import json

import av
import cv2
import numpy as np
import pytest

from kunster.callbacks.curve import read_curve
from kunster.data.preview_photos import preview_pictures
from kunster.networks.model_file import load_model
from kunster.networks.stylizer import stylize
from kunster.pictures.images import as_bytes, as_image

from ..small_runs import LOOK

PHOTOS = ["astronaut", "coffee", "rocket", "chelsea"]


@pytest.fixture(scope="module")
def results(trained):
    return json.loads((trained.parent / "results.json").read_text())


@pytest.fixture(scope="module")
def expected(trained):
    """The photos as the saved network stylizes them."""
    network = load_model(trained / "last.ckpt")[0]
    pictures = (stylize(network, as_image(photo))[0] for photo in preview_pictures(LOOK))
    return dict(zip(PHOTOS, map(as_bytes, pictures), strict=True))


@pytest.fixture(scope="module")
def table(logged):
    """The row that stands for the network, by column, and the files it shows."""
    _, files = logged.artifact(f"run-{logged.run['run_id']}-networks")
    content = json.loads(files["networks.table.json"].read_text())
    (row,) = content["data"]
    return dict(zip(content["columns"], row, strict=True)), files


def read(path):
    return cv2.imread(str(path))[..., ::-1]


def test_the_run_says_which_sweep_network_style_and_stage_it_is(logged):
    assert logged.run["project"] == "kunster"
    assert logged.run["run_group"] == "table2"
    assert logged.run["job_type"] == "stage 1"
    assert logged.run["display_name"] == "a0.25_b0.5 stage 1"
    assert sorted(logged.run["tags"]) == ["id14", "mine", "scream", "stage 1"]
    facts = {"id": 14, "alpha": 0.25, "beta": 0.5, "parameters": 15195, "layout": "table2"}
    assert facts.items() <= logged.config.items()
    assert logged.config["objective"]["perceptual"]["steps"] == 10
    assert [record["exit_code"] for record in logged.of_type("exit")] == [0]


def test_the_steps_are_the_optimisers_and_the_losses_those_of_the_curve(logged, trained):
    assert sorted(logged.history) == [4, 8, 10]
    (row,) = read_curve(trained / "curve.csv")
    assert row.pop("step") == 10
    assert {"loss", "content", "style", "gradient_norm", "learning_rate"} < row.keys()
    for name, value in row.items():
        assert logged.history[10][f"train/{name}"] == pytest.approx(value)


def test_each_photo_has_a_key_of_its_own_at_every_look(logged, expected):
    for step, row in logged.history.items():
        seen = {key.removesuffix("._type") for key in row if key.startswith("preview/")}
        assert {f"preview/{name}" for name in PHOTOS} <= seen, step
    for name, picture in expected.items():
        last = read(logged.file(10, f"preview/{name}")).astype(float)
        assert last.shape == (*LOOK, 3)
        apart = {other: np.abs(last - expected[other]).mean() for other in PHOTOS}
        assert min(apart, key=apart.get) == name
        _, jpeg = cv2.imencode(".jpg", picture[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, 85))
        kept = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)[..., ::-1].astype(float)
        assert np.abs(last - kept).mean() < 1  # what JPEG makes of it
        assert np.abs(picture - read(logged.file(4, f"preview/{name}")).astype(float)).mean() > 10


def test_the_last_pictures_are_the_saved_networks_own(logged, expected, table):
    row, files = table
    for name, picture in expected.items():
        shown = [read(logged.file(10, f"stylized/{name}"))]
        shown.append(read(files[row[name]["path"]]))
        for each in shown:
            assert np.abs(each.astype(int) - picture).max() <= 1  # rounding, of another batch size


def test_the_clip_is_a_short_film_of_the_network(logged, trained, table):
    row, files = table
    network = load_model(trained / "last.ckpt")[0]
    for path in (logged.file(10, "clip"), files[row["clip"]["path"]]):
        assert path.stat().st_size < 300_000
        with av.open(str(path)) as container:
            (stream,) = container.streams
            frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
            assert (stream.codec.name, stream.average_rate) == ("h264", 25)
        assert len(frames) == 3  # of the 10, the first shot
        assert {frame.shape for frame in frames} == {(240, 320, 3)}
    from kunster.data.moving_clip import moving_clip

    first = as_bytes(stylize(network, as_image(next(moving_clip(0.4))))[0])
    assert np.abs(frames[0].astype(float) - first).mean() < 10


def test_the_row_of_the_table_is_what_the_run_found(table, results):
    row, _ = table
    figures = results["stages"]["perceptual"]
    assert (row["id"], row["alpha"], row["beta"]) == (14, 0.25, 0.5)
    assert (row["parameters"], row["size_mb"], row["painting"]) == (15195, 0.06, "scream")
    assert (row["stage"], row["run"], row["sweep"]) == ("stage 1", "a0.25_b0.5", "table2")
    assert row["images_per_second"] == figures["images_per_second"]
    for name in ("content", "style", "tv"):
        assert row[f"{name} loss"] == pytest.approx(figures[name])
    assert row["output loss"] is row["feature loss"] is None
    for column, name in (("style distance", "style"), ("content distance", "content")):
        assert row[column] == figures["evaluation"][name]
    assert row["e_stab"] == figures["evaluation"]["e_stab"]
    for name in ("stroke", "tint", "masses", "content4", "relu4_1"):
        assert row[name] == figures["evaluation"]["painted"][name]
    assert list(row)[-5:] == [*PHOTOS, "clip"]


def test_the_figures_can_be_plotted(logged, results):
    figures = results["stages"]["perceptual"]
    for name in ("style", "content", "e_stab"):
        assert logged.summary[f"first_look/{name}"] == figures["evaluation"][name]
    assert logged.summary["final/images_per_second"] == figures["images_per_second"]


def test_the_exports_are_a_version_of_the_network_in_its_style(logged, trained, results):
    record, files = logged.artifact("scream-id14-dilated-a0.25-b0.5")
    assert record["type"] == "model"
    assert sorted(record["aliases"]) == ["latest", "perceptual"]
    assert {"last.ckpt", "model.safetensors", "model.onnx", "manifest.json"} <= files.keys()
    assert "model.mlpackage/Manifest.json" in files
    digests = {entry["path"]: entry["digest"] for entry in record["manifest"]["contents"]}
    for name, path in files.items():
        assert path.read_bytes() == (trained / name).read_bytes(), name
        assert base64.b64decode(digests[name]) == hashlib.md5(path.read_bytes()).digest()
    metadata = json.loads(record["metadata"])
    assert (metadata["style"], metadata["alpha"], metadata["stage"]) == (
        *("scream", "0.25", "perceptual"),
    )
    assert metadata["figures"] == results["stages"]["perceptual"]


def test_all_of_it_is_small_and_lies_in_the_stages_folder(logged, trained):
    place = trained / "wandb"
    for record in logged.of_type("artifact"):
        _, files = logged.artifact(record["name"])
        assert all(place in path.parents for path in files.values())
    assert sum(path.stat().st_size for path in place.rglob("*") if path.is_file()) < 3e6
