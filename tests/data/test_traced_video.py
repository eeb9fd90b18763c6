"""Pairs that were traced once are kept: interrupted, damaged, outdated, or without room."""

import numpy as np
import pytest

from kunster.data import traced_video
from kunster.errors import UserError

from .stored_clips import assert_equal, clips_of, save, stored


def test_an_interrupted_build_goes_on_where_it_stopped(tmp_path, pan, estimated, cache):
    path = save(pan(6, (4, 3)), tmp_path / "frames")
    estimated.fail_at = 7  # in the middle of the fourth pair
    with pytest.raises(KeyboardInterrupt):
        clips_of(path, size=(96, 96), flow="dis")
    assert len(list(cache.glob("*/*"))) == 3
    estimated.calls, estimated.fail_at = 0, None
    resumed = stored(clips_of(path, size=(96, 96), flow="dis"))
    assert estimated.calls == 2 * 2  # both ways, of the last two pairs
    clips_of(path, size=(96, 96), flow="dis")
    assert estimated.calls == 2 * 2
    fresh = stored(clips_of(save(pan(6, (4, 3)), tmp_path / "again"), size=(96, 96), flow="dis"))
    assert_equal(resumed, fresh)


def flip_a_bit(content):
    content[len(content) // 2] ^= 1


def cut(content):
    del content[-10:]


def empty(content):
    content.clear()


@pytest.mark.parametrize("damage", [flip_a_bit, cut, empty])
def test_a_damaged_pair_is_traced_again(tmp_path, pan, estimated, cache, damage):
    path = save(pan(4, (4, 3)), tmp_path / "frames")
    pairs = stored(clips_of(path, size=(96, 96), flow="dis"))
    pairs = [type(pair)(*(part.clone() for part in pair)) for pair in pairs]  # no memory map
    file = sorted(cache.glob("*/*.pair"))[1]
    content = bytearray(file.read_bytes())
    damage(content)
    file.write_bytes(content)
    estimated.calls = 0
    again = stored(clips_of(path, size=(96, 96), flow="dis"))
    assert estimated.calls == 2
    assert_equal(again, pairs)


def test_that_a_pair_was_left_out_is_remembered_and_checked(tmp_path, pan, estimated, cache):
    first, second = pan(2, (4, 3))
    path = save([first, second, second], tmp_path / "frames")
    clips_of(path, size=(96, 96), flow="dis")
    left_out = sorted(cache.glob("*/*.pair"))[1]
    left_out.write_bytes(left_out.read_bytes().replace(b"unchanged", b"cut 23456"))
    assert "1 unchanged)" in clips_of(path, size=(96, 96), flow="dis").source


def test_a_video_that_changed_or_other_frame_sizes_are_traced_anew(tmp_path, pan, estimated, cache):
    path = save(pan(3, (4, 3)), tmp_path / "frames")
    clips_of(path, size=(64, 64), flow="dis")
    clips_of(path, size=(64, 64), flow="dis", short_side=96)
    assert estimated.calls == 8
    assert len([folder for folder in cache.iterdir() if folder.is_dir()]) == 2
    save(pan(3, (2, 5)), path)
    changed = stored(clips_of(path, size=(64, 64), flow="dis"))
    assert estimated.calls == 12
    np.testing.assert_allclose(changed[0].flow.flatten(1).median(dim=1).values, [2, 5], atol=0.1)
    assert len([folder for folder in cache.iterdir() if folder.is_dir()]) == 2


def test_a_cache_that_cannot_be_written_is_the_users_to_mend(tmp_path, pan, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KUNSTER_CACHE", str(tmp_path / "file"))
    path = save(pan(2, (2, 1)), tmp_path / "frames")
    with pytest.raises(UserError, match="set KUNSTER_CACHE to a folder with room"):
        clips_of(path, size=(96, 96), flow="dis")


def test_too_little_room_is_said_before_it_is_filled(tmp_path, pan, monkeypatch, estimated):
    path = save(pan(3, (2, 1)), tmp_path / "frames")
    used = type("Usage", (), {"free": 300_000})
    monkeypatch.setattr(traced_video.shutil, "disk_usage", lambda folder: used)
    with pytest.raises(UserError, match=r"needs 0 MB, 0 are free; set KUNSTER_CACHE"):
        clips_of(path, size=(96, 96), flow="dis")
    assert estimated.calls == 0
