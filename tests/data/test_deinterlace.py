"""Film whose even and odd rows were filmed a fiftieth of a second apart."""

from fractions import Fraction

import av
import numpy as np
import pytest
from av.filter import Graph

from kunster.data.frames import video_frames
from kunster.video.reader import VideoReader

from ..video.clips import times_of

FRAMES = 8


def bar(field):
    """A white bar that moves eight pixels to the right a field."""
    picture = np.zeros((64, 160, 3), np.uint8)
    picture[:, 8 * field : 8 * field + 24] = 255
    return picture


@pytest.fixture
def film(tmp_path):
    """MPEG-2 whose frames hold two fields each."""
    path = tmp_path / "a.mpg"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg2video", rate=25, options={"flags": "+ilme+ildct"})
        stream.height, stream.width, stream.pix_fmt = 64, 160, "yuv420p"
        graph = Graph()
        tick = Fraction(1, 25)
        source = graph.add_buffer(width=160, height=64, format="yuv420p", time_base=tick)
        nodes = source, graph.add("setfield", "tff"), graph.add("buffersink")
        graph.link_nodes(*nodes).configure()
        for number in range(FRAMES):
            woven = bar(2 * number)
            woven[1::2] = bar(2 * number + 1)[1::2]
            frame = av.VideoFrame.from_ndarray(woven, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, tick
            graph.push(frame)
            container.mux(stream.encode(graph.pull()))
        container.mux(stream.encode(None))
    return path


def combed(picture):
    """Mean difference between a row and those beside it; a combed bar has it at its edges."""
    rows = picture[:, :, 1].astype(int)
    return np.abs(2 * rows[1:-1] - rows[:-2] - rows[2:]).mean()


def test_combs_are_gone_for_painting_and_training_and_it_is_said(film, caplog):
    reader = VideoReader(film)
    frames = list(reader.frames((64, 160)))
    painted, trained = [frame.picture for frame in frames], list(video_frames(film))
    assert "interlaced" in caplog.text
    assert len(painted) == len(trained) == FRAMES
    for found in (painted, trained):
        assert max(map(combed, found[1:-1])) < 12
    seconds = [float(frame.pts * reader.time_base) for frame in frames]
    stored = [float(time) for time in times_of(film)]
    assert seconds == pytest.approx([time - stored[0] for time in stored])


def test_keep_leaves_them(film):
    frames = [frame.picture for frame in VideoReader(film, interlaced=True).frames((64, 160))]
    assert len(frames) == FRAMES
    assert min(map(combed, frames)) > 30
