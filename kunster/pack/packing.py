"""Packing of runs: `<style>/<id>-<stage>.safetensors` and a card beside each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor

from kunster.data.preview_photos import preview_pictures
from kunster.errors import UserError
from kunster.files.checksum import sha256
from kunster.files.replacing import check_absent, replacing
from kunster.networks.description import Description, Stage
from kunster.networks.mixing import folded
from kunster.networks.model_file import as_stylizer, load_model, save_model
from kunster.networks.stored import StoredNetwork
from kunster.networks.stylizer import Stylizer, stylize
from kunster.pack.card import Stored, model_card
from kunster.pack.evaluations import measured, read_evaluation
from kunster.pack.finished_run import FinishedRun, open_finished
from kunster.pictures.images import as_image


@dataclass(frozen=True)
class PackedStage:
    """A stage of a run that is packed.

    Attributes:
        file: <style>/<id>-<stage>.safetensors.
    """

    finished: FinishedRun
    stage: Stage
    network: Stylizer
    description: Description
    file: Path

    @property
    def model(self) -> Path:
        return self.finished.run.stages[self.stage].model


def pack(
    runs: Sequence[Path], out: Path, evaluations: Sequence[Path] = (), overwrite: bool = False
) -> list[Path]:
    """Writes every stage of the runs, weights and card, below `out`; returns the files.

    Nothing is written unless all of it can be made.

    Args:
        evaluations: `evaluation.json` files, whose figures go on the cards.
        overwrite: replace files that are there.

    Raises:
        UserError: a file is there already, a run is not finished or cannot ship, two have one
            name, or an evaluation is not readable.
    """
    read = [read_evaluation(path) for path in evaluations]
    stages = [stage for run in runs for stage in _stages(run)]
    _check_distinct(stages)
    check_absent([out / each.file for each in stages], overwrite)
    names = {sha256(each.model): each.file.with_suffix("").as_posix() for each in stages}
    with TemporaryDirectory() as folder:
        pictures = [as_image(picture) for picture in preview_pictures()]
        made = [
            path for each in stages for path in _made(each, Path(folder), names, read, pictures)
        ]
        for path in made:
            with replacing(out / path.relative_to(folder)) as part:
                part.write_bytes(path.read_bytes())
        return [out / path.relative_to(folder) for path in made]


def _stages(folder: Path) -> Iterator[PackedStage]:
    finished = open_finished(folder)
    run = finished.run
    for stage, trained in run.stages.items():
        network, description = load_model(trained.model)
        said = (run.style, stage, run.parameters)
        found = (description.style, description.stage, description.parameters)
        if said != found:
            raise UserError(
                f"{trained.model}: is {' '.join(map(str, found))}, but the run's results.json says "
                f"{' '.join(map(str, said))}: train that run again"
            )
        file = Path(run.style, f"{finished.id}-{stage}.safetensors")
        yield PackedStage(finished, stage, network, description, file)


def _check_distinct(stages: Sequence[PackedStage]) -> None:
    first: dict[Path, Path] = {}
    for packed in stages:
        folder = packed.finished.run.folder
        other = first.setdefault(packed.file, folder)
        if other is not folder:
            raise UserError(f"{other} and {folder} both give {packed.file}: leave one out")


def _made(
    packed: PackedStage,
    folder: Path,
    names: Mapping[str, str],
    evaluations: Sequence[Mapping[str, Any]],
    pictures: Sequence[Tensor],
) -> list[Path]:
    """Writes the file and its card into a folder."""
    path = folder / packed.file
    save_model(packed.network, packed.description, path, small=True)
    run = packed.finished.run
    try:
        found = [measured(each, run.folder, packed.file, packed.stage) for each in evaluations]
        text = model_card(
            packed.finished,
            packed.stage,
            packed.description,
            _stored(path, packed, pictures),
            _beginning(packed, names),
            [each for each in found if each],
        )
    except UserError:
        raise
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UserError(
            f"{run.folder}: its configuration, results or evaluation lack what a card says "
            f"({type(error).__name__}: {error})"
        ) from error
    card = path.with_suffix(".md")
    card.write_text(text, encoding="utf-8")
    return [path, card]


def _stored(path: Path, packed: PackedStage, pictures: Sequence[Tensor]) -> Stored:
    small, _ = load_model(path)
    both = (_alone(network, packed.description) for network in (small, packed.network))
    with torch.inference_mode():
        steps = [
            255 * (stylize(one, picture) - stylize(other, picture)).abs()
            for one, other in zip(*both, strict=True)
            for picture in pictures
        ]
    return Stored(
        name=path.name,
        bytes=path.stat().st_size,
        sha256=sha256(path),
        mean=float(torch.stack([each.mean() for each in steps]).mean()),
        largest=max(float(each.max()) for each in steps),
        pictures=len(pictures),
    )


def _alone(network: Stylizer, description: Description) -> list[Stylizer]:
    """The network, or of one of many styles the plain ones of each."""
    if description.styles is None:
        return [network]
    stored = StoredNetwork.of(network)
    folds = (folded(stored, description, {style: 1}) for style in description.styles)
    return [as_stylizer(plain) for plain, _ in folds]


def _beginning(packed: PackedStage, names: Mapping[str, str]) -> str:
    """Start of a stage in words: the checksum of its file, and its name if it ships."""
    stages = list(packed.finished.run.stages)
    if packed.stage != stages[0]:
        return "the network of stage 1, of the same run"
    assets = packed.finished.results["assets"]
    start = next((asset for asset in assets if asset.get("name") == "start"), None)
    if start is None:
        return "random weights"
    checksum = f"sha256 {start['sha256']}"
    known = names.get(start["sha256"])
    learned = f", trained on {start['learned']}" if "learned" in start else ""
    named = f"{known} before it was packed ({checksum})" if known else f"weights with {checksum}"
    return named + learned
