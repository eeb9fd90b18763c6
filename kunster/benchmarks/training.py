"""Stage-1 steps a second: the plain recipe of public example scripts against ours."""

import statistics
import time
from collections.abc import Callable
from multiprocessing import get_context

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kunster.hardware import choose_hardware, keep_freed_memory
from kunster.losses.features import PerceptualNetwork, Weights
from kunster.losses.slim import load_slim
from kunster.losses.weights import IMAGENET_MEAN, VGG16
from kunster.networks.stylizer import kunster
from kunster.objectives.perceptual import PerceptualTerms, as_frames

BATCH, SIZE = 4, 256
VGG16_WIDTHS = (64, 128, 256, 512)
CONTENT_WEIGHT, STYLE_WEIGHT, TV_WEIGHT = 1.0, 4.0, 1.0

Step = Callable[[], object]


def plain_step() -> Step:
    """float32, NCHW; VGG16 run to relu4_3 on the photo and on the stylised picture alike."""
    network = kunster()
    vgg = nn.ModuleList(_plain_blocks()).requires_grad_(False)
    photos = torch.rand(BATCH, 3, SIZE, SIZE)
    mean, std = torch.rand(1, 3, 1, 1), torch.rand(1, 3, 1, 1) + 0.1
    targets = [torch.rand(1, width, width) for width in VGG16_WIDTHS]
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)

    def features(images: Tensor) -> list[Tensor]:
        values, found = (images - mean) / std, []
        for block in vgg:
            values = block(values)
            found.append(values)
        return found

    def gram_matrix(values: Tensor) -> Tensor:
        batch, channels, height, width = values.shape
        flat = values.view(batch, channels, height * width)
        return flat.bmm(flat.transpose(1, 2)) / (channels * height * width)

    def step() -> None:
        optimizer.zero_grad()
        stylized = network(photos)
        ours, theirs = features(stylized), features(photos)
        loss = F.mse_loss(ours[1], theirs[1])
        for values, target in zip(ours, targets, strict=True):
            loss = loss + F.mse_loss(gram_matrix(values), target.expand(BATCH, -1, -1))
        down, across = stylized.diff(dim=2), stylized.diff(dim=3)
        loss = loss + down.square().mean() + across.square().mean()
        loss.backward()
        optimizer.step()

    return step


def our_step(perceptual: PerceptualNetwork) -> Step:
    """What `kunster.run` does in a step on this machine."""
    keep_freed_memory()
    hardware = choose_hardware(accelerator="cpu")
    network = kunster().to(memory_format=torch.channels_last)
    batch = torch.randint(0, 256, (BATCH, SIZE, SIZE, 3), dtype=torch.uint8).permute(0, 3, 1, 2)
    frames = as_frames(batch)
    terms = PerceptualTerms(
        perceptual.cast(hardware.feature_dtype),
        perceptual.style_targets(frames[:1]),
        perceptual.content_energy(frames),
        CONTENT_WEIGHT,
        STYLE_WEIGHT,
        TV_WEIGHT,
    )
    optimizer = torch.optim.Adam(network.parameters(), 1e-3, fused=True)
    mixed = hardware.precision == "bf16-mixed"

    def step() -> None:
        optimizer.zero_grad()
        photos = as_frames(batch)
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            stylized = network(photos)
        terms(photos, stylized)["loss"].backward()
        optimizer.step()

    return step


def random_vgg16() -> PerceptualNetwork:
    """VGG16 with random weights: its speed is the real one's."""
    convolutions, channels = {}, 3
    for name in VGG16.layers():
        if name.startswith("conv"):
            width = VGG16_WIDTHS[int(name[4]) - 1]
            weight = torch.randn(width, channels, 3, 3) * (2 / (9 * channels)) ** 0.5
            convolutions[name] = (weight, torch.zeros(width))
            channels = width
    return PerceptualNetwork(Weights(VGG16, convolutions, IMAGENET_MEAN))


WAYS: dict[str, Callable[[], Step]] = {
    "plain recipe, vgg16": plain_step,
    "kunster, vgg16": lambda: our_step(random_vgg16()),
    "kunster, slim": lambda: our_step(load_slim()),
}


def compare(rounds: int = 3, seconds: float = 12.0) -> dict[str, list[float]]:
    """Images a second of every way, one value a round; the ways take turns, each in a process."""
    found: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(rounds):
        for name in WAYS:
            with get_context("spawn").Pool(1) as pool:
                found[name].append(pool.apply(images_per_second, (name, seconds)))
    return found


def images_per_second(name: str, seconds: float) -> float:
    torch.manual_seed(0)
    step = WAYS[name]()
    for _ in range(2):
        step()
    count, began = 0, time.perf_counter()
    while count < 3 or time.perf_counter() - began < seconds:
        step()
        count += 1
    return count * BATCH / (time.perf_counter() - began)


def ratios(found: dict[str, list[float]]) -> dict[str, float]:
    """Median over rounds of each way's speed, divided by the first way's in the same round."""
    first = next(iter(found.values()))
    return {
        name: statistics.median(value / base for value, base in zip(values, first, strict=True))
        for name, values in found.items()
    }


def _plain_blocks() -> list[nn.Sequential]:
    """torchvision's VGG16 up to relu4_3, cut behind relu1_2, relu2_2, relu3_3 and relu4_3."""
    blocks, channels = [], 3
    for index, (count, width) in enumerate(zip(VGG16.convolutions, VGG16_WIDTHS, strict=True)):
        layers: list[nn.Module] = [nn.MaxPool2d(2)] if index else []
        for _ in range(count):
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
            channels = width
        blocks.append(nn.Sequential(*layers))
    return blocks
