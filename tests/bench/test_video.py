"""Table II's protocol on a short clip: what is counted, and what the report reads of it."""

import json
from itertools import pairwise
from time import sleep

import av
import numpy as np
import pytest

from kunster.bench import clip, playback
from kunster.bench import video as bench
from kunster.bench.__main__ import main
from kunster.bench.playback import Difference, check_video, difference, engine_of
from kunster.errors import UserError
from kunster.networks.model_file import save_model
from kunster.networks.table2 import ROWS
from kunster.report.sweep import read_sweep
from kunster.video.engines import Engine
from kunster.video.writer import write_video

from ..random_networks import describe, random_network
from ..report.conftest import write_run

SLOW = 20  # frames a second


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """96 frames of moving noise."""
    picture = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
    picture = picture.repeat(8, axis=0).repeat(8, axis=1)
    path = tmp_path_factory.mktemp("video") / "noise.mp4"
    write_video(path, (np.roll(picture, number, axis=1) for number in range(96)), 25)
    return path


class SlowEngine(Engine):
    """Takes a known time for a frame."""

    name = "slow"

    def run(self, frame):
        sleep(1 / SLOW)
        return frame


def test_a_sweep_is_measured_for_its_report(tmp_path, video, capsys, monkeypatch):
    monkeypatch.setattr(playback, "ALONE", 8)
    monkeypatch.setattr(bench, "engine_of", lambda network, size, choice: SlowEngine(size, 1))
    write_video(tmp_path / "short.mp4", [np.zeros((64, 64, 3), np.uint8)] * 8, 25)
    for row in (ROWS[14], ROWS[9]):
        write_run(tmp_path / "sweep" / f"b{row.beta:g}", row)
    out = tmp_path / "sweep" / "bench.json"
    words = ["video", str(tmp_path / "sweep"), "--video", str(tmp_path / "short.mp4")]

    assert main([*words, "--seconds", "0.01", "--record", "--out", str(out)]) == 0

    found = json.loads(out.read_text())
    assert {(row["id"], row["size"]) for row in found["rows"]} == {
        *((10, "480x320"), (15, "480x320"), (10, "320x240"), (15, "320x240")),
    }
    for row in found["rows"]:
        assert row["phone"] == ROWS[row["id"] - 1].iphone_11_pro[row["size"] == "320x240"]
        assert sum(row["shares"].values()) == pytest.approx(1)
        for speed in (row["network"], row["fps"], row["recorded"]):
            assert SLOW / 5 < speed < SLOW  # on a busy machine too
        assert row["decode"] > SLOW
    sweep = read_sweep(tmp_path / "sweep")
    assert [sweep.fps(run, "480x320") for run in sweep.runs] == [
        found["480x320"]["b0.75"],
        found["480x320"]["b0.5"],
    ]
    assert "decoding and resizing included" in capsys.readouterr().out


def test_float32_engines_differ_from_torch_by_their_rounding_alone(video):
    network = random_network(describe())
    engine = engine_of(network, (240, 320), "onnxruntime")

    found = difference(network, engine, video)

    assert isinstance(found, Difference)
    # to whole numbers: a quarter on average, a half at most, and what float32 leaves open
    assert found.mean == pytest.approx(0.25, abs=0.03)
    assert 0.49 < found.maximum < 0.6


def test_its_own_clip_is_that_of_the_paper(tmp_path, monkeypatch):
    monkeypatch.setenv("KUNSTER_CACHE", str(tmp_path))
    monkeypatch.setattr(clip, "SECONDS", 1)

    with av.open(str(clip.own_clip())) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert (stream.width, stream.height, stream.average_rate) == (1920, 1080, 25)
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(stream)]
    assert len(frames) == 25
    assert all((one != other).mean() > 0.1 for one, other in pairwise(frames))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nowhere"], "nowhere"),
        (["MODEL", "--video", "nowhere.mp4"], "nowhere.mp4"),
        (["MODEL", "--engine", "abacus"], "abacus"),
        (["MODEL", "--seconds", "0"], "--seconds 0: must be a number, more than 0"),
        (["MODEL", "MODEL"], "two networks of that name"),
    ],
)
def test_mistakes_get_one_line_and_exit_code_2(tmp_path, video, capsys, words, says):
    model = tmp_path / "model.safetensors"
    save_model(random_network(describe()), describe(), model)
    words = [str(model) if word == "MODEL" else word for word in words]

    assert main(["video", "--video", str(video), *words]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


def test_a_video_too_short_to_measure_by_is_said(tmp_path):
    path = tmp_path / "short.mp4"
    write_video(path, [np.zeros((64, 64, 3), np.uint8)] * 3, 25)
    with pytest.raises(UserError, match="3 frames; 96 or more"):
        check_video(path)
