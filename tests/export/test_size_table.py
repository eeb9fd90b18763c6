"""The table of sizes: its figures against the files themselves."""

import csv

import cv2
import pytest

from kunster.data.scenes import scene
from kunster.export.__main__ import main
from kunster.networks.model_file import save_model

from ..random_networks import describe, random_network


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweep")
    for stage in ("perceptual", "temporal"):
        described = describe(alpha=0.125, stage=stage)
        model = folder / "narrow" / stage / "model.safetensors"
        save_model(random_network(described, seed=len(stage)), described, model)
    few = ["--limit", "1"]
    photo = folder / "photos" / "0.png"
    photo.parent.mkdir()
    cv2.imwrite(str(photo), scene(0, size=96)[..., ::-1])
    few += ["--photos", str(photo.parent)]
    assert main([str(folder / "narrow" / "perceptual"), "litert-int8", *few]) == 0
    assert main([str(folder), "onnx", *few, "--table", str(folder)]) == 0
    rows = list(csv.DictReader((folder / "sizes.csv").read_text().splitlines()))
    return folder, rows


def test_a_row_for_each_network_and_each_of_its_files(table):
    _, rows = table
    assert [(row["id"], row["stage"], row["format"]) for row in rows] == [
        ("15", "perceptual", "float32 weights"),
        ("15", "perceptual", "onnx"),
        ("15", "perceptual", "litert-int8"),  # made before
        ("15", "temporal", "float32 weights"),
        ("15", "temporal", "onnx"),
    ]


def test_bytes_are_those_on_the_disk(table):
    folder, rows = table
    names = {"float32 weights": "model.safetensors", "onnx": "model.onnx"}
    for row in rows:
        if row["format"] in names:
            path = folder / "narrow" / row["stage"] / names[row["format"]]
            size = path.stat().st_size
            assert int(row["bytes"]) == size
            assert float(row["of the float32 weights"]) == pytest.approx(size / 4 / 3999, abs=1e-4)


def test_what_is_nearly_exact_has_nearly_the_same_style(table):
    _, rows = table
    for row in rows:
        assert float(row["style distance"]) > 0
        if row["format"] == "float32 weights":
            assert float(row["of the network's"]) == 1
        elif row["format"] == "onnx":
            assert float(row["of the network's"]) == pytest.approx(1, abs=0.01)
            assert float(row["largest error / 255"]) < 0.0255
        else:
            assert float(row["mean error / 255"]) > 0.01


def test_markdown_has_the_same_cells_and_says_how_it_was_measured(table):
    folder, rows = table
    text = (folder / "sizes.md").read_text()
    for row in rows:
        assert f"| {' | '.join(row.values())} |" in text
    assert "judge vgg19" in text
    assert "Gram" in text
