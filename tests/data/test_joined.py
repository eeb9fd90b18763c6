"""Recordings joined end to end, as `cat a.ts b.ts > c.ts` does."""

from itertools import pairwise

import av
import pytest

from kunster.data.joined import packets_of

from ..video.clips import numbered, write_clip

CODECS = {".ts": ("libx264", "aac"), ".mpg": ("mpeg2video", "mp2")}


@pytest.mark.parametrize("suffix", CODECS)
def test_times_go_on_for_pictures_and_sound_alike(tmp_path, suffix):
    codec, sound = CODECS[suffix]
    parts = [
        write_clip(tmp_path / f"{n}{suffix}", [numbered(n)] * 50, codec, sound=sound)
        for n in range(3)
    ]
    path = tmp_path / f"joined{suffix}"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    times = {}
    for kind in ("video", "audio"):
        with av.open(str(path)) as container:
            stream = container.streams.get({kind: 0})[0]
            found = [packet for packet in packets_of(container, [stream]) if packet.dts is not None]
            times[kind] = [float(packet.dts * packet.time_base) for packet in found]
    for found in times.values():
        assert all(b > a - 0.1 for a, b in pairwise(found))  # sound may overlap a little
        assert found[-1] - found[0] == pytest.approx(6, abs=0.3)
    assert times["video"][0] - times["audio"][0] == pytest.approx(
        times["video"][-1] - times["audio"][-1], abs=0.3
    )
