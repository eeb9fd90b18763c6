"""Small videos whose motion is known, and how often their flow was estimated."""

import av
import numpy as np
import pytest

from kunster.data import flow_estimators
from kunster.data.decode import decode_photo
from kunster.data.flow import estimate_flow
from kunster.data.materials import photographs


@pytest.fixture(scope="session")
def photograph() -> np.ndarray:
    return decode_photo(photographs()[0], 400)


@pytest.fixture
def pan(photograph):
    """`pan(5, (4, 3))`: 5 frames of a photograph that goes right by 4 and down by 3 pixels each."""

    def frames(count, step, size=(128, 160)):
        height, width = size
        for number in range(count):
            left, top = (100 - number * part for part in step)
            yield np.ascontiguousarray(photograph[top : top + height, left : left + width])

    return frames


@pytest.fixture
def write_mp4():
    """Writes frames as H.264, the index first, so that a file cut off can still be read."""

    def write(path, frames, quality=8):
        options = {"movflags": "faststart"}
        first, *others = frames
        with av.open(str(path), "w", format="mp4", options=options) as container:
            stream = container.add_stream("libx264", rate=25, options={"crf": str(quality)})
            stream.pix_fmt = "yuv420p"
            stream.height, stream.width = first.shape[:2]
            for frame in (first, *others):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            container.mux(stream.encode(None))
        return path

    return write


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("KUNSTER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "clips"


@pytest.fixture
def estimated(monkeypatch):
    """Counts the flows that are estimated; raises once there are `fail_at`."""

    class Counting:
        calls, fail_at = 0, None

        def __call__(self, first, second):
            if self.calls == self.fail_at:
                raise KeyboardInterrupt
            self.calls += 1
            return estimate_flow(first, second)

    counting = Counting()
    monkeypatch.setattr(flow_estimators, "estimate_flow", counting)
    return counting
