"""Unpacking archives made by friends, by enemies and by accidents."""

import io
import os
import shutil
import stat
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from kunster.assets import unpack as module
from kunster.assets.unpack import RECEIPT, is_unpacked, unpack
from kunster.errors import UserError

FILES = {"photos/a.jpg": b"a" * 5_000, "photos/deep/b.jpg": b"b", "notes.txt": b"read me"}
PLENTY = 1_000_000


def make_zip(path: Path, files: dict[str, bytes], **more: int) -> Path:
    with zipfile.ZipFile(path, "w", **more) as bundle:
        for name, data in files.items():
            bundle.writestr(zipfile.ZipInfo(name), data, bundle.compression)
    return path


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


def make_link_zip(path: Path, mode: int = stat.S_IFLNK) -> Path:
    with zipfile.ZipFile(path, "w") as bundle:
        info = zipfile.ZipInfo("link")
        info.create_system = 3  # Unix
        info.external_attr = (mode | 0o777) << 16
        bundle.writestr(info, "../../outside")
        bundle.writestr("link/file", "through the link")
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != RECEIPT
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where to unpack; two levels down, so that `../..` would still be seen by the tests."""
    return tmp_path / "home" / "data" / "coco"


def assert_untouched(tmp_path: Path, archive: Path) -> None:
    assert [path for path in tmp_path.rglob("*") if not path.is_dir()] == [archive]


@pytest.mark.parametrize("kind", ["zip", "deflated", "w", "w:gz", "w:xz"])
def test_files_come_out_as_they_went_in(tmp_path, folder, kind):
    path = tmp_path / "archive"
    if kind == "zip":
        make_zip(path, FILES)
    elif kind == "deflated":
        make_zip(path, FILES, compression=zipfile.ZIP_DEFLATED)
    else:
        make_tar(path, FILES, kind)
    assert unpack(path, folder, PLENTY) == 3
    assert contents(folder) == FILES
    assert is_unpacked(folder)
    assert sorted(entry.name for entry in folder.parent.iterdir()) == ["coco"]


def test_only_some_folders_without_their_leading_one(tmp_path, folder):
    files = {"top/clean/1.png": b"1", "top/albedo/1.png": b"2", "top/cleaner/1.png": b"3"}
    archive = make_zip(tmp_path / "archive", files)
    assert unpack(archive, folder, PLENTY, strip="top", only=["top/clean"]) == 1
    assert contents(folder) == {"clean/1.png": b"1"}


def test_an_archive_without_what_is_wanted_is_no_success(tmp_path, folder):
    archive = make_zip(tmp_path / "archive", FILES)
    with pytest.raises(UserError, match="holds none of the files"):
        unpack(archive, folder, PLENTY, only=["training"])
    assert_untouched(tmp_path, archive)


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "a/../../evil",
        "/etc/evil",
        "//etc/evil",
        "..\\evil",
        "C:/evil",
        "a/..",
        "..",
        "/",
    ],
)
@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_no_path_leaves_the_folder(tmp_path, folder, name, make):
    archive = make(tmp_path / "archive", {"good.jpg": b"good", name: b"evil"})
    with pytest.raises(UserError, match="refused"):
        unpack(archive, folder, PLENTY)
    assert_untouched(tmp_path, archive)


@pytest.mark.parametrize("name", ["top//etc/evil", "./top/etc/evil", "top/./etc/evil"])
@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_dropping_the_leading_folder_never_makes_a_path_absolute(tmp_path, folder, name, make):
    unpack(make(tmp_path / "archive", {name: b"tame"}), folder, PLENTY, strip="top")
    assert contents(folder) == {"etc/evil": b"tame"}


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO])
def test_links_and_devices_in_a_zip_are_refused(tmp_path, folder, mode):
    archive = make_link_zip(tmp_path / "archive", mode)
    with pytest.raises(UserError, match="'link' is a link or a device"):
        unpack(archive, folder, PLENTY)
    assert_untouched(tmp_path, archive)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_in_a_tar_are_refused(tmp_path, folder, kind):
    archive = make_special_tar(tmp_path / "archive", kind)
    with pytest.raises(UserError, match="'special' is a link or a device"):
        unpack(archive, folder, PLENTY)
    assert_untouched(tmp_path, archive)


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_a_program_does_not_come_out_executable(tmp_path, folder, make):
    unpack(make(tmp_path / "archive", {"run.sh": b"#!/bin/sh"}), folder, PLENTY)
    assert not os.access(folder / "run.sh", os.X_OK)


def test_a_bomb_is_measured_before_it_goes_off(tmp_path, folder):
    archive = make_zip(
        tmp_path / "archive", {"zeros": bytes(10_000_000)}, compression=zipfile.ZIP_DEFLATED
    )
    assert archive.stat().st_size < 20_000
    with pytest.raises(UserError, match="would fill more than"):
        unpack(archive, folder, PLENTY)
    assert_untouched(tmp_path, archive)


def test_a_compressed_tar_is_read_no_further_than_the_limit(tmp_path, folder):
    archive = make_tar(tmp_path / "archive", {"zeros": bytes(10_000_000)}, "w:gz")
    with archive.open("r+b") as file:  # what follows the first header cannot be read at all
        file.seek(5_000)
        file.write(bytes(100))
    with pytest.raises(UserError, match="would fill more than"):
        unpack(archive, folder, PLENTY)


def test_a_bomb_that_lies_about_its_size_is_defused(tmp_path, folder):
    archive = make_zip(
        tmp_path / "archive", {"zeros": bytes(10_000_000)}, compression=zipfile.ZIP_DEFLATED
    )
    true, claimed = struct.pack("<L", 10_000_000), struct.pack("<L", 10)
    archive.write_bytes(archive.read_bytes().replace(true, claimed))
    with pytest.raises(UserError, match="damaged"):
        unpack(archive, folder, PLENTY)
    assert_untouched(tmp_path, archive)


def test_entries_are_counted_too(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(module, "MEMBERS", 2)
    archive = make_zip(tmp_path / "archive", FILES)
    with pytest.raises(UserError, match="more than 2 entries"):
        unpack(archive, folder, PLENTY)
    assert_untouched(tmp_path, archive)


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize("names", [("a", "a"), ("a", "./a"), ("a", "a/b")])
def test_a_name_that_stands_twice_overwrites_nothing(tmp_path, folder, names):
    archive = tmp_path / "archive"
    with zipfile.ZipFile(archive, "w") as bundle:
        for name in names:
            bundle.writestr(name, "text")
    with pytest.raises(UserError, match="stands in it twice"):
        unpack(archive, folder, PLENTY)
    assert_untouched(tmp_path, archive)


def test_a_flipped_byte_is_noticed(tmp_path, folder):
    archive = make_zip(tmp_path / "archive", FILES)
    data = archive.read_bytes()
    archive.write_bytes(data.replace(b"a" * 100, b"a" * 99 + b"b", 1))
    with pytest.raises(UserError, match="damaged"):
        unpack(archive, folder, PLENTY)
    assert_untouched(tmp_path, archive)


@pytest.mark.parametrize("kind", ["w", "w:gz", "w:xz"])
def test_a_truncated_tar_is_noticed(tmp_path, folder, kind):
    archive = make_tar(tmp_path / "archive", {"noise": os.urandom(100_000)}, kind)
    archive.write_bytes(archive.read_bytes()[:50_000])
    with pytest.raises(UserError, match="remove it and fetch it again"):
        unpack(archive, folder, PLENTY)
    assert_untouched(tmp_path, archive)


@pytest.mark.parametrize("data", [b"", b"<html>Not found</html>", b"PK\x03\x04 but no more"])
def test_what_is_no_archive_is_called_so(tmp_path, folder, data):
    archive = tmp_path / "archive"
    archive.write_bytes(data)
    with pytest.raises(UserError, match="neither a zip nor a tar"):
        unpack(archive, folder, PLENTY)
    assert_untouched(tmp_path, archive)


def test_a_zip_with_a_password_is_refused(tmp_path, folder):
    archive = make_zip(tmp_path / "archive", {"secret": b"text"})
    data = bytearray(archive.read_bytes())
    data[6] |= 1  # the encryption flag of the local header
    data[data.index(b"PK\x01\x02") + 8] |= 1  # and of the central one
    archive.write_bytes(data)
    with pytest.raises(UserError, match=r"cannot be unpacked .*password"):
        unpack(archive, folder, PLENTY)
    assert_untouched(tmp_path, archive)


def test_a_compression_that_is_not_known_is_not_called_damage(tmp_path, folder):
    archive = make_zip(tmp_path / "archive", {"exotic": b"text"})
    data = bytearray(archive.read_bytes())
    method = (97).to_bytes(2, "little")  # WavPack
    data[8:10] = method  # in the local header
    central = data.index(b"PK\x01\x02") + 10
    data[central : central + 2] = method
    archive.write_bytes(data)
    with pytest.raises(UserError, match=r"cannot be unpacked .*compression"):
        unpack(archive, folder, PLENTY)


def test_a_folder_that_is_there_already_is_not_touched(tmp_path, folder):
    folder.mkdir(parents=True)
    (folder / "mine.jpg").write_bytes(b"mine")
    with pytest.raises(UserError, match="was not unpacked here"):
        unpack(make_zip(tmp_path / "archive", FILES), folder, PLENTY)
    assert contents(folder) == {"mine.jpg": b"mine"}
    assert not is_unpacked(folder)


def test_an_interrupted_unpacking_leaves_no_folder(tmp_path, folder):
    archive = make_zip(tmp_path / "archive", FILES)

    def interrupt(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        unpack(archive, folder, PLENTY, report=interrupt)
    assert_untouched(tmp_path, archive)


def test_two_at_once_do_not_mix_their_files(tmp_path, folder):
    archive = make_zip(tmp_path / "archive", FILES)

    def second(done: int, total: int | None) -> None:
        with pytest.raises(UserError, match="another process"):
            unpack(archive, folder, PLENTY)

    assert unpack(archive, folder, PLENTY, report=second) == 3
    assert contents(folder) == FILES


def test_what_a_killed_unpacking_left_does_not_look_finished_and_is_replaced(tmp_path, folder):
    killed = folder.with_name("coco.partial")
    killed.mkdir(parents=True)
    (killed / "half.jpg").write_bytes(b"ha")
    assert not is_unpacked(folder)
    unpack(make_zip(tmp_path / "archive", FILES), folder, PLENTY)
    assert contents(folder) == FILES
    assert not killed.exists()


def test_a_full_disk_is_noticed_before_the_first_file(tmp_path, folder, monkeypatch):
    archive = make_zip(tmp_path / "archive", FILES)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 5_000))
    with pytest.raises(UserError, match="are free"):
        unpack(archive, folder, PLENTY)
    assert_untouched(tmp_path, archive)
