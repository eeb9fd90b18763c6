"""Unpacking archives made by friends and by accidents."""

import os
import shutil
import zipfile

import pytest

from kunster.assets.unpack import is_unpacked, unpack
from kunster.errors import UserError

from .archives import FILES, PLENTY, assert_untouched, contents, make_tar, make_zip


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
    assert sorted(entry.name for entry in folder.parent.iterdir()) == [".coco.lock", "coco"]


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


def test_a_flipped_byte_is_noticed(tmp_path, folder):
    archive = make_zip(tmp_path / "archive", FILES)
    data = archive.read_bytes()
    archive.write_bytes(data.replace(b"a" * 100, b"a" * 99 + b"b", 1))
    with pytest.raises(UserError, match="cannot be unpacked"):
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
