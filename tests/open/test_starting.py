"""Trainings that the page starts: the command, and the process, which is a stand-in here."""

import json
import time
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from kunster.errors import UserError
from kunster.networks.table2 import ROWS, size_class
from kunster.open import starting
from kunster.open.starting import CHOICES, Trainings
from kunster.run.configuration import composed, resolved
from kunster.run.settings import check_config

WISH = {"name": "mine", "size": "Medium", "strength": "Strong", "strokes": "Fine"}
PAINTING = cv2.imencode(".png", np.zeros((90, 120, 3), np.uint8))[1].tobytes()
STAND_IN = """#!/bin/sh
trap 'echo interrupted; exit 130' TERM
echo "$* began"
while :; do sleep 0.05; done
"""


@pytest.fixture
def trainings(tmp_path, monkeypatch):
    program = tmp_path / "python"
    program.write_text(STAND_IN)
    program.chmod(0o755)
    monkeypatch.setattr(starting, "sys", SimpleNamespace(executable=str(program)))
    (tmp_path / "it's runs").mkdir()
    found = Trainings(tmp_path / "it's runs")
    yield found
    found.end()


def until(trainings, words):
    for _ in range(200):
        if words in trainings.state()["mine"]["said"]:
            return
        time.sleep(0.05)
    raise AssertionError(trainings.state())


def test_it_starts_stops_and_goes_on_with_a_command_that_composes(trainings):
    trainings.start(WISH, PAINTING, [PAINTING])
    until(trainings, "began")
    place = trainings.folder / "started" / "mine"
    assert (place / "painting.jpg").read_bytes() == PAINTING
    words = json.loads((place / "command.json").read_text())
    config, _ = check_config(resolved(composed(words)))
    assert config["callbacks"]["preview"]["photos"] == str(place / "photos")
    assert [file.name for file in (place / "photos").iterdir()] == ["1.jpg"]
    assert (config["alpha"], config["beta"], config["style"]["size"]) == (0.5, 0.75, 256)
    assert (config["style"]["weight"], config["style"]["image"]) == (
        2.0,
        str(place / "painting.jpg"),
    )

    with pytest.raises(UserError, match="mine: is training already"):
        trainings.go_on("mine")
    trainings.stop("mine")
    until(trainings, "interrupted")
    trainings.running["mine"].wait(10)
    state = trainings.state()["mine"]
    assert not state["running"]
    assert not state["failed"]  # it was stopped
    again = Trainings(trainings.folder)  # of a later `kunster open`
    again.go_on("mine")
    until(again, "resume=true")
    again.end()


@pytest.mark.parametrize(
    ("change", "picture", "words"),
    [
        ({"name": "../mine"}, PAINTING, "a name has 1 to 40 letters"),
        ({"name": ""}, PAINTING, "a name has 1 to 40 letters"),
        ({"size": "Huge"}, PAINTING, "size=Huge: there are Small, Medium, Large"),
        ({}, b"no picture", "the painting: no picture, or too small a one"),
    ],
)
def test_what_cannot_be_started_is_said_and_leaves_nothing(trainings, change, picture, words):
    with pytest.raises(UserError, match=words):
        trainings.start(WISH | change, picture)
    assert not [file for file in trainings.folder.rglob("*") if file.is_file()]
    assert trainings.running == {}


def test_what_ended_by_itself_with_an_error_has_failed(trainings):
    Path(starting.sys.executable).write_text("#!/bin/sh\necho no such style\nexit 2\n")
    trainings.start(WISH, PAINTING)
    trainings.running["mine"].wait(10)
    state = trainings.state()["mine"]
    assert (state["failed"], state["said"]) == (True, "no such style")


def test_a_photo_that_is_none_is_said_by_its_number(trainings):
    with pytest.raises(UserError, match="photo 2: no picture"):
        trainings.start(WISH, PAINTING, [PAINTING, b"no picture"])
    assert not [file for file in trainings.folder.rglob("*") if file.is_file()]


def test_a_name_that_is_taken_and_one_that_was_not_started(trainings):
    (trainings.folder / "mine").mkdir()
    with pytest.raises(UserError, match="mine: is there already"):
        trainings.start(WISH, PAINTING)
    for name in ("other", "../other"):
        with pytest.raises(UserError, match="was not started here"):
            trainings.stop(name)


def test_sizes_are_called_what_they_are():
    for name, words in CHOICES["size"].items():
        alpha, beta = (float(word.partition("=")[2]) for word in words)
        (row,) = (row for row in ROWS if (row.alpha, row.beta) == (alpha, beta))
        assert size_class(1000 * int(row.parameters.removesuffix("k"))) == name
