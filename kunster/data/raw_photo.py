"""Raw photos of cameras, told by their content: what Pillow opens of them is a thumbnail."""

from contextlib import suppress
from os import PathLike
from typing import IO

from PIL.TiffImagePlugin import ImageFileDirectory_v2

SUFFIXES = (
    *(".3fr", ".arw", ".cr2", ".cr3", ".dng", ".nef", ".nrw", ".orf", ".pef", ".raf"),
    *(".rw2", ".srw"),
)
TIFF = (b"II*\0", b"MM\0*")
# Fujifilm, Olympus, Panasonic, Minolta, Sigma
HEADS = (b"FUJIFILM", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"\0MRM", b"FOVb")
CR2, CR3 = b"CR", b"ftypcrx "  # Canon, from bytes 8 and 4 on
# TIFF tags, and values of the second that mean what a sensor saw: ISO 12234-2 and DNG 1.7
DNG_VERSION, PHOTOMETRIC, SUB_DIRECTORIES = 50706, 262, 330
SENSOR = (32803, 34892)  # mosaic of its colours, and the same made whole


def is_raw(path: str | PathLike[str]) -> bool:
    """Whether a file is a raw photo, as DNG, CR2, CR3, NEF, ARW, RAF, ORF and RW2 are."""
    with open(path, "rb") as file:
        head = file.read(12)
        if head.startswith(HEADS) or head[4:] == CR3:
            return True
        return head.startswith(TIFF) and (head[8:10] == CR2 or _has_raw(file, head[:8]))


def _has_raw(file: IO[bytes], head: bytes) -> bool:
    """Whether a TIFF says in its first directory or those below that it has a sensor's data."""
    with suppress(Exception):  # broken directories raise many kinds, and whoever decodes says it
        first = _directory(file, head, ImageFileDirectory_v2(head).next)
        below = [_directory(file, head, start) for start in first.get(SUB_DIRECTORIES, ())]
        return DNG_VERSION in first or any(d.get(PHOTOMETRIC) in SENSOR for d in (first, *below))
    return False


def _directory(file: IO[bytes], head: bytes, start: int) -> ImageFileDirectory_v2:
    directory = ImageFileDirectory_v2(head)
    file.seek(start)
    directory.load(file)
    return directory
