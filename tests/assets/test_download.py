"""Downloads against a server that drops, truncates, lies and sends the wrong thing."""

import hashlib
import random
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from kunster.assets.download import Patience, UnreachableError, Wanted, download
from kunster.errors import UserError

DATA = random.Random(0).randbytes(400_000)
OTHER = random.Random(1).randbytes(400_000)
HALF = 200_000
SHA256 = hashlib.sha256(DATA).hexdigest()
KNOWN = Wanted(size=len(DATA), limit=len(DATA), sha256=SHA256)
SIZE_UNKNOWN = Wanted(size=None, limit=2_000_000, sha256=SHA256)
BRISK = Patience(tries=3, pause=0.001, timeout=(1, 0.3))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "weights" / "vgg.pth"


@pytest.fixture
def fetch(target: Path) -> Callable[..., None]:
    def bring(*urls: str, wanted: Wanted = KNOWN, **more: Any) -> None:
        download(urls, target, wanted, patience=BRISK, **more)

    return bring


def files_beside(target: Path) -> list[Path]:
    return [path for path in target.parent.iterdir() if path.suffix != ".lock"]


def part_of(target: Path) -> Path:
    return target.with_name("vgg.pth.part")


def test_a_download_arrives_whole_and_leaves_nothing_beside_it(site, fetch, target):
    reports: list[tuple[int, int | None]] = []
    url = site.serve("vgg.pth", DATA)
    fetch(url, report=lambda done, total: reports.append((done, total)))
    assert target.read_bytes() == DATA
    assert files_beside(target) == [target]
    assert reports[-1] == (len(DATA), len(DATA))


def test_a_dropped_connection_is_resumed_where_it_broke(site, fetch, target):
    fetch(site.drop("vgg.pth", DATA, after=HALF))
    first, second = site.ranges
    assert first is None
    resumed_at = int(second.removeprefix("bytes=").removesuffix("-"))
    assert 0 < resumed_at <= HALF
    assert HALF - resumed_at < 1 << 16  # no more than one block is fetched twice
    assert target.read_bytes() == DATA


def test_many_drops_are_survived_as_long_as_each_try_brings_something(site, fetch, target):
    fetch(site.drop("vgg.pth", DATA, after=70_000, times=5))
    assert target.read_bytes() == DATA


def test_a_silent_server_is_asked_again(site, fetch, target):
    fetch(site.drop("vgg.pth", DATA, after=HALF, silence=0.6))
    assert target.read_bytes() == DATA
    assert len(site.asked) == 2


@pytest.mark.parametrize("wanted", [KNOWN, SIZE_UNKNOWN])
def test_a_later_run_continues_the_part_of_an_earlier_one(site, fetch, target, wanted):
    with pytest.raises(UserError, match="broke off"):
        fetch(site.drop("vgg.pth", DATA, after=100, times=1_000, ranges=False), wanted=wanted)
    assert not target.exists()
    part_of(target).write_bytes(DATA[:HALF])
    site.asked.clear()
    fetch(site.serve("vgg.pth", DATA), wanted=wanted)
    assert site.ranges == [f"bytes={HALF}-"]
    assert target.read_bytes() == DATA


@pytest.mark.parametrize("wanted", [KNOWN, SIZE_UNKNOWN])
def test_a_part_that_is_already_whole_only_needs_its_name(site, fetch, target, wanted):
    target.parent.mkdir()
    part_of(target).write_bytes(DATA)
    fetch(site.serve("vgg.pth", DATA), wanted=wanted)
    assert target.read_bytes() == DATA


@pytest.mark.parametrize("stale", [OTHER[:HALF], OTHER, DATA + b"more"])
def test_a_part_of_something_else_is_thrown_away(site, fetch, target, stale):
    target.parent.mkdir()
    part_of(target).write_bytes(stale)
    fetch(site.serve("vgg.pth", DATA))
    assert target.read_bytes() == DATA


def test_a_server_without_ranges_starts_again_from_the_beginning(site, fetch, target):
    fetch(site.drop("vgg.pth", DATA, after=HALF, ranges=False))
    assert site.ranges[1] is not None
    assert target.read_bytes() == DATA


def test_a_server_without_ranges_that_always_drops_is_given_up(site, fetch, target):
    with pytest.raises(UserError, match="broke off"):
        fetch(site.drop("vgg.pth", DATA, after=HALF, times=1_000, ranges=False))
    assert len(site.asked) <= BRISK.tries + 1
    assert not target.exists()


def test_a_range_that_was_not_asked_for_is_not_believed(site, fetch, target):
    target.parent.mkdir()
    part_of(target).write_bytes(DATA[:HALF])
    fetch(site.misplace("vgg.pth", DATA, start=HALF - 10))
    assert target.read_bytes() == DATA


@pytest.mark.parametrize("wanted", [KNOWN, SIZE_UNKNOWN])
def test_a_truncated_file_never_gets_the_final_name(site, fetch, target, wanted):
    with pytest.raises(UserError, match="instead of"):
        fetch(site.lie("vgg.pth", DATA[:HALF], length=None), wanted=wanted)
    assert files_beside(target) == []


@pytest.mark.parametrize("length", [len(DATA) - 1, len(DATA) + 1, 10, 10**12])
@pytest.mark.parametrize("wanted", [KNOWN, SIZE_UNKNOWN])
def test_a_wrong_content_length_never_gives_a_wrong_file(site, fetch, target, wanted, length):
    with pytest.raises(UserError, match="could not be fetched"):
        fetch(site.lie("vgg.pth", DATA, length), wanted=wanted)
    assert not target.exists()


def test_wrong_bytes_are_removed(site, fetch, target):
    with pytest.raises(UserError, match=f"instead of {SHA256[:8]}"):
        fetch(site.serve("vgg.pth", OTHER))
    assert files_beside(target) == []


def test_more_than_the_limit_is_never_written(site, fetch, target):
    wanted = Wanted(None, HALF, SHA256)
    with pytest.raises(UserError, match="offers 400,000 bytes, more than 200,000"):
        fetch(site.serve("vgg.pth", DATA), wanted=wanted)
    with pytest.raises(UserError, match="sends more than 200,000"):
        fetch(site.lie("vgg.pth", DATA, length=None), wanted=wanted)
    assert files_beside(target) == []


def test_a_mirror_that_offers_another_size_leaves_the_part_alone(site, fetch, target):
    target.parent.mkdir()
    part_of(target).write_bytes(DATA[:HALF])
    portal = site.serve("portal", b"<html>Please log in</html>", ranges=False)
    fetch(portal, site.serve("vgg.pth", DATA))
    assert site.ranges == [f"bytes={HALF}-"] * 2


def test_redirects_are_followed_also_when_resuming(site, fetch, target):
    moved = site.redirect("old", site.drop("new", DATA, after=HALF))
    fetch(moved)
    assert [path for path, _ in site.asked] == ["old", "new", "old", "new"]
    assert target.read_bytes() == DATA


@pytest.mark.parametrize("elsewhere", ["/loop", "file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_redirects_that_lead_nowhere_are_refused(site, fetch, target, elsewhere):
    with pytest.raises(UserError, match="cannot be followed"):
        fetch(site.redirect("loop", elsewhere))
    assert not target.exists()


@pytest.mark.parametrize(("status", "asked"), [(404, 1), (403, 1), (500, 3), (503, 3), (429, 3)])
def test_only_passing_errors_are_tried_again(site, fetch, target, status, asked):
    with pytest.raises(UserError, match=f"answers {status}"):
        fetch(site.fail("vgg.pth", status))
    assert len(site.asked) == asked
    assert files_beside(target) == []


def test_a_passing_error_passes(site, fetch, target):
    fetch(site.fail("vgg.pth", 503, times=2, data=DATA))
    assert target.read_bytes() == DATA


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_busy_server_is_left_alone_for_as_long_as_it_asks(site, fetch, target, form):
    second = "1" if form == "seconds" else format_datetime(datetime.now(UTC) + timedelta(seconds=2))
    url = site.fail("vgg.pth", 503, times=1, data=DATA, Retry_After=second)
    began = time.monotonic()
    fetch(url)
    # a date has whole seconds, so of two up to one is lost
    assert 0.9 < time.monotonic() - began < 3
    assert target.read_bytes() == DATA


def test_a_file_that_changes_between_two_tries_is_fetched_in_one_go(site, fetch, target):
    fetch(site.change("vgg.pth", OTHER, DATA, after=HALF))
    first, second, third = site.ranges
    assert (first, third) == (None, None)
    assert second is not None
    assert target.read_bytes() == DATA


def test_a_server_that_hangs_before_its_answer_is_asked_again(site, fetch, target):
    fetch(site.hang("vgg.pth", DATA, seconds=0.6))
    assert len(site.asked) == 2
    assert target.read_bytes() == DATA


def test_the_next_source_is_tried(site, nobody, fetch, target):
    wrong = site.serve("wrong", OTHER)
    fetch(f"{nobody}/vgg.pth", f"{site.address}/missing", wrong, site.serve("vgg.pth", DATA))
    assert target.read_bytes() == DATA


def test_offline_says_who_did_not_answer_and_what_to_do(nobody, fetch, target):
    with pytest.raises(UnreachableError) as error:
        fetch(f"{nobody}/vgg.pth")
    message = str(error.value)
    assert "\n" not in message
    assert f"{nobody.removeprefix('http://')} could not be reached" in message
    assert str(target) in message
    assert "--mirror" in message
    assert files_beside(target) == []


def test_a_full_disk_is_noticed_before_anything_is_asked(site, fetch, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 399_999))
    with pytest.raises(UserError, match="are free"):
        fetch(site.serve("vgg.pth", DATA))
    assert site.asked == []


def test_an_unwritable_place_is_named(site, tmp_path, fetch):
    (tmp_path / "weights").write_text("a file where the folder should be")
    with pytest.raises(UserError, match=r"vgg\.pth: cannot be written"):
        fetch(site.serve("vgg.pth", DATA))


def test_two_at_once_do_not_mix_their_bytes(site, fetch, target):
    target.parent.mkdir()
    with (
        FileLock(target.with_name(".vgg.pth.lock")),
        pytest.raises(UserError, match="another process"),
    ):
        fetch(site.serve("vgg.pth", DATA))
    assert site.asked == []


def test_an_interrupted_download_is_kept_as_a_part(site, fetch, target):
    def interrupt(done: int, total: int | None) -> None:
        if done > HALF:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(site.serve("vgg.pth", DATA), report=interrupt)
    assert not target.exists()
    kept = part_of(target).read_bytes()
    assert len(kept) > HALF
    assert DATA.startswith(kept)
