"""torch, for CUDA cards, and on a CPU for comparison."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from kunster.machine.hardware import best_precision, choose_device, feature_dtype
from kunster.networks.layers import FilterResponseNorm
from kunster.networks.rewriting import PixelStylizer
from kunster.networks.stylizer import Stylizer
from kunster.video.engines import Engine

WARM_UP = 3  # calls in which cuDNN chooses its algorithms, before a graph is recorded


class TorchEngine(Engine):
    """Half precision on CUDA, recorded once as a graph and replayed; bfloat16 or float32 on a CPU.

    Frames are taken one by one: the device is full with one, and so is torch's pool of threads.
    """

    def __init__(self, network: Stylizer, size: tuple[int, int], streams: int = 1) -> None:
        super().__init__(size, streams=1)
        device = choose_device()
        self.device = torch.device(device)
        self.dtype = _number_format(network, device, feature_dtype(best_precision()))
        stylizer = ByteStylizer(network, self.dtype).to(self.device, self.dtype)
        stylizer.to(memory_format=torch.channels_last)
        frame = torch.zeros(1, *self.padded_size, 3, dtype=torch.uint8, device=self.device)
        self._stylize = _recorded(stylizer, frame) if self.device.type == "cuda" else stylizer

    @property
    def name(self) -> str:
        return f"torch {str(self.dtype).removeprefix('torch.')} on {self.device.type}"

    def run(self, frame: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return self._stylize(torch.from_numpy(frame)[None].to(self.device))[0].cpu().numpy()


class ByteStylizer(nn.Module):
    """Stylizer on frames uint8 (B, H, W, 3), RGB."""

    def __init__(self, network: Stylizer, dtype: torch.dtype) -> None:
        super().__init__()
        self.network, self.dtype = PixelStylizer(network), dtype

    def forward(self, frames: Tensor) -> Tensor:
        # a view of planes over interleaved bytes is what torch calls channels_last
        stylized = self.network(frames.permute(0, 3, 1, 2).to(self.dtype))
        return stylized.to(torch.uint8).permute(0, 2, 3, 1).contiguous()  # type: ignore[no-any-return]


def _number_format(network: Stylizer, device: str, preferred: torch.dtype) -> torch.dtype:
    if device != "cuda":
        return preferred
    # half precision holds no squares above 65504, and FRN squares what no norm has bounded
    squares = any(isinstance(module, FilterResponseNorm) for module in network.modules())
    return preferred if squares else torch.float16


@torch.inference_mode()
def _recorded(stylizer: nn.Module, frame: Tensor) -> Callable[[Tensor], Tensor]:
    """The stylizer recorded as a CUDA graph."""
    side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(WARM_UP):
            stylizer(frame)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        stylized = stylizer(frame)

    def replay(other: Tensor) -> Tensor:
        frame.copy_(other)
        graph.replay()
        return stylized  # type: ignore[no-any-return]

    return replay
