"""Unpacking what enemies made: nothing leaves the folder or fills the disk."""

import struct
import tarfile
import zipfile

import pytest

from kunster.assets.unpack import unpack
from kunster.errors import UserError

from .archives import (
    PLENTY,
    assert_untouched,
    contents,
    make_link_zip,
    make_special_tar,
    make_tar,
    make_zip,
)


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "a/../../evil",
        "/etc/evil",
        "//etc/evil",
        "a/..",
        "..",
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


def test_a_link_in_a_zip_becomes_a_file(tmp_path, folder):
    unpack(make_link_zip(tmp_path / "archive"), folder, PLENTY)
    assert not (folder / "link").is_symlink()
    assert contents(folder) == {"link": b"../../outside"}


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_in_a_tar_are_refused(tmp_path, folder, kind):
    archive = make_special_tar(tmp_path / "archive", kind)
    with pytest.raises(UserError, match="'special' is a link or a device"):
        unpack(archive, folder, PLENTY)
    assert_untouched(tmp_path, archive)


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
    with pytest.raises(UserError, match="cannot be unpacked"):
        unpack(archive, folder, PLENTY)
    assert_untouched(tmp_path, archive)
