"""The objects of a run, built from its configuration: network, painting, and each stage in turn."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import lightning as L
import torch
from omegaconf import DictConfig, OmegaConf
from torch import nn

from kunster.assets.trained import locate_model
from kunster.data.preview_photos import preview_pictures
from kunster.data.stream import BatchModule
from kunster.data.style import OpenStyle
from kunster.errors import UserError
from kunster.losses.features import PerceptualNetwork
from kunster.machine.devices import rank_of
from kunster.machine.hardware import device_name, keep_freed_memory
from kunster.measures.distances import distances
from kunster.networks.description import Description, Stage
from kunster.networks.mixing import check_new, folded, with_style
from kunster.networks.model_file import load_model
from kunster.networks.start import load_start
from kunster.networks.stored import StoredNetwork
from kunster.networks.stylizer import Stylizer, stylize
from kunster.objectives.stage import StageObjective
from kunster.pictures.images import as_image
from kunster.run.checking import checked
from kunster.run.configuration import built, keyed, resolved
from kunster.run.settings import DATA, check_config, make_trainer

SAMPLE = 16
COMPARED = (128, 192)  # height, width of the photos by which the nearest style is found


@dataclass
class PreparedStage:
    """A stage that is ready to be trained.

    Attributes:
        description: of the network as it will be.
        data: what it is trained on.
        trainer: makes a Lightning trainer, given callbacks, loggers, steps and folder.
    """

    stage: Stage
    folder: Path
    description: Description
    objective: StageObjective
    data: BatchModule
    trainer: Callable[..., L.Trainer]
    expected_seconds: float = 0.0

    @property
    def record(self) -> dict[str, str]:
        """Name and source of the data, for results.json."""
        return {"name": DATA[self.stage], "source": self.data.source}


@dataclass
class Run:
    """A run with the objects that its stages share, each built once.

    Attributes:
        composed: the configuration as Hydra composed it.
        folder: of the run.
        config: the same as plain values, checked.
        base: the network of several styles that the trained ones are to be added to, if any.
    """

    composed: DictConfig
    folder: Path
    config: dict[str, Any] = field(init=False)
    description: Description = field(init=False)
    network: Stylizer = field(init=False)
    start: list[dict[str, str]] = field(init=False)
    base: tuple[StoredNetwork, Description] | None = None

    def __post_init__(self) -> None:
        torch.manual_seed(self.composed.seed)
        self.config, self.description = check_config(resolved(self.composed))
        if self.config["threads"]:
            torch.set_num_threads(self.config["threads"])
        torch.set_float32_matmul_precision("high")
        keep_freed_memory()
        self.network, self.start = self._network()
        learned = [record.get("learned") for record in self.start]
        self.description = self.description.after(learned[0] if learned else "")
        if self.config["train"] == "norms":
            self.base = self._base()
            for module in self.network.modules():
                if isinstance(module, nn.Conv2d):
                    module.requires_grad_(False)
        self.network.to(memory_format=torch.channels_last)

    def _network(self) -> tuple[Stylizer, list[dict[str, str]]]:
        if self.config["start"] is None:
            return built(self.config["network"], "network"), []
        photos = torch.cat([as_image(picture) for picture in preview_pictures()[:2]])
        start, span = self.config["start"], self.config["start_range"]
        network, record = load_start(start, self.description, photos, span, self._nearest)
        return network, [record]

    def _nearest(self, style: str, networks: Mapping[str, Stylizer]) -> str:
        """The network whose pictures are the most like the painting of a style."""
        painting = next(each for each in self.paintings if each.record["name"] == style)
        targets = self.perceptual.style_targets(painting.painting)
        stylizers = [partial(stylize, network) for network in networks.values()]
        found = distances(stylizers, self.perceptual, targets, preview_pictures(COMPARED)[:2])
        return min(zip(networks, found, strict=True), key=lambda each: each[1].style or 0.0)[0]

    def _base(self) -> tuple[StoredNetwork, Description] | None:
        path = locate_model(self.config["start"])
        network, description = load_model(path)
        if description.styles is None:
            return None
        for style in self.description.styles or (self.description.style,):
            check_new(description, style)
        return StoredNetwork.of(network), description

    def base_with(self, network: StoredNetwork) -> tuple[StoredNetwork, Description]:
        """The network of several styles that the run began from, with those it trained."""
        assert self.base
        found, styles = self.base, self.description.styles
        if styles is None:
            return with_style(*found, network, self.description.style)
        for style in styles:
            found = with_style(*found, folded(network, self.description, {style: 1})[0], style)
        return found

    @cached_property
    def perceptual(self) -> PerceptualNetwork:
        return built(self.config["perceptual"], "perceptual")  # type: ignore[no-any-return]

    @cached_property
    def paintings(self) -> list[OpenStyle]:
        return built(self.config["style"], "style").open()  # type: ignore[no-any-return]

    @cached_property
    def probe(self) -> L.Trainer:
        """A trainer of this configuration that trains nothing, asked for device and precision."""
        return self.make_trainer(callbacks=[], logger=False, enable_checkpointing=False)

    def make_trainer(self, **arguments: Any) -> L.Trainer:
        return make_trainer(self.config["trainer"], **arguments)

    def stage(self, stage: Stage, sample_size: int = SAMPLE) -> PreparedStage:
        """A stage with its objective and data, from the network as it is.

        Args:
            sample_size: pictures of the training data from which the terms take their units; one
                is enough for a stage that is timed alone.
        """
        self.perceptual, self.paintings  # noqa: B018  # what is missing is said before data is read
        description = replace(self.description, stage=stage)
        data: BatchModule = built(self.config[DATA[stage]], DATA[stage])
        sample = data.sample(sample_size)
        key = f"objective.{stage}"
        try:
            objective: StageObjective = built(self.config["objective"][stage], key)(
                network=self.network,
                perceptual=self.perceptual,
                paintings=self.paintings,
                sample=sample,
                description=description.to_metadata(),
            )
        except UserError as error:
            raise keyed(error, key) from error
        folder = self.folder / stage
        return PreparedStage(stage, folder, description, objective, data, self.make_trainer)

    def entries(self, group: str, stage: PreparedStage) -> list[Any]:
        """The callbacks or loggers of a stage, made anew for it; they may name `${folder}`."""
        named = self.composed.copy()
        OmegaConf.update(named, "stage", stage.stage)
        OmegaConf.update(named, "folder", str(stage.folder))
        entries = checked(OmegaConf.to_container(named[group], resolve=True), group)  # type: ignore[arg-type]
        return [built(entry, f"{group}.{name}") for name, entry in entries.items()]

    @property
    def rank(self) -> int:
        """Number of this process among those that train together."""
        return rank_of(self.probe.strategy)

    @property
    def device(self) -> str:
        return device_name(self.probe.strategy.root_device.type)
