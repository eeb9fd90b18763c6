"""What a training step costs: its arithmetic, against the machine's, and where its time goes."""

import copy
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from kunster.bench.ours import OPTIMISATION, WEIGHTS, Load
from kunster.bench.phases import Phases, watch
from kunster.data.decode import decode_photo
from kunster.data.materials import photographs
from kunster.data.photos import SHORT_SIDE
from kunster.data.style import Style
from kunster.data.synthetic import SyntheticClips
from kunster.machine.hardware import Hardware
from kunster.networks.description import Description, Stage
from kunster.networks.stylizer import kunster, parameter_count
from kunster.objectives.stage import StageObjective
from kunster.run.pace import seconds_a_step
from kunster.run.stages import Learner, Lesson, perceptual_lesson, temporal_lesson

PHASES = ("data", "network", "perceptual", "rest")
WARM_UP, STEPS = 2, 5
SIDE = {"cpu": 1024, "cuda": 8192, "mps": 2048}  # of the matrices whose product gives the rate
LEAST_SECONDS = 0.3  # of products, for the rate


@dataclass(frozen=True)
class Cost:
    """A step of one batch size.

    Attributes:
        images_per_second: as `kunster.run` makes it, each batch cut while the one before is used.
        flop: of a step: convolutions and matrix products, forward and backward.
        flop_per_second: achieved.
        matrix_rate: share of the machine's own rate of matrix products that this is.
        shares: of the time of a step in which nothing runs beside another, by `PHASES`.
    """

    batch: int
    images_per_second: float
    flop: int
    flop_per_second: float
    matrix_rate: float
    shares: dict[str, float]


@dataclass(frozen=True)
class Work:
    """What is trained.

    Attributes:
        load: the perceptual network.
        size: (height, width) in pixels, of crops and frames; crops are square.
    """

    stage: Stage
    load: Load
    size: tuple[int, int]


def costs(work: Work, hardware: Hardware, batches: Sequence[int], rounds: int) -> dict[str, Any]:
    """Every batch size's `Cost` and the machine's rate, FLOP/s, as medians over rounds."""
    lessons = {batch: lesson(work, hardware, batch) for batch in batches}
    rates, seconds = [], {batch: list[float]() for batch in batches}
    for _ in range(rounds):  # in turns, for the machine may be busier in one than in another
        rates.append(matrix_flop_per_second(hardware))
        for batch, each in lessons.items():
            seconds[batch].append(seconds_a_step(each, hardware))
    rate = statistics.median(rates)
    found = [
        _cost(each, batch, statistics.median(seconds[batch]), rate, hardware)
        for batch, each in lessons.items()
    ]
    return {"matrix_flop_per_second": rate, "steps": [asdict(each) for each in found]}


def _cost(each: Lesson, batch: int, seconds: float, rate: float, hardware: Hardware) -> Cost:
    stage = copy.deepcopy(each.module).to(hardware.accelerator)
    pictures = reader(each, hardware)(0)
    flop = flop_of(lambda: _loss(stage, pictures, hardware).backward())
    return Cost(
        batch,
        each.data.images_a_step / seconds,
        flop,
        flop / seconds,
        flop / seconds / rate,
        shares(each, hardware),
    )


def lesson(work: Work, hardware: Hardware, batch: int) -> Lesson:
    """The stage of id 14 on the photographs that pip installed, the painting noise."""
    torch.manual_seed(0)
    network = kunster().to(memory_format=torch.channels_last)
    description = Description(
        *("noise", "kunster", 0.25, 0.5, "table2", "instance", work.stage),
        parameter_count(network),
    )
    perceptual = work.load()
    painting = torch.rand(1, 3, *work.size)
    style = Style(perceptual.style_targets(painting), painting[0], {})
    learner = Learner(network, description, perceptual, style, 1.0, hardware)
    photos: Any = [decode_photo(path, SHORT_SIDE) for path in photographs()]
    settings: dict[str, Any] = {f"{name}_weight": weight for name, weight in WEIGHTS.items()}
    settings |= {"batch": batch, "surround": 16, "grid_weight": 0.0}
    if work.stage == "perceptual":
        settings |= {"size": work.size[0], "crop_scale": (0.6, 1.0), "jitter": 0.3}
        return perceptual_lesson(learner, settings, OPTIMISATION, photos, "photographs", 0)
    settings |= {"output_weight": 300.0, "feature_weight": 0.0}
    settings |= {"luminance": True, "both_frames": False}
    return temporal_lesson(learner, settings, OPTIMISATION, SyntheticClips(photos, work.size))


def flop_of(work: Callable[[], object]) -> int:
    """Of its convolutions and matrix products; a multiplication and an addition are 2."""
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()


def matrix_flop_per_second(hardware: Hardware) -> float:
    """Of the fastest of several products of square matrices, in the number format of training."""
    side, device = SIDE[hardware.accelerator], hardware.accelerator
    first, second = torch.rand(2, side, side, device=device, dtype=hardware.feature_dtype)
    best, began = float("inf"), time.perf_counter()
    while time.perf_counter() - began < LEAST_SECONDS:
        start = time.perf_counter()
        product = first @ second
        float(product[0, 0])  # waits for the device
        best = min(best, time.perf_counter() - start)
    return 2 * side**3 / best


def shares(each: Lesson, hardware: Hardware) -> dict[str, float]:
    """Of a step's time that go into each of `PHASES`, networks forward and backward.

    Nothing is compiled here, and the batch is cut before the step on it and not beside the one
    before: what training waits for data is less. The lesson stays as it is.
    """
    stage = copy.deepcopy(each.module).to(hardware.accelerator)
    optimizer = stage.optimizer(stage.network.parameters())
    phases, read = Phases(PHASES), reader(each, hardware)
    watch(stage, phases)
    for step in range(WARM_UP + STEPS):
        if step == WARM_UP:
            phases.seconds = dict.fromkeys(PHASES, 0.0)
        phases.enter("data")
        pictures = read(step)
        phases.enter("rest")
        loss = _loss(stage, pictures, hardware)
        phases.enter("rest")
        optimizer.zero_grad()
        loss.backward()
        phases.enter("rest")
        optimizer.step()
        phases.enter(None)
    return phases.shares()


def reader(each: Lesson, hardware: Hardware) -> Callable[[int], Any]:
    """Gives the batch of a step on the device, cut there if training would cut it there."""
    from lightning.fabric.utilities import move_data_to_device

    device, size = torch.device(hardware.accelerator), each.data.size
    if each.data.on_device is None:
        made = each.data.batches
        return lambda step: move_data_to_device(made.batch(step * size, size), device)
    begun = each.data.on_device(device)
    return lambda step: begun.finish(move_data_to_device(begun.batch(step * size, size), device))


def _loss(stage: StageObjective, pictures: Any, hardware: Hardware) -> Tensor:
    mixed = hardware.precision == "bf16-mixed"
    with torch.autocast(hardware.accelerator, torch.bfloat16, enabled=mixed):
        return stage.losses(pictures)["loss"]
