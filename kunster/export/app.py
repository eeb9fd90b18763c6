"""Files of several networks for an app: in one folder, each named for its style."""

import re
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from kunster.assets.paintings import KNOWN
from kunster.errors import UserError
from kunster.export.bundle import exported
from kunster.export.sources import Source
from kunster.export.targets import Job, chosen
from kunster.files.replacing import check_absent, replacing
from kunster.networks.description import STAGES, Description
from kunster.networks.table2 import size_class

CREDITS = ("title", "painter", "year", "licence")


def steady(sources: Iterable[Source]) -> list[Source]:
    """The sources; of a run its last stage alone."""
    found: dict[tuple[Path, str | None], Source] = {}
    for source in sources:
        model = source.model
        place = model.parent.parent if model.parent.name in STAGES else model
        found[place, source.style] = source
    return list(found.values())


def export_app(
    jobs: Sequence[Job], folder: Path, targets: Iterable[str] = (), overwrite: bool = False
) -> dict[str, dict[str, Any]]:
    """Writes a file of each network for each target, `scream.onnx`, `Scream.mlpackage`, …

    They get their names after all of them were compared with their networks.

    Returns:
        An entry for each file by its name, as in the manifest of `export_stage`.

    Raises:
        ParityError: a file does not compute what its network computes.
        UserError: two files would have one name, one is there and not to be overwritten, or the
            folder cannot be written to.
    """
    names = app_names([job.description for job in jobs])
    wanted = {
        folder / file_name(words, target.file): (job, name, target)
        for words, job in zip(names, jobs, strict=True)
        for name, target in chosen(targets).items()
    }
    check_absent(wanted, overwrite)
    with ExitStack() as stack:
        return {
            path.name: {
                "target": name,
                **exported(job, target, stack.enter_context(replacing(path))),
            }
            for path, (job, name, target) in wanted.items()
        }


def app_names(networks: Sequence[Description]) -> list[tuple[str, ...]]:
    """The words of each network's name: its style, and its size where another has that style.

    Raises:
        UserError: two would have the same name.
    """
    styles = [tuple(re.findall(r"[^\W_]+", each.style.lower())) for each in networks]
    names = [
        (*words, size_class(each.parameters).lower()) if styles.count(words) > 1 else words
        for words, each in zip(styles, networks, strict=True)
    ]
    for name in names:
        if names.count(name) > 1:
            raise UserError(f"{' '.join(name)}: two of these networks would have this name")
    return names


def file_name(words: Sequence[str], file: str) -> str:
    """`starry_night.tflite`, for Android's resources; `StarryNight.mlpackage`, for Xcode's classes.

    Args:
        file: the target's, `model-int8.tflite`, whose last words stay.
    """
    path = Path(file)
    words = [*words, *path.stem.split("-")[1:]]
    if path.suffix == ".mlpackage":
        return "".join(word.capitalize() for word in words) + path.suffix
    return "_".join(words) + path.suffix


def credits_of(network: Description) -> dict[str, str]:
    """Title, painter, year and licence of a painting that ships, and the class of size."""
    painting = KNOWN.get(network.style)
    credits = painting.credits() if painting else {"title": network.style}
    named = {name: credits[name] for name in CREDITS if name in credits}
    return {**named, "size_class": size_class(network.parameters)}
