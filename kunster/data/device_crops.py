"""Crops cut, flipped and coloured on the device, from photos in its memory or sent to it."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from kunster.data.crops import AREA_FROM, Crops, colour_change
from kunster.machine.cuda_graphs import RecordedFunction

ROOM = 0.3  # share of the device's free memory that photos may take


class Cut(NamedTuple):
    """Description of a batch of crops, which the host sends to the device.

    Attributes:
        pixels: uint8, those of the windows; empty where the photos are on the device.
        place: (B, 2) int64: where the window begins, and values from one row to the next.
        side: (B,) int64, pixels of the window.
        flip: (B,) bool.
        curves: uint8 (B, 256, 3), new values of every channel.
        matrix: float32 (B, 3, 3), of the new channels from the old.
        taps: pixels in a row that may make up one of the crop's.
    """

    pixels: Tensor
    place: Tensor
    side: Tensor
    flip: Tensor
    curves: Tensor
    matrix: Tensor
    taps: int


class DeviceCrops:
    """The crops of `Crops`, computed on the device; equal up to a rounding error.

    Args:
        crops: chooses window and colours of each crop.
        device: the photos are copied to it if they take no more than `ROOM` of its free memory;
            otherwise each batch brings its windows.
        recorded: replay the work as a CUDA graph, where the photos are on the device. Crops are
            then overwritten by the next ones.
    """

    def __init__(self, crops: Crops, device: torch.device, recorded: bool = False) -> None:
        self.crops = crops
        self.photos: Tensor | None = None
        photos = [
            crops.photos[number] for number in range(len(crops.photos))
        ]  # views, where cached
        self._starts = np.cumsum([0, *(photo.nbytes for photo in photos)])
        if device.type != "cuda" or self._starts[-1] <= ROOM * torch.cuda.mem_get_info(device)[0]:
            self.photos = torch.empty(int(self._starts[-1]), dtype=torch.uint8, device=device)
            for start, photo in zip(self._starts, photos, strict=False):
                values = torch.from_numpy(np.array(photo).reshape(-1))
                self.photos[start : start + len(values)] = values
        recorded = recorded and self.photos is not None
        self._finish = RecordedFunction(self._crops) if recorded else self._crops

    def batch(self, start_index: int, batch_size: int) -> Cut:
        """Description of crops `start_index` and following; `finish` cuts them."""
        chosen = [self.crops.choice(start_index + offset) for offset in range(batch_size)]
        size = self.crops.size
        windows, places, taken = [], [], 0
        for each in chosen:
            if self.photos is None:
                window = each.window(self.crops.photos[each.photo])
                windows.append(np.ascontiguousarray(window).reshape(-1))
                places.append((taken, 3 * each.side))
                taken += window.size
            else:
                row = 3 * self.crops.photos[each.photo].shape[1]
                start = self._starts[each.photo] + each.top * row + 3 * each.left
                places.append((int(start), row))
        changes = [colour_change(self.crops.jitter, each.colours) for each in chosen]
        widest = max(each.side for each in chosen) / size
        return Cut(
            torch.from_numpy(np.concatenate(windows)) if windows else torch.empty(0).byte(),
            torch.tensor(places),
            torch.tensor([each.side for each in chosen]),
            torch.tensor([each.flip for each in chosen]),
            torch.from_numpy(np.stack([curves for curves, _ in changes])),
            torch.from_numpy(np.stack([matrix for _, matrix in changes])).float(),
            int(widest) + 2 if widest > AREA_FROM else 2,
        )

    def finish(self, cut: Cut) -> Tensor:
        """The crops, uint8 (B, 3, size, size), channels last, on the device of `cut`."""
        return self._finish(*cut[:-1], taps=cut.taps)

    def _crops(
        self,
        pixels: Tensor,
        place: Tensor,
        side: Tensor,
        flip: Tensor,
        curves: Tensor,
        matrix: Tensor,
        *,
        taps: int,
    ) -> Tensor:
        """Crops from the parts of a `Cut`."""
        pixels = pixels if self.photos is None else self.photos
        resized = resized_windows(pixels, place, side, self.crops.size, taps)
        flipped = torch.where(flip.view(-1, 1, 1, 1), resized.flip(2), resized)
        if self.crops.jitter:
            flipped = recoloured(flipped, curves, matrix)
        return flipped.permute(0, 3, 1, 2)


def resized_windows(pixels: Tensor, place: Tensor, side: Tensor, size: int, taps: int) -> Tensor:
    """Square windows of photos as uint8 (B, size, size, 3), bilinear or by area as OpenCV has it.

    Args:
        pixels: uint8, the values of all photos one after another.
        place, side, taps: as of `Cut`.
    """
    index, weight = sources(side, size, taps)  # (B, size, taps), the same for rows and columns
    start, row = place[:, :1, None], place[:, 1:, None]
    channel = torch.arange(3, device=pixels.device)
    found = torch.zeros(len(side), size, size, 3, device=pixels.device)
    for i in range(taps):
        rows = start + index[:, :, i, None] * row  # (B, size, 1)
        for j in range(taps):
            where = rows + 3 * index[:, None, :, j]  # (B, size, size)
            share = weight[:, :, i, None] * weight[:, None, :, j]
            found += share[..., None] * pixels[where[..., None] + channel]
    return found.round().clamp(0, 255).byte()


def sources(side: Tensor, size: int, taps: int) -> tuple[Tensor, Tensor]:
    """Source pixels of each of `size` pixels in a row, and their shares: (B, size, taps) each."""
    scale = (side.float() / size)[:, None, None]
    target = torch.arange(size, device=side.device)[None, :, None]
    tap = torch.arange(taps, device=side.device)
    last = (side - 1)[:, None, None]
    centre = torch.minimum(((target + 0.5) * scale - 0.5).clamp(min=0), last.float())
    near = centre.floor() + tap
    linear = (1 - (centre - near).abs()).clamp(min=0)
    first, end = target * scale, (target + 1) * scale
    covered = first.floor() + tap
    area = (torch.minimum(end, covered + 1) - torch.maximum(first, covered)).clamp(min=0) / scale
    shrunk = scale > AREA_FROM
    index = torch.where(shrunk, covered, near).long()
    return torch.minimum(index, last), torch.where(shrunk, area, linear)


def recoloured(crops: Tensor, curves: Tensor, matrix: Tensor) -> Tensor:
    """uint8 (B, H, W, 3) through `curves` (B, 256, 3) and then `matrix` (B, 3, 3), rounded."""
    batch, height, width, _ = crops.shape
    levels = torch.gather(curves, 1, crops.view(batch, height * width, 3).long())
    mixed = (levels.float() @ matrix.transpose(1, 2)).round().clamp(0, 255)
    return mixed.byte().view(batch, height, width, 3)
