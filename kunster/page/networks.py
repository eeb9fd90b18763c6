"""Networks of a page, from run folders, sweeps, files and styles that ship."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kunster.assets.paintings import KNOWN, title_of
from kunster.assets.trained import TrainedNetwork, base_networks, trained_networks
from kunster.errors import UserError
from kunster.files.local_path import local_path
from kunster.networks.description import Description
from kunster.networks.model_file import as_stylizer
from kunster.networks.model_paths import model_files
from kunster.networks.stylizer import Stylizer
from kunster.networks.table2 import ROWS, called, row_of_table2
from kunster.results.run_folder import RESULTS
from kunster.results.runs import Figures, find_runs, read_run
from kunster.video.models import open_network

POCKET = 100_000  # parameters: larger ones ship too, but a phone should not have to load them all
UNMEASURED = Figures()


@dataclass(frozen=True)
class Shown:
    """A network on the page.

    Attributes:
        name: tells it from the others of its style: its id in Table II, or its folder or file.
        figures, judge: as its run measured them.
    """

    name: str
    network: Stylizer
    description: Description
    figures: Figures = UNMEASURED
    judge: str | None = None

    @property
    def id(self) -> int | None:
        """Its id in Table II, or that of the networks which its styles fold into."""
        about = self.description
        return row_of_table2(about.folded(about.style) if about.styles else about)

    @property
    def called(self) -> str:
        """Its size, id or name, α and β in words."""
        about = self.description
        return called(self.name, self.id, about.alpha, about.beta, about.parameters)

    @property
    def key(self) -> str:
        """Name in addresses and files: letters, digits, dashes."""
        parts = (self.description.style, self.name, self.description.stage)
        return "_".join(re.sub(r"[^A-Za-z0-9.-]+", "-", part) for part in parts)

    @property
    def title(self) -> str:
        """Title of the painting, where it ships; of a network of several, what it is for."""
        several = self.description.styles
        return f"Mix of {len(several)}" if several else title_of(self.description.style)

    @property
    def phone(self) -> float | None:
        """FPS at 320x240 on an iPhone 11 Pro, from Table II."""
        return next((row.iphone_11_pro[1] for row in ROWS if row.id == self.id), None)


def shown_networks(models: Sequence[str], most: float = POCKET) -> list[Shown]:
    """All stages of the named networks, in the order of the styles, then by size.

    Args:
        models: run folders, folders of a sweep, model files, names of styles that ship. Without
            any: all that ship and have at most `most` parameters, in the order of `KNOWN`.

    Raises:
        UserError: nothing there, not ours, or two networks that cannot be told apart.
    """
    names = [*sorted(trained_networks(), key=_place), *base_networks()]
    found = [each for model in models or [each.name for each in names] for each in _of(model)]
    if not models:
        found = [each for each in found if each.description.parameters <= most]
    if not found:
        raise UserError("no trained style ships yet: name run folders, a sweep's folder or files")
    named = _told_apart(found)
    styles = list(dict.fromkeys(each.description.style for each in named))
    return sorted(
        named,
        key=lambda each: (styles.index(each.description.style), each.description.parameters),
    )


def _place(network: TrainedNetwork) -> int:
    known = list(KNOWN)
    return known.index(network.style) if network.style in known else len(known)


def _of(model: str) -> Iterator[Shown]:
    path = local_path(model)
    if not path.is_dir():
        network, description = _opened(model)
        yield Shown(path.stem, network, description)
    elif (path / RESULTS).is_file():
        yield from _of_run(path)
    elif next(path.glob(f"*/{RESULTS}"), None):
        runs, _ = find_runs(path)
        for run in runs:
            yield from _of_run(run.folder)
    else:  # a run that has not ended, or a stage's folder
        for file in model_files(path):
            network, description = _opened(str(file))
            yield Shown(path.resolve().name, network, description)


def _of_run(folder: Path) -> Iterator[Shown]:
    run = read_run(folder)
    for stage in run.stages.values():
        network, description = _opened(str(stage.model))
        yield Shown(folder.resolve().name, network, description, stage.figures, stage.judge)


def _opened(model: str) -> tuple[Stylizer, Description]:
    """A network, with all its styles where it has several."""
    stored, description = open_network(model)
    return as_stylizer(stored), description


def _told_apart(found: Sequence[Shown]) -> list[Shown]:
    """The networks, named by their ids of Table II unless two of a style and stage share one."""
    by_id = [replace(each, name=str(each.id)) if each.id else each for each in found]
    keys = [each.key for each in by_id]
    named = [
        each if keys.count(numbered.key) > 1 else numbered
        for each, numbered in zip(found, by_id, strict=True)
    ]
    keys = [each.key for each in named]
    twice = [key for key in keys if keys.count(key) > 1]
    if twice:
        raise UserError(f"{twice[0]}: two networks of that style, name and stage; leave one out")
    return named
