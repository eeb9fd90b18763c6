"""Training steps of both stages: the plain recipe of public scripts over VGG16, and ours."""

import statistics
from argparse import Namespace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from kunster.bench import options as given
from kunster.bench.ours import Work, our_step, random_vgg16
from kunster.bench.plain import PlainTemporal, PlainTerms
from kunster.bench.steps import Contest, Speeds, Step, compare, optimised
from kunster.data.clips import FramePairs
from kunster.machine.hardware import choose_device, device_name
from kunster.networks.stylizer import kunster

BATCH = {"cpu": 4, "mps": 4, "cuda": 32}  # photos a step of stage 1
PAIRS = {"cpu": 2, "mps": 2, "cuda": 8}  # of stage 2
SIZE, FRAME_SIZE = "256", {"cpu": "256", "mps": "256", "cuda": "640x360"}
WEIGHTS = {"content": 1.0, "style": 4.0, "tv": 1.0, "output": 300.0, "feature": 1.0}


def measure(options: Namespace) -> dict[str, Any]:
    from rich.console import Console

    device, stages = choose_device(options.accelerator), {}
    console = Console(stderr=True, highlight=False)
    for stage, contest in _contests(options, device).items():
        found = compare(contest, options.rounds, options.seconds, console.print)
        _print_table(contest, found)
        stages[stage] = {
            "step": contest.title,
            "images_a_step": contest.images,
            "images_per_second": found,
            "ratio": contest.ratios(found),
        }
    return {"stages": stages, "device": device_name(device)}


def _contests(options: Namespace, device: str) -> dict[str, Contest]:
    contests = {}
    for stage in given.STAGES if options.stage == "both" else [options.stage]:
        first = stage == "1"
        size = options.size or (SIZE if first else FRAME_SIZE[device])
        work = Work(
            given.STAGES[stage],
            "default",
            options.batch or (BATCH if first else PAIRS)[device],
            given.picture_size(size, given.STAGES[stage]),
            given.overrides(options),
        )
        contests[stage] = contest_of(work, device)
    return contests


def contest_of(work: Work, device: str) -> Contest:
    """The plain recipe's step of the work's stage, and ours with the paper's and our own terms."""
    first = work.stage == "perceptual"
    plain_step, number, pairs = (plain_step_1, 1, "") if first else (plain_step_2, 2, " pairs")
    return Contest(
        f"stage-{number} step, {work.size[1]}x{work.size[0]}, batch {work.batch}{pairs}",
        work.batch if first else 2 * work.batch,
        {
            "plain recipe": partial(plain_step, work, device),
            "kunster, same terms": partial(our_step, work.by("paper")),
            "kunster, default": partial(our_step, work.by("default")),
        },
    )


def plain_step_1(work: Work, device: str) -> Step:
    """A step in float32 and NCHW; VGG16 runs to relu4_3 on photo and stylized picture alike."""
    network = kunster().to(device)
    photos = torch.rand(work.batch, 3, *work.size, device=device)
    terms = _plain_terms(photos)

    def loss() -> Tensor:
        return _weighted(terms(photos, network(photos)))

    return optimised(loss, torch.optim.Adam(network.parameters(), 1e-3))


def plain_step_2(work: Work, device: str) -> Step:
    """A step in float32 and NCHW; frames share nothing, and all features are computed."""
    network = kunster().to(device)
    batch = FramePairs(*(part.to(device) for part in random_pairs(work.batch, work.size)))
    objective = PlainTemporal(network, _plain_terms(batch.frames[:, 0].float() / 255))

    def loss() -> Tensor:
        return _weighted(objective.losses(batch))

    return optimised(loss, torch.optim.Adam(network.parameters(), 1e-3))


def random_pairs(count: int, size: tuple[int, int]) -> FramePairs:
    """Pairs of noise, flow of up to 3 pixels, nine tenths of the pixels non-occluded."""
    frames = torch.randint(0, 256, (count, 2, 3, *size), dtype=torch.uint8)
    return FramePairs(frames, 6 * torch.rand(count, 2, *size) - 3, torch.rand(count, *size) < 0.9)


def _plain_terms(photos: Tensor) -> PlainTerms:
    painting = torch.rand(1, 3, *photos.shape[-2:], device=photos.device)
    return PlainTerms(random_vgg16().to(photos.device), painting, photos)


def _weighted(terms: dict[str, Tensor]) -> Tensor:
    return torch.stack([WEIGHTS[name] * term for name, term in terms.items()]).sum()


def _print_table(contest: Contest, speeds: Speeds) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(contest.title, "images/s", "ratio")
    for name, value in contest.ratios(speeds).items():
        table.add_row(name, f"{statistics.median(speeds[name]):.2f}", f"{value:.1f}x")
    Console().print(table)
