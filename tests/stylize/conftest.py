"""`kunster stylize` with a small network: in this process, or as a command of its own."""

import sys
from pathlib import Path

import pytest

from kunster.networks.model_file import save_model
from kunster.stylize import files, jobs
from kunster.stylize.__main__ import main
from kunster.video.engines import Engine

from ..random_networks import describe, random_network

ROOT = Path(__file__).parents[2]
READABLE = ("--strength", "0.3")  # the network's picture, with the number still in it
DEADLINE = 120  # s; far beyond what any of this takes


@pytest.fixture(scope="module")
def network():
    return random_network(describe(alpha=0.125))


@pytest.fixture(scope="module")
def model(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    save_model(network, describe(alpha=0.125), path)
    return str(path)


@pytest.fixture
def run(model, tmp_path, monkeypatch):
    """`run("a.mp4", "b.mp4", …)` in an empty folder: the command's exit code."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: main([*words, "--model", model])


class Unchanged(Engine):
    """Every picture as it is, at once."""

    name = "none"

    def run(self, frame):
        return frame


@pytest.fixture
def no_network(monkeypatch):
    """For tests of files, where what is painted does not matter: no engine is compiled."""
    for room, name in ((jobs, "build_engine"), (files, "picture_engine")):
        monkeypatch.setattr(room, name, lambda network, size, *more: Unchanged(size, 1))


def command(model, *words):
    return [sys.executable, "-m", "kunster.stylize", *words, "--model", model]
