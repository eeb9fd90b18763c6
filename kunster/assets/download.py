"""Downloads one file: resumed, retried, checked, and under its final name only when it is right."""

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import requests
from requests.exceptions import ChunkedEncodingError

from kunster import __version__
from kunster.assets.unpack import Report, lock, require_space
from kunster.errors import UserError

BLOCK = 1 << 16  # bytes; what a dropped connection loses at most
LONGEST_PAUSE = 60.0  # s
AGENT = f"kunster/{__version__} (python -m kunster.fetch) requests/{requests.__version__}"


@dataclass(frozen=True)
class Wanted:
    """What must arrive.

    Args:
        size: its exact bytes, where they are known.
        limit: bytes that are never exceeded, whatever the server says.
        sha256: its checksum, where one is published. Only with it are downloads resumed: without
            one nothing proves that two halves belong together.
        complaint: for a file without checksum, says what is wrong with its contents, or None.
    """

    size: int | None
    limit: int
    sha256: str | None
    complaint: Callable[[Path], str | None] = lambda path: None


@dataclass(frozen=True)
class Patience:
    """How long a server is courted."""

    tries: int = 4  # without progress
    pause: float = 0.5  # s, doubled after every try
    timeout: tuple[float, float] = (10, 60)  # s, to connect and between two bytes


PATIENT = Patience()


class UnreachableError(UserError):
    """No source answered: this machine is offline, or all of them are."""


class _SourceError(Exception):
    """`silent`: the source never answered; `pause`: seconds it asks us to wait."""

    def __init__(self, reason: str, silent: bool = False, pause: float = 0) -> None:
        super().__init__(reason)
        self.silent, self.pause = silent, pause


class _DroppedError(_SourceError):
    """The transfer broke off, to be tried again."""


class _RefusedError(_SourceError):
    """This source will not do; another may."""


def download(
    urls: Sequence[str],
    target: Path,
    wanted: Wanted,
    report: Report = lambda done, total: None,
    patience: Patience = PATIENT,
) -> str:
    """Brings `target` from the first of `urls` that delivers it right, and returns its sha256.

    The bytes collect in `<target>.part`, which a later call continues; `target` itself appears by
    one rename, after the checks. What fails the checks is removed.

    Args:
        report: called with the bytes that are here and the bytes in all.

    Raises:
        UnreachableError: no source answered.
        UserError: every source failed, another process is at it, or the disk is full.
    """
    refusals: dict[str, _RefusedError] = {}
    with _part_of(target) as part:
        require_space(target.parent, (wanted.size or 0) - _length(part))
        for url in urls:
            try:
                sha256 = _deliver(url, part, wanted, report, patience)
            except _RefusedError as refusal:
                refusals[url] = refusal
            else:
                os.fsync(part.fileno())
                os.replace(part.name, target)
                return sha256
    raise _failure(target, refusals)


def complaint_about(path: Path, wanted: Wanted) -> tuple[str, str | None]:
    """The sha256 of a file and what is wrong with it, None if it is as wanted."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
    if wanted.size is not None and size != wanted.size:
        return sha256, f"has {size:,} bytes instead of {wanted.size:,}"
    if wanted.sha256 is None:
        return sha256, wanted.complaint(path)
    if sha256 == wanted.sha256:
        return sha256, None
    return sha256, f"has sha256 {sha256[:8]}… instead of {wanted.sha256[:8]}…"


@contextmanager
def _part_of(target: Path) -> Iterator[BinaryIO]:
    path = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b", buffering=0) as part:
            lock(part, target)
            try:
                yield part
            finally:
                if _length(part) == 0:
                    path.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(
            f"{target}: cannot be written ({error.strerror or error}); what has arrived is kept"
        ) from error


def _deliver(url: str, part: BinaryIO, wanted: Wanted, report: Report, patience: Patience) -> str:
    resumed = _fill(url, part, wanted, report, patience)
    sha256, complaint = complaint_about(Path(part.name), wanted)
    if complaint and resumed:  # the halves may come from different files: once more, in one go
        part.truncate(0)
        _fill(url, part, wanted, report, patience)
        sha256, complaint = complaint_about(Path(part.name), wanted)
    if complaint:
        part.truncate(0)
        raise _RefusedError(complaint)
    return sha256


def _fill(url: str, part: BinaryIO, wanted: Wanted, report: Report, patience: Patience) -> bool:
    """Streams until the server says that all is there; True if the bytes came in several goes."""
    furthest, tries = _length(part), 0
    resumed = furthest > 0
    while wanted.size is None or _length(part) != wanted.size:
        if wanted.sha256 is None:
            part.truncate(0)
        try:
            _stream(url, part, wanted, report, patience)
            break
        except _DroppedError as drop:
            tries = tries + 1 if _length(part) <= furthest else 1
            if tries >= patience.tries:
                raise _RefusedError(str(drop), drop.silent) from drop
            furthest, resumed = max(furthest, _length(part)), True
            time.sleep(min(max(drop.pause, patience.pause * 2 ** (tries - 1)), LONGEST_PAUSE))
    return resumed


def _stream(url: str, part: BinaryIO, wanted: Wanted, report: Report, patience: Patience) -> None:
    headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
    if start := _length(part):
        headers["Range"] = f"bytes={start}-"
    answered = False
    try:
        with requests.get(url, headers=headers, stream=True, timeout=patience.timeout) as response:
            answered = True
            if _has_nothing_more(response, part):
                return
            done, total = _agreed(response, part, wanted)
            for block in response.iter_content(BLOCK):
                done += len(block)
                if done > wanted.limit:
                    part.truncate(0)
                    raise _RefusedError(f"sends more than {wanted.limit:,} bytes")
                part.write(block)
                report(done, total)
    except (requests.ConnectionError, requests.Timeout, ChunkedEncodingError) as error:
        raise _DroppedError("broke off" if answered else "no answer", not answered) from error
    except requests.RequestException as error:
        raise _RefusedError(f"cannot be followed ({error})") from error


def _has_nothing_more(response: requests.Response, part: BinaryIO) -> bool:
    if response.status_code != 416:  # range not satisfiable
        return False
    if response.headers.get("Content-Range") == f"bytes */{_length(part)}":
        return True
    part.truncate(0)
    raise _DroppedError("does not know the range that was asked for")


def _agreed(response: requests.Response, part: BinaryIO, wanted: Wanted) -> tuple[int, int | None]:
    """Bytes that are already here and bytes in all, once the answer fits what is wanted."""
    status = response.status_code
    if status in (408, 429) or status >= 500:
        raise _DroppedError(
            f"answers {status}", pause=_seconds_until(response.headers.get("Retry-After", ""))
        )
    if status not in (200, 206):
        raise _RefusedError(f"answers {status} {response.reason}")
    start = _length(part) if status == 206 else 0
    if start and not response.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
        part.truncate(0)
        raise _DroppedError("sends another range than was asked for")
    length = response.headers.get("Content-Length", "")
    total = start + int(length) if length.isdigit() else None
    if wanted.size is not None and total not in (None, wanted.size):
        raise _RefusedError(f"offers {total:,} bytes instead of {wanted.size:,}")
    if total is not None and total > wanted.limit:
        raise _RefusedError(f"offers {total:,} bytes, more than {wanted.limit:,}")
    part.truncate(start)
    return start, total or wanted.size


def _seconds_until(after: str) -> float:
    """What a Retry-After header asks for: seconds, or a date (RFC 9110); 0 if it is neither."""
    if after.isdigit():
        return float(after)
    try:
        return (parsedate_to_datetime(after) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):  # no date, or one without a zone
        return 0.0


def _length(part: BinaryIO) -> int:
    return os.fstat(part.fileno()).st_size


def _failure(target: Path, refusals: dict[str, _RefusedError]) -> UserError:
    said = "; ".join(dict.fromkeys(f"{urlsplit(url).netloc}: {r}" for url, r in refusals.items()))
    advice = f"copy it to {target} by hand and run again, or name a mirror with --mirror URL"
    if all(refusal.silent for refusal in refusals.values()):
        hosts = ", ".join(dict.fromkeys(urlsplit(url).netloc for url in refusals))
        return UnreachableError(f"{target.name}: {hosts} could not be reached; {advice}")
    return UserError(f"{target.name}: could not be fetched ({said}); {advice}")
