"""Archives to unpack, honest and not."""

import io
import stat
import tarfile
import zipfile
from pathlib import Path

from kunster.assets.unpack import RECEIPT

FILES = {"photos/a.jpg": b"a" * 5_000, "photos/deep/b.jpg": b"b", "notes.txt": b"read me"}
PLENTY = 1_000_000


def make_zip(path: Path, files: dict[str, bytes], **more: int) -> Path:
    with zipfile.ZipFile(path, "w", **more) as bundle:
        for name, data in files.items():
            bundle.writestr(zipfile.ZipInfo(name), data, bundle.compression)
    return path


def zip_bytes(files: dict[str, bytes]) -> bytes:
    """A zip to be served."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as bundle:
        for name, data in files.items():
            bundle.writestr(name, data)
    return file.getvalue()


def make_tar(path: Path, files: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as bundle:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            bundle.addfile(info, io.BytesIO(data))
    return path


def make_special_tar(path: Path, kind: bytes, name: str = "special", to: str = "/etc") -> Path:
    with tarfile.open(path, "w") as bundle:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, to
        bundle.addfile(info)
        inside = tarfile.TarInfo(f"{name}/passwd")
        inside.size = 4
        bundle.addfile(inside, io.BytesIO(b"root"))
    return path


def make_link_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as bundle:
        info = zipfile.ZipInfo("link")
        info.create_system = 3  # Unix
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        bundle.writestr(info, "../../outside")
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != RECEIPT
    }


def assert_untouched(tmp_path: Path, archive: Path) -> None:
    left = [path for path in tmp_path.rglob("*") if not path.is_dir() and path.suffix != ".lock"]
    assert left == [archive]
