"""A convolution with constant weights, whose gradient is computed for the images alone."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.grad import conv2d_input

from kunster.losses.winograd import convolve


class FrozenConvReLU(torch.autograd.Function):
    """A 3x3 convolution and ReLU with constant weights.

    Stores only the output for the backward pass and applies the ReLU in place: on a CPU, fresh
    memory costs more than arithmetic. `quick` holds the kernels of both directions for
    `convolve`, or None.
    """

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor, quick: tuple[Tensor, Tensor] | None
    ) -> Tensor:
        if quick is None:
            outputs = F.conv2d(inputs, weight, bias, padding=1).relu_()
        else:
            outputs = convolve(inputs, quick[0]).add_(bias.view(1, -1, 1, 1)).relu_()
        ctx.save_for_backward(outputs, weight)
        ctx.input_shape, ctx.quick = inputs.shape, quick
        return outputs

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        outputs, weight = ctx.saved_tensors
        gradient = torch.ops.aten.threshold_backward(gradient, outputs, 0)
        if ctx.quick is None:
            images = conv2d_input(ctx.input_shape, weight, gradient, padding=1)  # type: ignore[no-untyped-call]
        else:
            last = gradient.contiguous(memory_format=torch.channels_last)
            images = convolve(last, ctx.quick[1])
        return images, None, None, None
