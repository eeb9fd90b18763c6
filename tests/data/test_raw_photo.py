"""Raw photos as cameras lay them out: a thumbnail first, and the sensor's data below it."""

import pytest
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from kunster.data.decode import UnusablePhoto, decode_photo, is_picture
from kunster.data.raw_photo import is_raw

BYTE, LONG = 1, 4
REDUCED = {254: (LONG, 1)}  # NewSubfileType: a smaller copy of another picture in this file
DNG = {**REDUCED, 50706: (BYTE, b"\1\4\0\0")}
MOSAIC = {330: (LONG, {262: 32803})}  # SubIFDs, one with a colour filter array: TIFF/EP
PYRAMID = {330: (LONG, {262: 2})}  # smaller copies of an ordinary picture


def tiff(path, tags):
    directory = ImageFileDirectory_v2()
    for tag, (kind, value) in tags.items():
        directory.tagtype[tag] = kind
        directory[tag] = value
    Image.new("RGB", (96, 64)).save(path, "TIFF", tiffinfo=directory)
    return path


@pytest.mark.parametrize("tags", [DNG, REDUCED | MOSAIC], ids=["DNG", "NEF or ARW"])
def test_the_thumbnail_of_a_raw_photo_is_not_taken_for_the_photo(tmp_path, tags):
    path = tiff(tmp_path / "a.tif", tags)
    with Image.open(path) as thumbnail:
        assert thumbnail.size == (96, 64)
    assert is_picture(path)
    with pytest.raises(UnusablePhoto, match=r"a\.tif: a raw photo of a camera: export a JPEG or"):
        decode_photo(path)


@pytest.mark.parametrize(
    "head",
    [
        b"II*\0\x10\0\0\0CR\2\0",
        b"\0\0\0\x18ftypcrx \0\0\0\1",
        b"FUJIFILMCCD-RAW 0201",
        b"IIRO\x08\0\0\0",
        b"IIU\0\x18\0\0\0",
    ],
    ids=["CR2", "CR3", "RAF", "ORF", "RW2"],
)
def test_what_pillow_does_not_know_is_named_as_well(tmp_path, head):
    (tmp_path / "a").write_bytes(head + bytes(200))
    assert is_picture(tmp_path / "a")
    with pytest.raises(UnusablePhoto, match=r"a: a raw photo of a camera"):
        decode_photo(tmp_path / "a")


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")  # of the directory beyond the file's end
@pytest.mark.parametrize("tags", [{}, REDUCED, PYRAMID, {330: (LONG, 1 << 30)}])
def test_an_ordinary_tiff_is_none(tmp_path, tags):
    path = tiff(tmp_path / "a.tif", tags)
    assert not is_raw(path)
    assert decode_photo(path).shape == (64, 96, 3)
