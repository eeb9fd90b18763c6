"""Inputs that are missing or broken, networks that ship or diverged, and the exit codes."""

import json
import sys
from pathlib import Path

import pytest
import torch

from kunster.evaluate.__main__ import main
from kunster.networks.model_file import save_model

from ..small_runs import run_short
from .small_data import described, words


@pytest.mark.parametrize(
    ("extra", "complaint"),
    [
        (["--accelerator", "cuda"], "--accelerator cuda: not on this machine"),
        (["--judge", "vgg"], "--judge vgg: must be vgg19 or a file"),
        (["--painting", "none.png"], "--painting none.png: no such picture, nor a painting that"),
        (["--painting", "scraem"], "did you mean scream? There are scream, starry_night"),
        (["--deep", "none.pth"], "none.pth: no such file"),
        (["--photos", "none"], "none: no such folder of photos"),
        (["--sintel", "none"], "--sintel none is not a folder"),
        (["--video", "none.mp4"], "none.mp4: no such video file or folder of frames"),
        (["--video", "photos/0.png"], "photos/0.png: a picture; a video is wanted here"),
        (["--video", "one"], "--video one: a single frame; flicker is between two"),
        (["--photos", "https://a.org/b"], "--photos https://a.org/b: is an address; download it"),
    ],
)
def test_what_is_not_on_this_machine_ends_with_2_and_one_line(
    run_folder, data, tiny_vgg19, capsys, monkeypatch, extra, complaint
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.chdir(data)
    Path("one").mkdir()
    Path("one/0.png").write_bytes(Path("photos/0.png").read_bytes())
    options = words(data, "photos", "judge")
    assert main([str(run_folder), *options, *extra]) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1
    assert not (run_folder / "evaluation.json").exists()


def test_a_style_that_ships_goes_by_its_name_and_is_reported_in_the_current_folder(
    data, tiny_vgg19, tmp_path, monkeypatch
):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert main(["scream:14:perceptual", *words(data, "photos", "judge")]) == 0
    rows = json.loads((tmp_path / "here" / "evaluation.json").read_text())["rows"]
    assert [row["name"] for row in rows] == ["(the input itself)", "scream:14:perceptual"]
    assert rows[1]["parameters"] == 15_195


def test_a_missing_model_ends_with_2(capsys):
    assert main(["nowhere/run"]) == 2
    assert "nowhere/run: no such run folder or model file" in capsys.readouterr().err


def test_a_broken_photo_is_named_and_the_others_count(run_folder, data, tiny_vgg19, caplog):
    (data / "photos" / "4.jpg").write_bytes(b"\xff\xd8 cut off")
    assert main([str(run_folder), *words(data, "photos", "judge")]) == 0
    assert "4.jpg" in caplog.text
    report = json.loads((run_folder / "evaluation.json").read_text())
    given = len(list((data / "photos").iterdir()))
    assert report["measured_on"]["photos"].startswith(f"{given - 1} of {given}, ")


def test_a_diverged_network_is_reported_in_valid_json(run_folder, network, data, tiny_vgg19):
    network.encoder[0][0].weight.data.fill_(1e38)  # finite, but its sums are not
    path = run_folder / "nan.safetensors"
    save_model(network, described(network, "perceptual"), path)
    assert main([str(path), *words(data, "photos", "judge")]) == 0
    report = (run_folder / "evaluation.json").read_text()
    assert json.loads(report)["rows"][1]["content"] is None
    assert "| nan |" in (run_folder / "evaluation.md").read_text()


@pytest.mark.slow
def test_the_command_line_gives_the_same_codes(run_folder, data, tiny_vgg19):
    command = [sys.executable, "-m", "kunster.evaluate"]
    done = run_short(*command, str(run_folder), *words(data, "photos", "judge"))
    assert done.returncode == 0
    failed = run_short(*command, "no_run")
    assert failed.returncode == 2
    assert failed.stderr.startswith("no_run: no such run folder or model file, nor a style; ")
    assert failed.stderr.count("\n") == 1
