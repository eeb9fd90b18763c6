"""Table II's FPS columns on this machine: every network, both sizes, each beside the plain way."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kunster.bench.playback import (
    decoding,
    difference,
    encoding,
    engine_of,
    plain_playback,
    playback,
    recording,
)
from kunster.errors import UserError
from kunster.measures.models import model_files
from kunster.networks.description import Description
from kunster.networks.stylizer import Stylizer
from kunster.networks.table2 import ROWS, row_of_table2
from kunster.video.models import open_stylizer
from kunster.video.source import Size

SIZES: dict[str, Size] = {"480x320": (320, 480), "320x240": (240, 320)}  # (height, width)


@dataclass(frozen=True)
class Contender:
    """A network by the name of its run folder, or of its file."""

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
        fps: video in, decoded and resized, stylized frames out; the protocol of Table II.
        recorded: with H.264 written, None where that was not asked for.
        plain: as public example scripts do it.
        phone: of the iPhone 11 Pro as the paper prints it, None for what is not in Table II.
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
        """Of the work on a frame, by what each step takes alone; encoding only if recorded."""
        steps = {"decode": self.decode, "network": self.network}
        steps |= {"encode": self.encode} if self.recorded else {}
        whole = sum(1 / speed for speed in steps.values())
        return {name: 1 / speed / whole for name, speed in steps.items()}


def contenders(models: Sequence[str]) -> list[Contender]:
    """The last stage of each run folder, and networks in files; a sweep's folder gives its runs.

    Raises:
        UserError: nothing of the kind, or two of one name.
    """
    found = [_contender(path) for model in models for path in _runs(Path(model).expanduser())]
    names = [each.name for each in found]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise UserError(f"{twice[0]}: two networks of that name; measure one sweep at a time")
    return sorted(found, key=lambda each: (each.id is None, each.id or 0, each.name))


def measure(
    found: Sequence[Contender], video: Path, engine: str, record: bool, seconds: float
) -> Iterator[Measured]:
    """One network after the other at each size; the plain way right after ours.

    Args:
        record: measure with H.264 written as well.
        seconds: of computing for each plain run, which is slow.
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
    """FPS by size and run folder, as `kunster.report` reads them, and all that was measured."""
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
    network, description = open_stylizer(str(model_files(path)[-1] if path.is_dir() else path))
    return Contender(
        path.resolve().stem if path.is_file() else path.resolve().name, network, description
    )
