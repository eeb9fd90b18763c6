"""The network as an ExecuTorch program, computed by XNNPACK, and that program as a function."""

from collections import Counter
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from kunster.export.coreml import DEFAULT_SIZE, check_size, quiet
from kunster.export.litert_file import silent
from kunster.export.parity import Image, Opened
from kunster.export.plain_operations import in_plain_operations
from kunster.files.replacing import replacing
from kunster.networks.description import Description
from kunster.networks.model_file import plain_copy
from kunster.networks.rewriting import rewritten
from kunster.pictures.images import as_image

METHOD = "forward"


class Clamped(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        return self.network(image).clamp(0, 1)


def export_executorch(
    network: nn.Module,
    description: Description,
    path: Path,
    size: tuple[int, int] = DEFAULT_SIZE,
) -> None:
    """Writes the network as a `.pte` file in float32.

    Its method `forward` takes and returns float32 (1, 3, H, W), RGB in [0, 1], clamped. Further
    methods without input return the description's entries.

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


def _program(network: nn.Module, description: Description, size: tuple[int, int]) -> bytes:
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower

    exported = torch.export.export(network, (torch.zeros(1, 3, *size),))
    lowered = to_edge_transform_and_lower(
        exported,
        partitioner=[XnnpackPartitioner()],
        constant_methods=dict(description.to_metadata()),
    )
    return lowered.to_executorch().buffer


def open_executorch(path: Path) -> Opened:
    """A file of `export_executorch` as a function, run by ExecuTorch's own runtime."""
    with quiet(), silent():
        from executorch.runtime import Runtime

        method = Runtime.get().load_program(Path(path)).load_method(METHOD)
    assert method is not None
    _, _, height, width = method.metadata.input_tensor_meta(0).sizes()

    def stylize(image: Image) -> np.ndarray:
        [stylized] = method.execute([as_image(image).contiguous()])
        return stylized[0].permute(1, 2, 0).numpy() * 255

    return Opened(stylize, _instructions(path), ((height, width),))


def _instructions(path: Path) -> Counter[str]:
    """What the program does itself and what it leaves to a delegate, XNNPACK."""
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
