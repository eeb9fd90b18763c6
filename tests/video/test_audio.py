from fractions import Fraction

import av
import numpy as np
import pytest

from kunster.video.audio import sound_tracks
from kunster.video.source import SoundFile

from .clips import add_tone, numbered, write_clip


def copied(path, target, begins=Fraction(0), seconds=2.0):
    """The sound of a file beside a black video."""
    with (
        av.open(str(target), "w") as output,
        sound_tracks(SoundFile(path, begins), output) as write_until,
    ):
        stream = output.add_stream("libx264", rate=10)
        stream.width, stream.height = 64, 64
        for number in range(round(10 * seconds)):
            write_until(number / 10)
            frame = av.VideoFrame(64, 64, "yuv420p")
            frame.pts = number
            output.mux(stream.encode(frame))
        write_until(float("inf"))
        output.mux(stream.encode(None))
    return target


def packets_of(path):
    with av.open(str(path)) as container:
        return [
            (packet.pts * packet.time_base, bytes(packet))
            for packet in container.demux(audio=0)
            if packet.size
        ]


def samples_of(path):
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        frames = [frame.to_ndarray()[0] for frame in container.decode(stream)]
        return stream.codec_context.name, stream.rate, np.concatenate(frames)


def clip(path, sound, seconds=2):
    return write_clip(path, [numbered(0)] * (25 * seconds), sound=sound)


@pytest.mark.parametrize(
    ("name", "sound"), [("a.mp4", "aac"), ("a.mkv", "libopus"), ("a.mkv", "flac"), ("a.avi", "mp2")]
)
def test_packets_are_copied_byte_by_byte_at_their_times(tmp_path, name, sound):
    codec = "mpeg4" if name == "a.avi" else "libx264"
    path = write_clip(tmp_path / name, [numbered(0)] * 50, codec, sound=sound)
    found, expected = packets_of(copied(path, tmp_path / "out.mp4")), packets_of(path)
    assert len(expected) > 20
    assert [content for _, content in found] == [content for _, content in expected]
    for (ours, _), (theirs, _) in zip(found, expected, strict=True):
        assert abs(ours - theirs) <= Fraction(1, 1000)  # Matroska counts milliseconds


def test_sound_that_the_format_does_not_take_is_encoded_and_it_is_said(tmp_path, caplog):
    path = write_clip(tmp_path / "a.avi", [numbered(0)] * 50, "mpeg4", sound="pcm_mulaw")
    codec, rate, samples = samples_of(copied(path, tmp_path / "out.mp4"))
    assert (codec, rate) == ("aac", 48000)
    assert "pcm_mulaw" in caplog.text
    assert len(samples) == pytest.approx(2 * 48000, abs=4096)
    loudest = np.abs(np.fft.rfft(samples[:48000])).argmax()
    assert loudest == pytest.approx(440, abs=2)  # Hz, as one second was looked at


def test_a_clock_that_starts_late_is_set_to_0(tmp_path):
    path = clip(tmp_path / "a.ts", "aac")
    begins = packets_of(path)[0][0]
    assert begins > 0
    first = packets_of(copied(path, tmp_path / "out.mp4", begins))[0][0]
    assert abs(first) < Fraction(1, 1000)


def test_every_track_comes_along(tmp_path):
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as container:
        tracks = [container.add_stream("aac", rate=48000) for _ in range(2)]
        for track, hertz in zip(tracks, (440, 880), strict=True):
            add_tone(container, track, 1, hertz)
    with av.open(str(copied(path, tmp_path / "out.mp4", seconds=1))) as container:
        assert len(container.streams.audio) == 2


@pytest.mark.parametrize("file", ["silent", None])
def test_silence_stays_silent(tmp_path, file):
    path = file and SoundFile(write_clip(tmp_path / "a.mp4", [numbered(0)]), Fraction(0))
    with (
        av.open(str(tmp_path / "out.mp4"), "w") as output,
        sound_tracks(path, output) as write_until,
    ):
        write_until(float("inf"))
        assert not output.streams.audio


def test_sound_is_written_up_to_a_time_and_no_further(tmp_path):
    path = clip(tmp_path / "a.mp4", "aac")
    with (
        av.open(str(tmp_path / "out.mkv"), "w") as output,
        sound_tracks(SoundFile(path, Fraction(0)), output) as write_until,
    ):
        write_until(1.0)
    # the packet that begins before 1 s ends after it
    assert packets_of(tmp_path / "out.mkv")[-1][0] == pytest.approx(1.0, abs=1024 / 48000)
