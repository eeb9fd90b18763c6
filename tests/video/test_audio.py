from fractions import Fraction

import av
import numpy as np
import pytest
from av.stream import Disposition

from kunster.video.audio import sound_tracks
from kunster.video.source import SoundFile

from .clips import add_tone, numbered, write_clip

# of sound tracks: language, title and role
TRACKS = [("eng", "Dialogue", Disposition.default), ("deu", "Kommentar", 0)]


def copied(path, target, begins=Fraction(0), seconds=2.0):
    """The sound of a file beside a black video."""
    with (
        av.open(str(target), "w") as output,
        sound_tracks(SoundFile(path, begins), output) as write_until,
    ):
        stream = output.add_stream("libvpx" if target.suffix == ".webm" else "mpeg4", rate=10)
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
        frames = [
            frame.to_ndarray()[0, :: 1 if frame.format.is_planar else stream.channels]
            for frame in container.decode(stream)
        ]
        return stream.codec_context.name, stream.rate, np.concatenate(frames)


def tone(path, codec):
    """A file of a second of sound and nothing else."""
    with av.open(str(path), "w") as container:
        add_tone(container, container.add_stream(codec, rate=48000), 1)
    return path


def clip(path, sound, seconds=2):
    return write_clip(path, [numbered(0)] * (25 * seconds), sound=sound)


@pytest.mark.parametrize(
    ("name", "sound"), [("a.mp4", "aac"), ("a.mkv", "libopus"), ("a.mkv", "flac"), ("a.avi", "mp3")]
)
def test_packets_are_copied_byte_by_byte_at_their_times(tmp_path, name, sound):
    codec = "mpeg4" if name == "a.avi" else "libx264"
    path = write_clip(tmp_path / name, [numbered(0)] * 50, codec, sound=sound)
    found, expected = packets_of(copied(path, tmp_path / "out.mp4")), packets_of(path)
    assert len(expected) > 20
    assert [content for _, content in found] == [content for _, content in expected]
    for (ours, _), (theirs, _) in zip(found, expected, strict=True):
        assert abs(ours - theirs) <= Fraction(1, 1000)  # Matroska counts milliseconds


@pytest.mark.parametrize(
    ("name", "sound", "out", "encoded"),
    [
        ("a.avi", "pcm_mulaw", "out.mp4", "aac"),
        ("a.mkv", "ac3", "out.mp4", "aac"),  # silent in browsers
        ("a.mkv", "alac", "out.mp4", "aac"),
        ("a.mkv", "pcm_s24le", "out.mp4", "aac"),  # noise in older players
        ("a.mkv", "mp2", "out.mp4", "aac"),
        ("a.mkv", "ac3", "out.mov", "aac"),
        ("a.avi", "pcm_mulaw", "out.mkv", "flac"),  # without loss
        ("a.mkv", "aac", "out.webm", "opus"),
        ("a.mkv", "ac3", "out.mkv", None),
        ("a.mkv", "alac", "out.mov", None),
        ("a.mkv", "pcm_s24le", "out.mov", None),
        ("a.mkv", "libopus", "out.webm", None),
    ],
)
def test_sound_that_is_not_played_in_a_format_is_encoded_and_it_is_said(
    tmp_path, caplog, name, sound, out, encoded
):
    path = tone(tmp_path / name, sound)
    with (
        av.open(str(tmp_path / out), "w") as output,
        sound_tracks(SoundFile(path, Fraction(0)), output) as write_until,
    ):
        write_until(float("inf"))
    codec, rate, samples = samples_of(tmp_path / out)
    assert encoded is None or codec == encoded
    assert (encoded is not None) == ("not commonly played" in caplog.text)
    assert rate == 48000
    assert len(samples) == pytest.approx(48000, abs=4096)
    loudest = np.abs(np.fft.rfft(samples)).argmax() / (len(samples) / rate)
    assert loudest == pytest.approx(440, abs=2)  # Hz


@pytest.mark.parametrize(
    ("name", "out", "codec"),
    [
        ("truehd.mkv", "out.mp4", "aac"),
        ("truehd.mkv", "out.mov", "aac"),
        ("dts51.mkv", "out.mkv", "dca"),
    ],
)
def test_sound_that_only_experimental_encoders_write(real, tmp_path, name, out, codec):
    path = real("cases", name)
    with (
        av.open(str(tmp_path / out), "w") as output,
        sound_tracks(SoundFile(path, Fraction(0)), output) as write_until,
    ):
        write_until(float("inf"))
    found, rate, samples = samples_of(tmp_path / out)
    assert found == codec
    assert len(samples) / rate == pytest.approx(1, abs=0.1)


def test_a_clock_that_starts_late_is_set_to_0(tmp_path):
    path = clip(tmp_path / "a.ts", "aac")
    begins = packets_of(path)[0][0]
    assert begins > 0
    first = packets_of(copied(path, tmp_path / "out.mp4", begins))[0][0]
    assert abs(first) < Fraction(1, 1000)


@pytest.mark.parametrize("out", ["out.mp4", "out.mkv", "out.webm"])
def test_every_track_comes_along_with_what_it_is(tmp_path, out):
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as container:
        for language, title, role in TRACKS:
            track = container.add_stream("aac", rate=48000)
            track.metadata.update(language=language, title=title)
            track.disposition = role
        for track, hertz in zip(container.streams.audio, (440, 880), strict=True):
            add_tone(container, track, 1, hertz)
    found = []
    with av.open(str(copied(path, tmp_path / out, seconds=1))) as container:
        for track in container.streams.audio:
            title = track.metadata.get("title") or track.metadata.get("name")
            found.append((track.language, title, track.disposition & Disposition.default))
    assert found == TRACKS


def test_sound_of_a_broadcast_is_encoded_anew(tmp_path):
    """AAC in LATM, as DVB sends it, has no place in MP4."""
    path = tmp_path / "a.ts"
    with av.open(str(path), "w", options={"mpegts_flags": "latm"}) as container:
        add_tone(container, container.add_stream("aac", rate=48000), 2)
    assert samples_of(path)[0] == "aac_latm"
    codec, _, samples = samples_of(copied(path, tmp_path / "out.mp4"))
    assert (codec, len(samples)) == ("aac", pytest.approx(2 * 48000, abs=6144))


@pytest.mark.parametrize(("suffix", "sound"), [(".ts", "aac"), (".mpg", "mp2")])
def test_sound_of_recordings_that_were_joined_goes_on(tmp_path, suffix, sound):
    codec = "mpeg2video" if suffix == ".mpg" else "libx264"
    part = write_clip(tmp_path / f"a{suffix}", [numbered(0)] * 50, codec, sound=sound)
    part.write_bytes(2 * part.read_bytes())
    with av.open(str(part)) as container:
        begins = Fraction(container.start_time, av.time_base)
    found = [time for time, _ in packets_of(copied(part, tmp_path / "out.mp4", begins, 4))]
    assert found == sorted(set(found))
    assert found[-1] - found[0] == pytest.approx(4, abs=0.2)


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
