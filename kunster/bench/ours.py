"""Our training step, built from the configuration as `kunster run` builds it."""

import copy
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path
from typing import Any, Literal

import lightning as L
import torch
from torch import Tensor

from kunster.bench.steps import Step, optimised
from kunster.data.stream import BatchModule
from kunster.losses.features import PerceptualNetwork
from kunster.losses.weights import IMAGENET_MEAN, VGG16
from kunster.networks.description import Stage
from kunster.objectives.stage import StageObjective
from kunster.run.configuration import composed
from kunster.run.pace import seconds_a_step
from kunster.run.preparation import Run

VGG16_WIDTHS = (64, 128, 256, 512)
Recipe = Literal["default", "paper"]
PAPER = (  # terms and network of the paper, over a VGG16 of random weights, as fast as the real one
    *("network=kunster", "objective@objective.perceptual=perceptual_paper"),
    *("objective@objective.temporal=temporal_paper", "~perceptual"),
)


@dataclass(frozen=True)
class Work:
    """A training step.

    Attributes:
        recipe: the default objectives, or the paper's.
        batch: crops or pairs.
        size: (height, width) in pixels, of crops and frames; crops are square.
        overrides: of the configuration.
    """

    stage: Stage
    recipe: Recipe
    batch: int
    size: tuple[int, int]
    overrides: tuple[str, ...] = ()

    def by(self, recipe: Recipe) -> "Work":
        """The same step by another recipe."""
        return replace(self, recipe=recipe)

    @property
    def all_overrides(self) -> list[str]:
        height, width = self.size
        vgg16 = f"+perceptual._target_={random_vgg16.__module__}.{random_vgg16.__name__}"
        return [
            *("logger=csv", "export.enabled=false"),
            *((*PAPER, vgg16) if self.recipe == "paper" else ()),
            *(f"photos.batch={self.batch}", f"clips.batch={self.batch}"),
            *(f"photos.size={height}", f"clips.size=[{height},{width}]"),
            *self.overrides,
        ]


@dataclass(frozen=True)
class OurStage:
    """A stage of a run that is ready to be trained.

    Attributes:
        trainer: of the run, for device and number format.
        compile, graphs: as of `Acceleration`.
    """

    objective: StageObjective
    data: BatchModule
    trainer: L.Trainer
    compile: bool
    graphs: bool

    @property
    def device(self) -> torch.device:
        return self.trainer.strategy.root_device

    def autocast(self) -> AbstractContextManager[Any]:
        return self.trainer.precision_plugin.forward_context()

    def on_device(self) -> StageObjective:
        """A copy of the objective on its device, in the number format of the run."""
        objective = copy.deepcopy(self.objective).to(self.device)
        objective.use_precision(str(self.trainer.precision))
        return objective

    def seconds_a_step(self) -> float:
        return seconds_a_step(
            self.objective, self.data, self.trainer, compile=self.compile, graphs=self.graphs
        )

    def read(self) -> Callable[[int], Any]:
        """A function from a step's number to its batch on the device, cut there as in training."""
        size, unfinished = self.data.batch, self.data.on_device(self.device)
        if unfinished is None:
            return lambda step: moved(self.data.batches.batch(step * size, size), self.device)
        return lambda step: unfinished.finish(
            moved(unfinished.batch(step * size, size), self.device)
        )


def our_stage(work: Work) -> OurStage:
    """The stage of a run, with the work's batch and size of pictures."""
    run = Run(composed(work.all_overrides), Path())
    stage = run.stage(work.stage)
    speed = run.config["callbacks"]["acceleration"]
    return OurStage(stage.objective, stage.data, run.probe, speed["compile"], speed["graphs"])


def our_step(work: Work) -> Step:
    """A step that lowers the stage's loss, always on the same batch."""
    ours = our_stage(work)
    objective, batch, turns = ours.on_device(), ours.read()(0), cycle((0, 1))
    objective.quicken(ours.compile, ours.graphs)

    def loss() -> Tensor:
        with ours.autocast():
            return objective.losses(batch, next(turns))["loss"]

    optimizer = objective.optimizer(objective.network.parameters())
    return optimised(loss, optimizer, objective.bound_gradient)


def moved(batch: Any, device: torch.device) -> Any:
    from lightning.fabric.utilities import move_data_to_device

    return move_data_to_device(batch, device)


def random_vgg16() -> PerceptualNetwork:
    """VGG16 with random weights."""
    convolutions, channels = {}, 3
    for name in VGG16.layers():
        if name.startswith("conv"):
            width = VGG16_WIDTHS[int(name[4]) - 1]
            weight = torch.randn(width, channels, 3, 3) * (2 / (9 * channels)) ** 0.5
            convolutions[name] = (weight, torch.zeros(width))
            channels = width
    source = {"name": "vgg16-random-weights"}
    return PerceptualNetwork(VGG16, convolutions, IMAGENET_MEAN, source)
