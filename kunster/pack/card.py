"""Card of a network that ships: painting, training, figures, file and licences, in Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kunster.console.markdown import markdown_table
from kunster.networks.description import STAGES, Description, Stage
from kunster.networks.storage import LARGEST_IN_HALF
from kunster.pack.evaluations import FIGURES, Measured
from kunster.pack.figures import figures, readable
from kunster.pack.finished_run import FinishedRun
from kunster.pack.recipe import data, recipe
from kunster.results.runs import Trained

LICENCE = "MIT"  # pyproject.toml
WHAT = {"perceptual": "trained for the style alone", "temporal": "steady on video"}


@dataclass(frozen=True)
class Stored:
    """A packed file.

    Attributes:
        mean, largest: differences to the pictures of the run's own file, in steps of 1/255.
        pictures: number of photographs that were compared.
    """

    name: str
    bytes: int
    sha256: str
    mean: float
    largest: float
    pictures: int


def model_card(
    finished: FinishedRun,
    stage: Stage,
    description: Description,
    stored: Stored,
    began: str,
    measured: Sequence[Measured],
) -> str:
    """Markdown without names of folders.

    Args:
        began: what training began from, in words.

    Raises:
        KeyError: the run's configuration lacks what a card says.
    """
    first, count = finished.paintings[0], len(finished.paintings)
    model = f"{finished.run.style}:{finished.id}{':perceptual' if stage == 'perceptual' else ''}"
    title = f"{count} paintings in one network" if finished.of_many else first.title
    like = f"any of {count} paintings, or a mixture" if finished.of_many else f"*{title}*"
    style = f" --style {finished.paintings[-1].name}" if finished.of_many else ""
    parts = [
        f"# {title}, id {finished.id}, {STAGES[stage]}",
        f"A network of {description.parameters:,} parameters that paints photos and videos like "
        f"{like}: {WHAT[stage]}.",
        f"```sh\nkunster stylize in.mp4 out.mp4 --model {model}{style}\n```",
        _table(_painting(finished) | {"network": _network(finished.id, description)}),
        "## Training",
        _table(_training(finished, stage, began)),
        "## Figures",
        figures(_own(finished.run.stages[stage]), measured),
        "## File",
        _table(_file(stored, description)),
        "## Licences",
        f"The weights: {LICENCE}, as Kunster itself. {_licences(finished)} The "
        "photos it was trained on are not in the file.",
    ]
    return "\n\n".join(parts) + "\n"


def _painting(finished: FinishedRun) -> dict[str, str]:
    pictures = finished.results["assets"]  # of the paintings first
    if finished.of_many:
        return {
            each.name: f"{each.work}; {each.source}; picture sha256 {asset['sha256'][:12]}…"
            for each, asset in zip(finished.paintings, pictures, strict=False)
        }
    (painting,), picture = finished.paintings, pictures[0]
    return {
        "painting": painting.work,
        "source": f"{painting.source}; {painting.licence}",
        "picture": f"sha256 {picture['sha256']}",
    }


def _licences(finished: FinishedRun) -> str:
    """A sentence about the rights in the paintings."""
    if finished.of_many:
        return "The paintings: public domain, see NOTICE.md."
    return f"The painting: {finished.paintings[0].licence}."


def _network(number: int, description: Description) -> str:
    dilated = "dilated residual blocks, " if description.kind != "kunster" else ""
    return (
        f"id {number} of Table II: α {description.alpha:g}, β {description.beta:g}, layout "
        f"{description.layout}, {dilated}{description.norm} norm, "
        f"{description.parameters:,} parameters"
    )


def _training(finished: FinishedRun, stage: Stage, began: str) -> dict[str, str]:
    perceptual = finished.results["assets"][len(finished.paintings)]
    versions = finished.results["versions"]
    return {
        "begins from": began,
        **recipe(stage, finished.config),
        "perceptual network": f"{perceptual['name']}, sha256 {perceptual['sha256']}",
        "data": data(stage, finished.config, finished.results),
        "made with": ", ".join(
            f"{name} {versions[name]}" for name in ("kunster", "torch") if name in versions
        ),
    }


def _own(trained: Trained) -> dict[str, str]:
    """Figures that the run measured, by column."""
    values = {name: readable(getattr(trained.figures, name, None)) for name in FIGURES}
    return {"judge": trained.judge, **values, "on": "; ".join(trained.measured_on.values())}


def _file(stored: Stored, description: Description) -> dict[str, str]:
    large = description.parameters > LARGEST_IN_HALF
    storage = (
        "kernels in 8 bits with a scale for each output channel, but the first and the last; those "
        "and all else in half precision"
        if large
        else "half precision"
    )
    return {
        "name": f"{stored.name}, {stored.bytes:,} bytes",
        "sha256": stored.sha256,
        "weights": storage,
        "against float32": f"mean {stored.mean:.3f}, largest {stored.largest:.2f} steps of 1/255 "
        f"on {stored.pictures} photographs",
    }


def _table(rows: Mapping[str, str]) -> str:
    return markdown_table(["", ""], list(rows.items()), texts=[0, 1])
