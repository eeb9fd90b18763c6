"""A file appears whole or not at all, and a path that cannot be written is one line."""

import errno
import os

import pytest

from kunster.console.command import exit_code
from kunster.errors import UserError
from kunster.files.replacing import check_replaceable, replacing


@pytest.mark.parametrize("length", [10, 250, 255])
def test_names_as_long_as_the_file_system_allows(tmp_path, length):
    path = tmp_path / f"üü{'x' * (length - 9)}.onnx"
    assert len(os.fsencode(path.name)) == length
    for text in ("first", "second"):
        with replacing(path) as part:
            assert part.suffix == ".onnx"
            part.write_text(text)
        assert path.read_text() == text
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["a" * 256, "ü" * 128])
def test_a_name_that_is_too_long_is_one_line(tmp_path, name):
    with (
        pytest.raises(UserError, match=r"cannot be written: File name too long"),
        replacing(tmp_path / name) as part,
    ):
        part.write_text("text")
    with pytest.raises(UserError, match="File name too long"):
        check_replaceable(tmp_path / name, "mark", "page", overwrite=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("below", ["a.onnx", "deeper/a.onnx"])
def test_a_file_where_a_folder_should_be_is_named(tmp_path, below):
    runs = tmp_path / "runs"
    runs.write_text("a file")
    with pytest.raises(UserError, match=r"/runs is a file, not a folder"), replacing(runs / below):
        pass
    assert runs.read_text() == "a file"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_read_only_folder_is_one_line(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(UserError, match="Permission denied"), replacing(tmp_path / "a") as part:
        part.write_text("text")


def test_what_had_the_name_stays_when_writing_fails(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail():
        with replacing(path) as part:
            part.write_text("half of the n")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(UserError, match="No space left"):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_replaces_a_folder(tmp_path):
    path = tmp_path / "network.mlpackage"
    for name in ("first", "second"):
        with replacing(path) as part:
            part.mkdir()
            (part / name).touch()
    assert [file.name for file in path.iterdir()] == ["second"]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "code", [errno.EACCES, errno.EROFS, errno.ENOSPC, errno.ENAMETOOLONG, errno.ENOTDIR]
)
def test_a_command_that_meets_such_a_path_ends_with_2(code, capsys):
    def work():
        raise OSError(code, os.strerror(code), "some/path")

    assert exit_code(work) == 2
    assert capsys.readouterr().err == f"some/path: {os.strerror(code)}\n"


def test_a_bug_keeps_its_traceback():
    def work():
        raise OSError(errno.EBADF, "Bad file descriptor", "some/path")

    with pytest.raises(OSError, match="Bad file descriptor"):
        exit_code(work)
