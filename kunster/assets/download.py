"""Download of one file: resumed, retried, checked, and renamed only when it is right."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from kunster import __version__
from kunster.assets.unpack import Report, fetching_alone, require_space
from kunster.errors import UserError
from kunster.files.checksum import sha256

BLOCK = 1 << 16  # bytes; the most that a dropped connection loses
LONGEST_PAUSE = 60  # s, whatever a server's Retry-After asks for
PASSING = (408, 429, 500, 502, 503, 504)  # HTTP errors after which a request is worth repeating


@dataclass(frozen=True)
class Wanted:
    """The file that must arrive.

    Args:
        size: its exact bytes, where they are known.
        limit: the most bytes that are ever written.
        sha256: its checksum.
    """

    size: int | None
    limit: int
    sha256: str


@dataclass(frozen=True)
class Patience:
    """Retries and timeouts."""

    tries: int = 4  # without progress
    pause: float = 0.5  # s, doubled after every try
    timeout: tuple[float, float] = (10, 60)  # s, to connect and between two bytes


PATIENT = Patience()


class UnreachableError(UserError):
    """No source answered: this machine is offline, or all of them are."""


class _RefusedError(Exception):
    """A source that cannot be used; `silent` if it did not answer at all."""

    def __init__(self, reason: str, silent: bool = False) -> None:
        super().__init__(reason)
        self.silent = silent


def download(
    urls: Sequence[str],
    target: Path,
    wanted: Wanted,
    report: Report = lambda done, total: None,
    patience: Patience = PATIENT,
) -> None:
    """Downloads `target` from the first of `urls` that delivers it right.

    The bytes are collected in `<target>.part`, which a later call continues and which is renamed
    after the checks. A file that fails them is removed.

    Args:
        report: called with the bytes that are here and the bytes in all.

    Raises:
        UnreachableError: no source answered.
        UserError: every source failed, another process downloads the file, or the disk is full.
    """
    refusals: dict[str, _RefusedError] = {}
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with fetching_alone(target), _session(patience) as session:
            require_space(target.parent, (wanted.size or 0) - _size(part))
            transfer = _Transfer(session, part, wanted, report, patience)
            for url in urls:
                try:
                    transfer.deliver(url)
                except _RefusedError as refusal:
                    refusals[url] = refusal
                else:
                    os.replace(part, target)
                    return
            if _size(part) == 0:
                part.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(
            f"{target}: cannot be written ({error.strerror or error}); what has arrived is kept"
        ) from error
    raise _failure(target, refusals)


def complaint_about(path: Path, wanted: Wanted) -> str | None:
    """Complaint about a file, None if it is as wanted."""
    checksum, size = sha256(path), path.stat().st_size
    if wanted.size is not None and size != wanted.size:
        return f"has {size:,} bytes instead of {wanted.size:,}"
    if checksum == wanted.sha256:
        return None
    return f"has sha256 {checksum[:8]}… instead of {wanted.sha256[:8]}…"


def _session(patience: Patience) -> requests.Session:
    session = requests.Session()
    session.headers["User-Agent"] = f"kunster/{__version__} (kunster fetch)"
    session.headers["Accept-Encoding"] = "identity"
    retries = Retry(
        total=patience.tries - 1,
        backoff_factor=patience.pause,
        status_forcelist=PASSING,
        raise_on_status=False,
        retry_after_max=LONGEST_PAUSE,
    )
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retries))
    return session


@dataclass(frozen=True)
class _Transfer:
    session: requests.Session
    part: Path
    wanted: Wanted
    report: Report
    patience: Patience

    def deliver(self, url: str) -> None:
        """Downloads and checks the part."""
        resumed = self.fill(url)
        complaint = complaint_about(self.part, self.wanted)
        if complaint and resumed:  # the bytes may come from different files: once more, in one go
            self.part.unlink()
            self.fill(url)
            complaint = complaint_about(self.part, self.wanted)
        if complaint:
            self.part.unlink()
            raise _RefusedError(complaint)

    def fill(self, url: str) -> bool:
        """Downloads to the end of the file; True if the bytes come from several answers."""
        furthest = _size(self.part)
        resumed, failures = furthest > 0, 0
        while _size(self.part) != self.wanted.size:
            try:
                self.stream(url)
                break
            except requests.RequestException as error:  # the connection broke off
                failures = failures + 1 if _size(self.part) <= furthest else 1
                if failures >= self.patience.tries:
                    raise _RefusedError("broke off") from error
                furthest, resumed = max(furthest, _size(self.part)), True
                time.sleep(self.patience.pause * 2 ** (failures - 1))
        return resumed

    def stream(self, url: str) -> None:
        """Writes one answer to the part: the whole file, or what is missing of it."""
        start = _size(self.part)
        with self.answer(url, start) as response:
            status, span = response.status_code, response.headers.get("Content-Range", "")
            if start and (status == 416 or (status == 206 and f"bytes {start}-" not in span)):
                return  # the part is whole, or of another file: its checksum tells
            if status not in (200, 206):
                raise _RefusedError(f"answers {status} {response.reason}")
            done = start if status == 206 else 0
            total = _agreed_size(response, done, self.wanted)
            with self.part.open("ab" if done else "wb") as file:
                for block in response.iter_content(BLOCK):
                    done += len(block)
                    if done > self.wanted.limit:
                        file.truncate(0)
                        raise _RefusedError(f"sends more than {self.wanted.limit:,} bytes")
                    file.write(block)
                    self.report(done, total)

    def answer(self, url: str, start: int) -> requests.Response:
        headers = {"Range": f"bytes={start}-"} if start else {}
        try:
            return self.session.get(
                url, headers=headers, stream=True, timeout=self.patience.timeout
            )
        except (requests.ConnectionError, requests.Timeout) as error:
            raise _RefusedError("no answer", silent=True) from error
        except requests.RequestException as error:
            raise _RefusedError(f"cannot be followed ({error})") from error


def _agreed_size(response: requests.Response, start: int, wanted: Wanted) -> int | None:
    """Bytes of the whole file, None if unknown; refuses one that is not wanted."""
    length = response.headers.get("Content-Length", "")
    if not length.isdigit():
        return wanted.size
    total = start + int(length)
    if wanted.size is not None and total != wanted.size:
        raise _RefusedError(f"offers {total:,} bytes instead of {wanted.size:,}")
    if total > wanted.limit:
        raise _RefusedError(f"offers {total:,} bytes, more than {wanted.limit:,}")
    return total


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _failure(target: Path, refusals: dict[str, _RefusedError]) -> UserError:
    said = "; ".join(dict.fromkeys(f"{urlsplit(url).netloc}: {r}" for url, r in refusals.items()))
    advice = f"copy it to {target} by hand and run again, or name a mirror with --mirror URL"
    if all(refusal.silent for refusal in refusals.values()):
        hosts = ", ".join(dict.fromkeys(urlsplit(url).netloc for url in refusals))
        return UnreachableError(f"{target.name}: {hosts} could not be reached; {advice}")
    return UserError(f"{target.name}: could not be fetched ({said}); {advice}")
