"""Preview video and quick measures of a run, on photos that ship with Kunster."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any

import numpy as np
import torch
from annotated_types import Ge
from torch import nn

from kunster.data.clips import FramePairs
from kunster.data.moving_clip import SHOTS, moving_clip
from kunster.data.preview_photos import PHOTO_NAMES, SIZE, Size, preview_pictures
from kunster.data.style import OpenStyle
from kunster.data.synthetic import SyntheticClips
from kunster.losses.features import PerceptualNetwork
from kunster.measures.distances import distances
from kunster.measures.models import Network
from kunster.measures.painted_networks import missing_layers, painted
from kunster.measures.stability import stability
from kunster.networks.stylizer import only, stylize
from kunster.pictures.images import as_bytes, as_image
from kunster.video.side_by_side import side_by_side
from kunster.video.writer import write_video

PAIRS_SEED = 1_000_003  # not that of any training clip
FRAMES_PER_SECOND = 25


class FirstLook:
    """Stylised pictures of one run, stage after stage.

    Args:
        judge: the perceptual network that measures distances.
        paintings: those that are learned, one or several.
        pairs: number of pairs of moving photos on which e_stab is measured.
        size: (height, width) of the photos in pixels, multiples of 4.
        seconds: length of the moving clip that is shown, three shots of 320 x 240 pixels.
    """

    def __init__(
        self,
        judge: PerceptualNetwork,
        paintings: Sequence[OpenStyle],
        pairs: Annotated[int, Ge(1)] = 8,
        size: Size = SIZE,
        seconds: Annotated[float, Ge(0.2)] = 4.0,
    ) -> None:
        self.judge_network, self.paintings = judge, paintings
        self.pairs, self.pictures = pairs, preview_pictures(size)
        self.photos = torch.cat([as_image(picture) for picture in self.pictures])
        self.seconds = seconds
        self.networks: dict[str, Network] = {}

    def judge(self, name: str, network: nn.Module) -> dict[str, Any]:
        """Style, content, e_stab and painted measures of a stage on the bundled photos, and these
        in words; of several styles the means, and `by_style` those of each.

        A copy of the network is kept, for the pictures and the video, which show the first style.
        `kunster evaluate` measures on data of your own.
        """
        networks = [
            partial(stylize, only(copy.deepcopy(network).eval().cpu(), number))
            for number in range(len(self.paintings))
        ]
        self.networks[name] = networks[0]
        each = [self._figures(*pair) for pair in zip(networks, self.paintings, strict=True)]
        names = [painting.record.get("name", "") for painting in self.paintings]
        by_style = {"by_style": dict(zip(names, each, strict=True))} if len(each) > 1 else {}
        return {
            **_means(each),
            **by_style,
            "judge": self.judge_network.source["name"],
            "photos": f"{len(self.pictures)} bundled photographs, seen in training unless "
            "photos=folder",
            "pairs": f"{self.pairs} pairs of them in synthetic motion",
        }

    def _figures(self, network: Network, painting: OpenStyle) -> dict[str, Any]:
        """Measures of one style."""
        targets = self.judge_network.style_targets(painting.painting)
        (found,) = distances([network], self.judge_network, targets, self.pictures)
        (e_stab,) = stability([network], self.moving_pairs())
        figures = {**found._asdict(), "e_stab": e_stab}
        return {**_rounded(figures), "painted": _rounded(self._painted(network, painting))}

    def _painted(self, network: Network, painting: OpenStyle) -> dict[str, float]:
        """Painted measures, none where the judge ends before relu4_1."""
        if missing_layers(self.judge_network):
            return {}
        picture = as_bytes(painting.picture)
        (found,) = painted([network], self.judge_network, picture, self.pictures)
        return found

    def moving_pairs(self) -> Iterator[FramePairs]:
        """The photos in motion, one pair at a time."""
        height, width = self.pictures.shape[1:3]
        clips = SyntheticClips(self.pictures, (height, width), PAIRS_SEED)
        for number in range(self.pairs):
            batch = clips.batch(number, 1)
            yield FramePairs(*(part[0] for part in batch))

    def stylized(self, name: str) -> dict[str, np.ndarray]:
        """The photos as a judged stage paints them, by their names: uint8 RGB (H, W, 3)."""
        with torch.inference_mode():
            painted = self.networks[name](self.photos)
        return dict(zip(PHOTO_NAMES, map(as_bytes, painted), strict=True))

    def clip(self, name: str) -> Iterator[np.ndarray]:
        """The first shot of the moving clip as a judged stage paints it: uint8 RGB (H, W, 3)."""
        first_shot = round(self.seconds * FRAMES_PER_SECOND) // len(SHOTS)
        for frame in islice(moving_clip(self.seconds, FRAMES_PER_SECOND), first_shot):
            with torch.inference_mode():
                painted = self.networks[name](as_image(frame))
            yield as_bytes(painted[0])

    def write_video(self, path: Path) -> None:
        """The moving clip beside what every stage makes of it."""
        frames = side_by_side(moving_clip(self.seconds, FRAMES_PER_SECOND), self.networks)
        write_video(path, frames, FRAMES_PER_SECOND)


def _means(figures: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The mean of each figure."""
    if len(figures) == 1:
        return dict(figures[0])
    return {
        name: _means([each[name] for each in figures])
        if isinstance(value, Mapping)
        else round(fmean(each[name] for each in figures), 4)
        for name, value in figures[0].items()
    }


def _rounded(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in figures.items()}
