"""What goes with a film or a photo comes along, unless it is stripped."""

import av
import pytest
from PIL import ExifTags, Image

from ..video.clips import numbered, write_clip

pytestmark = pytest.mark.usefixtures("no_network")
IFD, Base = ExifTags.IFD, ExifTags.Base
TAGS = {"title": "My film", "artist": "Me", "location": "+48.1000+011.5000/"}
TAKEN = "2020-01-02T03:04:05.000000Z"
SUBTITLES = "1\n00:00:00,000 --> 00:00:00,500\nHello\n\n"


@pytest.fixture
def film(tmp_path):
    """A film of 1 s with tags, two chapters, and subtitles in German."""
    (tmp_path / "a.srt").write_text(SUBTITLES)
    path = write_clip(tmp_path / "plain.mkv", [numbered(n) for n in range(25)])
    with (
        av.open(str(path)) as pictures,
        av.open(str(tmp_path / "a.srt")) as words,
        av.open(str(tmp_path / "in.mkv"), "w") as output,
    ):
        output.metadata.update(TAGS, creation_time=TAKEN)
        output.set_chapters(
            [
                {"id": n, "start": 500 * n, "end": 500 * n + 500, "metadata": {"title": title}}
                | {"time_base": pictures.streams[0].time_base}
                for n, title in enumerate(("One", "Two"))
            ]
        )
        for source in (pictures, words):
            target = output.add_stream_from_template(source.streams[0])
            if source is words:
                target.metadata["language"] = "deu"
        for source, target in zip((pictures, words), output.streams, strict=True):
            for packet in source.demux(source.streams[0]):
                if packet.size:
                    packet.stream = target
                    output.mux(packet)


def told(path):
    """Tags, and start, end and title of chapters, in seconds."""
    with av.open(str(path)) as container:
        tags = {key.lower(): value for key, value in container.metadata.items()}
        chapters = [
            (float(each["start"] * each["time_base"]), each["metadata"]["title"])
            for each in container.chapters()
        ]
        return (
            tags,
            chapters,
            [(s.codec_context.name, s.language) for s in container.streams.subtitles],
        )


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv"])
def test_tags_chapters_and_subtitles_of_a_film(run, film, name, caplog):
    assert run("in.mkv", name) == 0
    tags, chapters, subtitles = told(name)
    assert {key: tags[key] for key in TAGS} == TAGS
    assert tags["creation_time"] == TAKEN
    assert chapters == [(0, "One"), (0.5, "Two")]
    assert subtitles == ([("srt", "deu")] if name == "out.mkv" else [])
    assert ("its subtitles (srt) do not go into mp4 files" in caplog.text) == (name == "out.mp4")


def test_stripped_a_film_tells_nothing(run, film):
    assert run("in.mkv", "out.mp4", "--strip") == 0
    tags, chapters, _ = told("out.mp4")
    assert not tags.keys() & {*TAGS, "creation_time"}
    assert chapters == []


@pytest.fixture
def photo(tmp_path):
    """Taken with the camera on its side, with a place, a time and 300 dpi."""
    exif = Image.Exif()
    exif[Base.Make], exif[Base.Orientation] = "Camera", 6
    exif[IFD.Exif] = {Base.DateTimeOriginal: "2020:01:02 03:04:05", Base.MakerNote: bytes(60000)}
    exif[IFD.GPSInfo] = {1: "N", 2: (48.0, 1.0, 2.0)}
    Image.new("RGB", (96, 64)).save(tmp_path / "in.jpg", exif=exif, dpi=(300, 300))


@pytest.mark.parametrize("name", ["out.jpg", "out.png", "out.webp", "out.tif"])
def test_time_place_and_camera_of_a_photo(run, photo, name):
    assert run("in.jpg", name) == 0
    with Image.open(name) as found:
        assert found.size == (64, 96)
        exif = found.getexif()
        assert exif[Base.Make] == "Camera"
        assert exif.get(Base.Orientation, 1) == 1
        if name != "out.tif":
            assert exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] == "2020:01:02 03:04:05"
            assert exif.get_ifd(IFD.GPSInfo)[2] == (48, 1, 2)
        assert name == "out.webp" or found.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_stripped_a_photo_tells_nothing(run, photo):
    assert run("in.jpg", "out.jpg", "--strip") == 0
    with Image.open("out.jpg") as found:
        assert not found.getexif()
        assert found.info.get("dpi", (72, 72))[0] != 300
