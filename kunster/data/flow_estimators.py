"""Optical flow estimators: DIS, which needs no download, and RAFT-small."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.models.optical_flow import RAFT, raft_small

from kunster.assets.registry import asset_path
from kunster.data.flow import estimate_flow
from kunster.data.tracing import EstimateFlow
from kunster.errors import UserError
from kunster.files.checksum import sha256
from kunster.files.tensor_file import read_checkpoint

SMALLEST = 128  # pixels; the last level of RAFT's pyramid is empty below that
GRID = 8  # pixels; RAFT works at 1/8 of the size


class FlowEstimator(NamedTuple):
    """A flow function, and a name that identifies the method and its weights."""

    name: str
    estimate: EstimateFlow


def flow_estimator(choice: str) -> FlowEstimator:
    """The estimator that `choice` names: dis, raft, auto, or a weights file.

    `auto` is RAFT if it is downloaded and there is a GPU (a CPU takes seconds a pair), else DIS.

    Raises:
        UserError: an unknown choice, RAFT is not downloaded, or the file holds something else.
    """
    fetched = asset_path("raft") if choice in ("auto", "raft") else None
    if choice == "dis" or (choice == "auto" and not (fetched and gpu_found())):
        return FlowEstimator("OpenCV DIS, medium", estimate_flow)
    if choice == "raft" and fetched is None:
        raise UserError(
            "clips.flow=raft: its weights are not downloaded; `kunster fetch raft` "
            "downloads them, clips.flow=dis needs none"
        )
    weights = fetched or Path(choice).expanduser()
    if not weights.is_file():
        raise UserError(
            f"clips.flow={choice}: must be auto, dis, raft or a file of RAFT-small weights"
        )
    return FlowEstimator(f"RAFT-small {sha256(weights)[:8]}", Raft(weights))


def gpu_found() -> bool:
    return torch.cuda.is_available()


class Raft:
    """RAFT-small (Teed and Deng 2020), on the GPU if there is one.

    Args:
        weights: torchvision's, or raft-small.pth of princeton-vl/RAFT.

    Raises:
        UserError: the file holds something else.
    """

    def __init__(self, weights: Path) -> None:
        self.device = torch.device("cuda" if gpu_found() else "cpu")
        self.network = _loaded(weights).eval().to(self.device)

    @torch.inference_mode()
    def __call__(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        height, width = first.shape[:2]
        flow: Tensor = self.network(self._input(first), self._input(second))[-1]
        return flow[0, :, :height, :width].permute(1, 2, 0).contiguous().cpu().numpy()

    def _input(self, frame: np.ndarray) -> Tensor:
        """(1, 3, H, W) in [-1, 1], padded by edge pixels to a size that RAFT takes."""
        image = torch.from_numpy(frame).to(self.device).permute(2, 0, 1)[None].float() / 127.5 - 1
        bottom, right = (max(SMALLEST, -(-side // GRID) * GRID) - side for side in frame.shape[:2])
        return F.pad(image, (0, right, 0, bottom), mode="replicate")


def _loaded(weights: Path) -> RAFT:
    network = raft_small(weights=None)
    try:
        tensors = read_checkpoint(weights)
        network.load_state_dict(_renamed(tensors, network.state_dict()))
    except (UserError, RuntimeError, TypeError) as error:
        raise UserError(f"clips.flow={weights}: holds no weights of RAFT-small") from error
    return network


def _renamed(tensors: Mapping[str, Tensor], known: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Tensors under torchvision's names; the original file has the same order, other names."""
    if "module.fnet.conv1.weight" in tensors and len(tensors) == len(known):
        return dict(zip(known, tensors.values(), strict=True))
    return tensors
