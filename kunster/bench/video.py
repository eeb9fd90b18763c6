"""Table II's FPS columns on this machine: every network, both sizes, each beside the plain way."""

from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kunster.bench.clip import own_clip
from kunster.bench.playback import (
    check_video,
    decoding,
    difference,
    encoding,
    engine_of,
    plain_playback,
    playback,
    recording,
)
from kunster.errors import UserError
from kunster.files.local_path import local_path
from kunster.machine.hardware import device_name
from kunster.networks.description import Description
from kunster.networks.stylizer import Stylizer
from kunster.networks.table2 import ROWS, row_of_table2
from kunster.video.choose_engine import check_engine
from kunster.video.models import open_stylizer
from kunster.video.source import Size

if TYPE_CHECKING:
    from rich.table import Table

SIZES: dict[str, Size] = {"480x320": (320, 480), "320x240": (240, 320)}  # (height, width)
STEPS = ("decode", "network", "encode")


def measure(options: Namespace) -> dict[str, Any]:
    from rich.console import Console

    check_engine(options.engine)
    found = contenders(options.models)
    video = options.video or own_clip()
    check_video(video)
    rows = list(measured(found, video, options.engine, options.record, options.seconds))
    Console().print(_playback_table(rows))
    return as_json(rows, video, device_name("cpu"))


def _playback_table(rows: list["Measured"]) -> "Table":
    from rich.table import Table

    table = Table(
        *("id", "run", "size", "FPS", "× 11 Pro", "× plain", "written"),
        *("decode", "network", "encode", "mean /255", "max /255"),
        title=f"{rows[0].engine}; decoding and resizing included",
        box=None,
    )
    for row in rows:
        shares = [f"{row.shares[step]:.0%}" if step in row.shares else "–" for step in STEPS]
        table.add_row(
            *("–" if row.id is None else str(row.id), row.name, row.size, f"{row.fps:.1f}"),
            "–" if row.phone is None else f"{row.fps / row.phone:.1f}",
            f"{row.fps / row.plain:.1f}",
            "–" if row.recorded is None else f"{row.recorded / row.fps:.0%}",
            *shares,
            *(f"{row.mean:.2f}", f"{row.maximum:.1f}"),
        )
    return table


@dataclass(frozen=True)
class Contender:
    """A network, named as its run folder or its file."""

    name: str
    network: Stylizer
    description: Description

    @property
    def id(self) -> int | None:
        return row_of_table2(self.description)


@dataclass(frozen=True)
class Measured:
    """A network at a size; speeds in frames a second, differences in steps of 1/255.

    Attributes:
        fps: from the video file to stylized frames, decoding and resizing included, as in Table II.
        recorded: with H.264 written; None without `--record`.
        plain: of what public example scripts do.
        phone: of the iPhone 11 Pro, from Table II; None for other networks.
        decode, network, encode: each alone.
        mean, maximum: difference to float32.
    """

    name: str
    id: int | None
    parameters: int
    size: str
    engine: str
    fps: float
    recorded: float | None
    plain: float
    phone: float | None
    decode: float
    network: float
    encode: float
    mean: float
    maximum: float

    @property
    def shares(self) -> dict[str, float]:
        """Share of each step in the work on a frame, from the speed of each alone."""
        steps = {"decode": self.decode, "network": self.network}
        steps |= {"encode": self.encode} if self.recorded else {}
        whole = sum(1 / speed for speed in steps.values())
        return {name: 1 / speed / whole for name, speed in steps.items()}


def contenders(models: Sequence[str]) -> list[Contender]:
    """Networks of run folders (the last stage), sweep folders (all runs) and files.

    Raises:
        UserError: nothing is there, or two have one name.
    """
    found = [_contender(path) for model in models for path in _runs(local_path(model))]
    names = [each.name for each in found]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise UserError(f"{twice[0]}: two networks of that name; measure one sweep at a time")
    return sorted(found, key=lambda each: (each.id is None, each.id or 0, each.name))


def measured(
    found: Sequence[Contender], video: Path, engine: str, record: bool, seconds: float
) -> Iterator[Measured]:
    """Measures one network after the other at each size; the plain way right after ours.

    Args:
        record: measure writing H.264 as well.
        seconds: of each plain run.
    """
    for name, size in SIZES.items():
        decode, encode = decoding(video, size), encoding(video, size)
        for each in found:
            ready = engine_of(each.network, size, engine)
            title = f"{each.name} {name}"
            whole, alone = playback(ready, video, title)
            recorded = recording(ready, video, f"{title}, written") if record else None
            error = difference(each.network, ready, video)
            plain = plain_playback(each.network, video, size, seconds)
            yield Measured(
                name=each.name,
                id=each.id,
                parameters=each.description.parameters,
                size=name,
                engine=ready.name,
                fps=whole,
                recorded=recorded,
                plain=plain,
                phone=_phone(each.id, name),
                decode=decode,
                network=alone,
                encode=encode,
                mean=error.mean,
                maximum=error.maximum,
            )


def as_json(rows: Sequence[Measured], video: Path, device: str) -> dict[str, Any]:
    """FPS by size and run folder, as `kunster report` reads them, and every row."""
    speeds = {
        name: {row.name: round(row.fps, 2) for row in rows if row.size == name} for name in SIZES
    }
    return {
        **speeds,
        "video": video.name,
        "device": device,
        "rows": [{**asdict(row), "shares": row.shares} for row in rows],
    }


def _phone(number: int | None, size: str) -> float | None:
    place = list(SIZES).index(size)
    return next((row.iphone_11_pro[place] for row in ROWS if row.id == number), None)


def _runs(path: Path) -> list[Path]:
    """The path itself, or the finished runs in a sweep's folder."""
    runs = sorted(each.parent for each in path.glob("*/results.json")) if path.is_dir() else []
    return runs or [path]


def _contender(path: Path) -> Contender:
    network, description = open_stylizer(str(path))
    name = path.resolve().stem if path.is_file() else path.resolve().name
    return Contender(name, network, description)
