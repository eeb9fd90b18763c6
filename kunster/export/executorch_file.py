"""ExecuTorch programs: written, and opened as a function.

The network is first put in operations that XNNPACK has, so that it computes all of it.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from kunster.export.coreml import DEFAULT_SIZE, check_size, quiet
from kunster.export.litert_file import silent
from kunster.export.parity import Image, Opened
from kunster.files.replacing import replacing
from kunster.networks.description import Description
from kunster.networks.layers import FilterResponseNorm, StyledNorm
from kunster.networks.model_file import plain_copy
from kunster.networks.rewriting import rewritten
from kunster.networks.stylizer import Stylizer
from kunster.pictures.images import as_image

METHOD = "forward"
ROWS, COLUMNS = 2, 3  # axes of (B, C, H, W)
MOST_JOINED = 5  # by XNNPACK in one operation
NORMS = (nn.InstanceNorm2d, FilterResponseNorm)


class Clamped(nn.Module):
    def __init__(self, network: Stylizer) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor, weights: Tensor | None = None) -> Tensor:
        if weights is not None:
            self.network.mix(weights / weights.sum(dim=1, keepdim=True))
        stylized: Tensor = self.network(image).clamp(0, 1)
        self.network.mix(None)  # a program may not leave what it computed in the network
        return stylized


def export_executorch(
    network: nn.Module,
    description: Description,
    path: Path,
    size: tuple[int, int] = DEFAULT_SIZE,
) -> None:
    """Writes the network as a `.pte` file in float32.

    Its method `forward` takes and returns float32 (1, 3, H, W), RGB in [0, 1], clamped; of a
    network of S styles it takes weights (1, S) as well, from 0 up, of which the proportions count.
    Further methods without input return the description's entries.

    Args:
        size: (height, width) in pixels, multiples of 4: the one size that the file takes.

    Raises:
        UserError: the network is not the one described, the size is not allowed, or the file
            cannot be written.
    """
    check_size(size)
    network = rewritten(plain_copy(network, description), transposed=False)
    with quiet(), silent():
        content = _program(Clamped(in_plain_operations(network)).eval(), description, size)
    with replacing(Path(path)) as part:
        part.write_bytes(content)


def _program(network: Clamped, description: Description, size: tuple[int, int]) -> bytes:
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower

    weights = [torch.ones(1, len(description.styles))] if description.styles else []
    exported = torch.export.export(network, (torch.zeros(1, 3, *size), *weights))
    lowered = to_edge_transform_and_lower(
        exported,
        partitioner=[XnnpackPartitioner()],
        constant_methods=dict(description.to_metadata()),
    )
    return bytes(lowered.to_executorch().buffer)


def open_executorch(path: Path, weights: Sequence[float] | None = None) -> Opened:
    """A file of `export_executorch` as a function, run by ExecuTorch's own runtime.

    Args:
        weights: of the styles, where it has several.
    """
    with quiet(), silent():
        from executorch.runtime import Runtime

        method = Runtime.get().load_program(Path(path)).load_method(METHOD)
    assert method is not None
    _, _, height, width = method.metadata.input_tensor_meta(0).sizes()

    of_styles = [] if weights is None else [torch.tensor([weights], dtype=torch.float32)]

    def stylize(image: Image) -> np.ndarray:
        [stylized] = method.execute([as_image(image).contiguous(), *of_styles])
        picture: np.ndarray = stylized[0].permute(1, 2, 0).numpy() * 255
        return picture

    return Opened(stylize, _instructions(path), ((height, width),))


def _instructions(path: Path) -> Counter[str]:
    """How often the program calls each kernel and each delegate (XNNPACK)."""
    from executorch.exir._serialize._program import deserialize_pte_binary
    from executorch.exir.schema import DelegateCall, KernelCall

    program = deserialize_pte_binary(path.read_bytes()).program
    [plan] = [plan for plan in program.execution_plan if plan.name == METHOD]
    found: Counter[str] = Counter()
    for instruction in (each.instr_args for chain in plan.chains for each in chain.instructions):
        if isinstance(instruction, DelegateCall):
            found[plan.delegates[instruction.delegate_index].id] += 1
        elif isinstance(instruction, KernelCall):
            found[plan.operators[instruction.op_index].name] += 1
    return found


def in_plain_operations(network: Stylizer) -> Stylizer:
    """The same function in operations that XNNPACK has; changes the network."""
    for name, module in list(network.named_modules()):
        if isinstance(module, NORMS):
            network.set_submodule(name, PlainNorm(module))
        elif isinstance(module, StyledNorm):
            module.__class__ = PlainStyledNorm
        elif isinstance(module, nn.ReflectionPad2d):
            network.set_submodule(name, Mirror(module.padding, 1))
        elif isinstance(module, nn.ReplicationPad2d):
            assert max(module.padding) == 1, "of one pixel, a mirror's image is its repetition"
            network.set_submodule(name, Mirror(module.padding, 0))
        elif isinstance(module, nn.ZeroPad2d):
            network.set_submodule(name, Cut(module.padding))
        elif isinstance(module, nn.Conv2d) and module.padding_mode == "reflect":
            assert isinstance(module.padding, tuple)
            rows, columns = module.padding
            margins = Mirror((columns, columns, rows, rows), 1)
            module.padding, module.padding_mode = (0, 0), "zeros"
            network.set_submodule(name, nn.Sequential(margins, module))
    return network


class PlainNorm(nn.Module):
    """Instance norm or filter response norm as sums and products."""

    def __init__(self, norm: nn.Module) -> None:
        super().__init__()
        assert isinstance(norm, NORMS)
        self.centred, self.eps = isinstance(norm, nn.InstanceNorm2d), norm.eps
        self.weight = nn.Parameter(norm.weight.view(1, -1, 1, 1))
        self.bias = nn.Parameter(norm.bias.view(1, -1, 1, 1))

    def forward(self, features: Tensor) -> Tensor:
        if self.centred:
            features = centred(features)
        return scaled(features, self.weight, self.eps) + self.bias


class PlainStyledNorm(StyledNorm):
    """The norm of several styles as sums and products, its scale and shift by their shares."""

    def forward(self, features: Tensor) -> Tensor:
        assert self.shares is not None
        weight, bias = ((self.shares @ each)[..., None, None] for each in (self.weight, self.bias))
        return scaled(centred(features), weight, self.eps) + bias


def centred(features: Tensor) -> Tensor:
    """Features (B, C, H, W) minus their mean over the picture."""
    # twice: one sum over 153,600 values loses four digits, and norms blow that up
    for _ in range(2):
        features = features - features.mean((ROWS, COLUMNS), keepdim=True)
    return features


def scaled(features: Tensor, weight: Tensor, eps: float) -> Tensor:
    """Features (B, C, H, W) of root mean square `weight`, (1, C, 1, 1)."""
    power = (features * features).mean((ROWS, COLUMNS), keepdim=True)
    return features * (torch.rsqrt(power + eps) * weight)


class Mirror(nn.Module):
    """Padding by slices: mirrored about the outermost pixels (1), or about the edge (0)."""

    def __init__(self, margins: tuple[int, int, int, int], mirror: int) -> None:
        super().__init__()
        self.margins, self.mirror = margins, mirror

    def forward(self, features: Tensor) -> Tensor:
        left, right, top, bottom = self.margins
        return self._along(COLUMNS, left, right, self._along(ROWS, top, bottom, features))

    def _along(self, axis: int, before: int, after: int, features: Tensor) -> Tensor:
        last = features.shape[axis] - 1
        parts = [features.narrow(axis, self.mirror + i, 1) for i in reversed(range(before))]
        parts.append(features)
        parts += [features.narrow(axis, last - self.mirror - i, 1) for i in range(after)]
        while len(parts) > 1:
            parts = [torch.cat(parts[:MOST_JOINED], axis), *parts[MOST_JOINED:]]
        return parts[0]


class Cut(nn.Module):
    """Negative margins: removes the outermost rows and columns."""

    def __init__(self, margins: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.margins = margins

    def forward(self, features: Tensor) -> Tensor:
        left, right, top, bottom = self.margins
        height, width = features.shape[-2:]
        return features[..., -top : height + bottom, -left : width + right]
