"""Random crops of photos as LightningDataModules, for stage 1."""

import os
from abc import abstractmethod
from functools import cached_property
from typing import Annotated

import torch
from annotated_types import Ge, Gt, Le, MultipleOf
from torch import Tensor

from kunster.data.crops import Crops
from kunster.data.device_crops import DeviceCrops
from kunster.data.photos import SHORT_SIDE, Photos, bundled_photos, coco_folder, folder_photos
from kunster.data.stream import BatchModule, Unfinished
from kunster.errors import UserError

Count = Annotated[int, Ge(1)]
Seed = Annotated[int, Ge(0), Le(2**64 - 1)]  # as many keys as the generator of the crops takes
Side = Annotated[int, Ge(64), MultipleOf(4)]  # pixels, as the networks take them
Fraction = Annotated[float, Gt(0), Le(1)]
Amount = Annotated[float, Ge(0)]


class PhotoModule(BatchModule):
    """Crops of photos. A source of your own is a subclass with `load_photos`.

    Args:
        batch: crops a step, over all devices.
        size, scale, jitter, seed: see `Crops`.
        on_device: cut the crops on the device, see `DeviceCrops`.
        recorded: and by a CUDA graph.
    """

    def __init__(
        self,
        batch: Count = 1,
        size: Side = 256,
        scale: tuple[Fraction, Fraction] = (0.6, 1.0),
        jitter: Amount = 0.3,
        seed: Seed = 0,
        on_device: bool = False,
        recorded: bool = False,
    ) -> None:
        super().__init__(batch)
        if not 0 < scale[0] <= scale[1] <= 1:
            raise UserError(
                f"scale={list(scale)}: must be two fractions, 0 < smallest ≤ largest ≤ 1"
            )
        self.size, self.scale, self.jitter, self.seed = size, scale, jitter, seed
        self.cut_on_device, self.recorded = on_device, recorded

    @abstractmethod
    def load_photos(self) -> Photos:
        """The photos to crop from."""

    @cached_property
    def photos(self) -> Photos:
        return self.load_photos()

    def load(self) -> Crops:
        return Crops(self.photos, self.size, self.seed, scale=self.scale, jitter=self.jitter)

    def sample(self, count: int) -> Tensor:
        return self.load().batch(0, count)

    @property
    def source(self) -> str:
        kind = type(self).__name__.removesuffix("Photos").lower()
        return f"{kind}, {len(self.photos)} photos"

    def on_device(self, device: torch.device) -> Unfinished | None:
        return DeviceCrops(self.load(), device, self.recorded) if self.cut_on_device else None


class BundledPhotos(PhotoModule):
    """Crops of the bundled photos, see `bundled_photos`.

    Args:
        short_side: pixels, of the photos in the cache.
        crops: of `PhotoModule`.
    """

    def __init__(self, short_side: Side = SHORT_SIDE, **crops: object) -> None:
        super().__init__(**crops)  # type: ignore[arg-type]
        self.short_side = short_side

    def load_photos(self) -> Photos:
        return bundled_photos(self.short_side)


class FolderPhotos(PhotoModule):
    """Crops of the pictures in a folder, see `folder_photos`."""

    def __init__(
        self, path: str | os.PathLike[str], short_side: Side = SHORT_SIDE, **crops: object
    ) -> None:
        super().__init__(**crops)  # type: ignore[arg-type]
        self.path, self.short_side = path, short_side

    def load_photos(self) -> Photos:
        return folder_photos(self.path, self.short_side)


class CocoPhotos(PhotoModule):
    """Crops of COCO, see `coco_folder`."""

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        split: str = "train2017",
        short_side: Side = SHORT_SIDE,
        **crops: object,
    ) -> None:
        super().__init__(**crops)  # type: ignore[arg-type]
        self.path, self.split, self.short_side = path, split, short_side

    def load_photos(self) -> Photos:
        return folder_photos(coco_folder(self.path, self.split), self.short_side)
