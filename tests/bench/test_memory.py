"""A video played over and over: its length, its sound, and what kunster.stylize leaves of both."""

import json
from fractions import Fraction

import av
import numpy as np
import pytest

from kunster.bench import memory
from kunster.bench.__main__ import main
from kunster.bench.memory import contents_of, write_repeated
from kunster.data.video_file import open_video
from kunster.networks.model_file import save_model

from ..random_networks import describe, random_network
from ..video.clips import numbered, write_clip


@pytest.fixture
def clip(tmp_path):
    """A second of frames that carry their number."""
    path = tmp_path / "clip.mp4"
    write_clip(path, [numbered(number, 96, 64) for number in range(25)])
    return path


def test_a_clip_is_repeated_whole_and_cut_at_the_end(tmp_path, clip):
    write_repeated(clip, tmp_path / "long.mp4", 2.4)

    found = contents_of(tmp_path / "long.mp4")
    assert found.frames == pytest.approx(60, abs=3)  # frames decoded ahead of being shown
    assert found.seconds == pytest.approx(found.frames / 25, abs=0.2)
    with open_video(tmp_path / "long.mp4") as container:
        pictures = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert len(pictures) == found.frames
    for number in range(25):
        assert np.array_equal(pictures[number], pictures[25 + number])
    with av.open(str(tmp_path / "long.mp4")) as container:
        tone = container.streams.audio[0]
        assert tone.duration * tone.time_base == pytest.approx(Fraction(12, 5), abs=0.05)


@pytest.mark.slow
def test_what_comes_out_is_as_long_and_sounds_the_same(tmp_path, clip, capsys):
    network, description = random_network(describe()), describe()
    save_model(network, description, tmp_path / "model.safetensors")
    out = tmp_path / "memory.json"
    words = ["memory", str(tmp_path / "model.safetensors"), "--video", str(clip)]

    assert main([*words, "--short", "1", "--long", "3", "--out", str(out)]) == 0

    figures = json.loads(out.read_text())
    assert [each["whole"] for each in figures["passages"]] == [True, True]
    frames = [each["came"]["frames"] for each in figures["passages"]]
    assert frames == pytest.approx([25, 75], abs=3)  # frames decoded ahead of being shown
    assert all(each["peak"] > 50 * 2**20 for each in figures["passages"])  # Python and a network
    assert "the same" in capsys.readouterr().out


def test_the_longer_is_not_the_shorter(capsys):
    assert main(["memory", "model.onnx", "--short", "9", "--long", "3"]) == 2
    assert "--short and --long" in capsys.readouterr().err


@pytest.mark.parametrize("clip", ["absent.mp4", "sound.txt"])
def test_what_is_no_video_gets_one_line(tmp_path, clip, capsys):
    (tmp_path / "sound.txt").write_text("la")
    assert main(["memory", "scream", "--video", str(tmp_path / clip)]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert clip in said[0]


def test_a_model_that_is_not_there_is_said_before_a_clip_is_made(monkeypatch, capsys):
    monkeypatch.setattr(memory, "own_clip", lambda: pytest.fail("takes a minute"))
    assert main(["memory", "scraem"]) == 2
    assert "did you mean scream?" in capsys.readouterr().err
