import json
import logging
import os
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest

from kunster.data import cache
from kunster.data.cache import PhotoCache, cached_photos
from kunster.data.decode import UnusablePhoto
from kunster.data.pixel_file import Source
from kunster.errors import UserError


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("KUNSTER_CACHE", str(tmp_path))


def photo(number):
    return np.random.default_rng(number).integers(0, 255, (64, 64 + number, 3), np.uint8)


def sources(count=12, unusable=()):
    """Counts in `loaded` which photos were decoded."""
    loaded = []

    def load(number):
        loaded.append(number)
        if number in unusable:
            raise UnusablePhoto(f"{number}.jpg", "truncated")
        return photo(number)

    return [Source(f"{n}.jpg", lambda n=n: load(n)) for n in range(count)], loaded


def folders(root):
    return [path for path in (root / "photos").iterdir() if path.is_dir()]


def assert_holds(photos, numbers):
    assert photos.names == [f"{number}.jpg" for number in numbers]
    assert len(photos) == len(numbers)
    for held, number in zip(photos, numbers, strict=True):
        np.testing.assert_array_equal(held, photo(number))


def test_holds_every_photo_and_decodes_each_once():
    some, loaded = sources()
    assert_holds(cached_photos(some, "here", "a"), range(12))
    assert_holds(cached_photos(some, "here", "a"), range(12))
    assert sorted(loaded) == list(range(12))


def test_photos_are_read_only_views():
    photos = cached_photos(sources()[0], "here", "a")
    with pytest.raises(ValueError, match="read-only"):
        photos[0][0, 0] = 0


def test_a_new_fingerprint_takes_the_place_of_the_old(tmp_path):
    cached_photos(sources(3)[0], "here", "a")
    cached_photos(sources(4)[0], "there", "a")
    assert_holds(cached_photos(sources(5)[0], "here", "b"), range(5))
    assert len(folders(tmp_path)) == 2


def test_unusable_photos_are_left_out_and_named_in_one_warning(caplog):
    some, _ = sources(unusable=(0, 7))
    for _ in range(2):  # when built and when opened
        caplog.clear()
        assert_holds(cached_photos(some, "here", "a"), [1, 2, 3, 4, 5, 6, 8, 9, 10, 11])
        (record,) = caplog.records
        assert record.levelno == logging.WARNING
        assert record.getMessage() == (
            "here: 2 of 12 photos skipped: 0.jpg: truncated; 7.jpg: truncated"
        )


def test_a_long_list_of_skipped_photos_is_cut(caplog):
    cached_photos(sources(30, unusable=range(1, 30))[0], "here", "a")
    assert caplog.records[0].getMessage().endswith("10.jpg: truncated; and 19 more")


def test_none_usable_is_the_users_to_mend_and_leaves_nothing(tmp_path):
    with pytest.raises(UserError, match="here: none of the 3 pictures can be used"):
        cached_photos(sources(3, unusable=range(3))[0], "here", "a")
    assert not folders(tmp_path)


def cut_pixels(folder):
    os.truncate(folder / cache.PIXELS, 1000)


def blank_pixels(folder):
    size = (folder / cache.PIXELS).stat().st_size
    (folder / cache.PIXELS).write_bytes(bytes(size))


def cut_index(folder):
    os.truncate(folder / cache.INDEX, 100)


def alter_index(folder):
    index = json.loads((folder / cache.INDEX).read_text())
    index["photos"][1][2:4] = index["photos"][1][3:1:-1]  # height for width
    (folder / cache.INDEX).write_text(json.dumps(index))


@pytest.mark.parametrize("damage", [cut_pixels, blank_pixels, cut_index, alter_index])
def test_a_damaged_cache_is_built_anew(tmp_path, caplog, damage):
    cached_photos(sources()[0], "here", "a")
    damage(folders(tmp_path)[0])
    assert_holds(cached_photos(sources()[0], "here", "a"), range(12))
    assert "is rebuilt" in caplog.text
    caplog.clear()
    cached_photos(sources()[0], "here", "a")
    assert not caplog.records


KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from kunster.data.cache import cached_photos
from kunster.data.pixel_file import Source

def load(number):
    while number == 9 and len(journal().splitlines()) < 9:
        pass
    if number == 9:
        os.kill(os.getpid(), signal.SIGKILL)
    return np.random.default_rng(number).integers(0, 255, (64, 64 + number, 3), np.uint8)

def journal():
    found = list(Path(sys.argv[1], "photos").glob("*.partial/journal.jsonl"))
    return found[0].read_text() if found else ""

some = [Source(f"{n}.jpg", lambda n=n: load(n)) for n in range(12)]
cached_photos(some, "here", "a")
"""


def test_a_killed_build_leaves_no_cache_and_goes_on_where_it_stopped(tmp_path):
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = folders(tmp_path)
    assert left.suffix == ".partial"
    some, loaded = sources()
    assert_holds(cached_photos(some, "here", "a"), range(12))
    assert sorted(loaded) == [9, 10, 11]
    assert [path.suffix for path in folders(tmp_path)] == [""]


def test_photos_that_a_crash_tore_are_decoded_again(tmp_path):
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    (left,) = folders(tmp_path)
    with open(left / cache.PIXELS, "r+b") as pixels:
        pixels.seek(-1000, os.SEEK_END)
        pixels.write(bytes(1000))
    with open(left / "journal.jsonl", "a") as journal:
        journal.write('["9.jp')
    some, loaded = sources()
    assert_holds(cached_photos(some, "here", "a"), range(12))
    assert sorted(loaded) == [8, 9, 10, 11]


@pytest.fixture
def unwritable(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KUNSTER_CACHE", str(tmp_path / "file"))


def test_where_nothing_can_be_written_photos_stay_in_memory(unwritable, caplog):
    photos = cached_photos(sources()[0], "here", "a")
    assert_holds(photos, range(12))
    assert "kept in memory" in caplog.records[0].getMessage()


def test_a_full_disk_leaves_no_half_files(tmp_path, monkeypatch, caplog):
    def full(_):
        raise OSError(28, "No space left on device", "photos.u8")

    monkeypatch.setattr(os, "fsync", full)
    assert_holds(cached_photos(sources()[0], "here", "a"), range(12))
    assert not folders(tmp_path)
    assert "No space left" in caplog.text


def test_room_is_asked_for_before_the_disk_is_full(tmp_path, monkeypatch):
    some, loaded = sources(1000)
    monkeypatch.setattr(cache, "WEIGHED", 10)
    monkeypatch.setattr(cache, "MEMORY_LIMIT", 10_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 12_000_000))
    # the first ten have 68.5 × 64 pixels on average: 990 like them are 13.0 MB
    with pytest.raises(
        UserError, match=r"here: .* needs 0\.0 GB, .*set KUNSTER_CACHE .*short_side"
    ):
        cached_photos(some, "here", "a")
    assert len(loaded) < 30
    assert not folders(tmp_path)


def test_what_just_fits_is_built(monkeypatch):
    monkeypatch.setattr(cache, "WEIGHED", 10)
    monkeypatch.setattr(cache, "MEMORY_LIMIT", 0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 30_000))
    assert_holds(cached_photos(sources(12)[0], "here", "a"), range(12))


def test_a_build_says_how_far_it_is_where_there_is_no_terminal(monkeypatch, capsys):
    monkeypatch.setattr("kunster.console.progress.ProgressLine.due", lambda line: True)
    cached_photos(sources(3)[0], "here", "a")
    said = capsys.readouterr().err.splitlines()
    assert [line.split("  ")[0] for line in said] == [f"decoding photos {n}/3" for n in (1, 2, 3)]
    assert all(line.endswith(" left") for line in said)


def test_what_fits_neither_disk_nor_memory_is_the_users_to_mend(unwritable, monkeypatch):
    monkeypatch.setattr(cache, "MEMORY_LIMIT", 30_000)
    with pytest.raises(UserError, match="set KUNSTER_CACHE to a folder with room"):
        cached_photos(sources()[0], "here", "a")


def test_the_environment_names_the_root(monkeypatch, tmp_path):
    assert cache.cache_root() == tmp_path
    monkeypatch.delenv("KUNSTER_CACHE")
    assert cache.cache_root().parts[-2:] == (".cache", "kunster")


def test_an_index_beyond_the_end_ends_iteration():
    photos = cached_photos(sources(3)[0], "here", "a")
    assert isinstance(photos, PhotoCache)
    with pytest.raises(IndexError):
        photos[3]
