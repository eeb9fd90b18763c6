"""The first convolution of a Core ML package that differs from its network."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from kunster.export.mil_package import Operation, read_package
from kunster.export.mil_reference import evaluate
from kunster.export.parity import Image
from kunster.pictures.images import as_image

# of a layer's largest value: a dozen layers in half precision stay below 1 %, eight bits below 10 %
TOLERANCE = 0.2


@torch.inference_mode()
def first_difference(path: Path, network: nn.Module, image: Image) -> str:
    """Names the first convolution of a package whose result is outside the tolerance.

    Args:
        network: in eval mode, float32, on the CPU.
        image: of a size that the package takes.
    """
    found: list[tuple[Operation, Tensor]] = []

    def keep(operation: Operation, result: Tensor) -> None:
        if operation.kind == "conv":
            found.append((operation, result))

    evaluate(read_package(path), image, observe=keep)
    with _results(network) as expected:
        network(as_image(image))
    if len(found) != len(expected):
        return f"it has {len(found)} convolutions, the network {len(expected)}"
    for (operation, result), (layer, wanted) in zip(found, expected, strict=True):
        if result.shape != wanted.shape:
            shapes = f"{tuple(result.shape)} instead of {tuple(wanted.shape)}"
            return f"the first layer to differ is {layer} ({operation.name}): {shapes}"
        error, largest = (result - wanted).abs().max(), wanted.abs().max()
        if not error <= TOLERANCE * largest:  # also for NaN
            return (
                f"the first layer to differ is {layer} ({operation.name}), by {error:.3g} where "
                f"{largest:.3g} is the largest value"
            )
    return "no single layer is far off: the differences add up"


@contextmanager
def _results(network: nn.Module) -> Iterator[list[tuple[str, Tensor]]]:
    """Names and results of the network's convolutions, in the order they run."""
    results: list[tuple[str, Tensor]] = []

    def hook(name: str) -> Any:
        return lambda module, inputs, result: results.append((name, result))

    hooks = [
        module.register_forward_hook(hook(name))
        for name, module in network.named_modules()
        if isinstance(module, nn.Conv2d)
    ]
    try:
        yield results
    finally:
        for registered in hooks:
            registered.remove()
