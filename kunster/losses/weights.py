"""Reads VGG weights from torch, safetensors and Keras files into one form."""

import hashlib
import re
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from kunster.errors import UserError
from kunster.losses.features import Architecture, PerceptualNetwork, Weights

VGG16 = Architecture((2, 2, 3, 3), ("relu1_2", "relu2_2", "relu3_3", "relu4_3"))
VGG19 = Architecture((2, 2, 4), ("relu1_2", "relu2_2", "relu3_3"))  # as deep as the judge looks

IMAGENET_MEAN = (0.485, 0.456, 0.406)  # torchvision's, RGB in [0, 1]
IMAGENET_STD = (0.229, 0.224, 0.225)
CAFFE_MEAN = (123.68, 116.779, 103.939)  # the Oxford networks', RGB in 0–255; their input is BGR
# numbers of the convolutions in torchvision's vgg16().features
TORCHVISION_VGG16 = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21)

Convolutions = dict[str, tuple[Tensor, Tensor]]


def load_vgg(path: Path, architecture: Architecture) -> PerceptualNetwork:
    """A VGG from torchvision's `.pth` or `.safetensors`, or Keras' no-top `.h5` or `.npz`.

    Only the convolutions that the architecture names are read.

    Raises:
        UserError: the file is missing, of another kind, or lacks a convolution.
    """
    if not path.is_file():
        raise UserError(
            f"{path}: no such file; perceptual.path takes VGG weights as .pth, .safetensors, "
            ".h5 or .npz, and `python -m kunster.fetch vgg16` downloads torchvision's"
        )
    names = [name for name in architecture.layers() if name.startswith("conv")]
    if path.suffix in (".h5", ".hdf5", ".npz"):
        arrays = _read_h5(path) if path.suffix != ".npz" else _read_npz(path)
        convolutions, mean = _from_keras(arrays, names, path), tuple(m / 255 for m in CAFFE_MEAN)
    elif path.suffix in (".pth", ".pt", ".safetensors"):
        convolutions, mean = _from_torchvision(_read_torch(path), names, path), IMAGENET_MEAN
    else:
        raise UserError(f"{path}: weights come as .pth, .safetensors, .h5 or .npz")
    source = {"name": path.stem, "source": str(path), "sha256": sha256(path)}
    return PerceptualNetwork(Weights(architecture, convolutions, mean, source=source))


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_torch(path: Path) -> dict[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a broken file makes the readers raise
        raise UserError(f"{path}: not readable as a file of tensors ({error})") from error


def _from_torchvision(state: dict[str, Tensor], names: list[str], path: Path) -> Convolutions:
    scale = torch.tensor(IMAGENET_STD).view(1, 3, 1, 1)
    convolutions = {}
    for name, index in zip(names, TORCHVISION_VGG16, strict=True):
        try:
            weight, bias = state[f"features.{index}.weight"], state[f"features.{index}.bias"]
        except KeyError as error:
            raise UserError(f"{path}: lacks {error}; expected torchvision's VGG16") from error
        weight = weight.float()
        convolutions[name] = (weight / scale if name == "conv1_1" else weight, bias.float())
    return convolutions


def _read_npz(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except Exception as error:
        raise UserError(f"{path}: not readable as an .npz file ({error})") from error


def _read_h5(path: Path) -> dict[str, np.ndarray]:
    try:
        import h5py
    except ImportError as error:
        raise UserError(f"{path}: reading .h5 needs h5py (pip install 'kunster[keras]')") from error
    arrays: dict[str, np.ndarray] = {}
    try:
        with h5py.File(path, "r") as file:
            file.visititems(
                lambda name, item: (
                    arrays.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None
                )
            )
    except OSError as error:
        raise UserError(f"{path}: not readable as an .h5 file ({error})") from error
    return arrays


def _from_keras(arrays: dict[str, np.ndarray], names: list[str], path: Path) -> Convolutions:
    """Keras names a layer block1_conv1, keeps kernels as HWIO and feeds BGR in 0–255."""
    kernels: dict[str, Tensor] = {}
    biases: dict[str, Tensor] = {}
    for key, array in arrays.items():
        found = re.search(r"(?:block|conv)(\d)_(?:conv)?(\d)", key)
        if not found:
            continue
        name = f"conv{found[1]}_{found[2]}"
        if array.ndim == 4:
            kernels[name] = torch.from_numpy(array.astype(np.float32)).permute(3, 2, 0, 1)
        elif array.ndim == 1:
            biases[name] = torch.from_numpy(array.astype(np.float32))
    for name in names:
        if name not in kernels or name not in biases:
            raise UserError(f"{path}: lacks {name}; found {', '.join(sorted(kernels)) or 'none'}")
    convolutions = {name: (kernels[name].contiguous(), biases[name]) for name in names}
    first, bias = convolutions["conv1_1"]
    convolutions["conv1_1"] = (first.flip(1) * 255, bias)
    return convolutions


def load_encoder(path: Path) -> PerceptualNetwork:
    """The VGG-19 encoder compressed 16 times by collaborative distillation (Wang et al. 2020).

    Layers conv11 … conv41 with reflection padding, after a 1x1 convolution to BGR minus the mean,
    which is folded into conv1_1. Zeros pad it here: a ring of one pixel differs.
    """
    architecture = Architecture((2, 2, 4, 1), ("relu1_2", "relu2_2", "relu3_3", "relu4_1"))
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    state = torch.load(path, map_location="cpu", weights_only=True)
    state = state.get("model", state)
    names = [name for name in architecture.layers() if name.startswith("conv")]
    convolutions = {
        name: (state[f"{name.replace('_', '')}.weight"], state[f"{name.replace('_', '')}.bias"])
        for name in names
    }
    first, bias = convolutions["conv1_1"]
    convolutions["conv1_1"] = (first.flip(1) * 255, bias)
    mean = tuple((-state["conv0.bias"].flip(0) / 255).tolist())
    source = {"name": path.stem, "source": str(path), "sha256": sha256(path)}
    return PerceptualNetwork(Weights(architecture, convolutions, mean, source=source))


def load_vgg16(path: str | Path | None = None) -> PerceptualNetwork:
    """VGG16 from a file, or from where `python -m kunster.fetch vgg16` put it."""
    from kunster.assets.registry import asset_path

    found = Path(path).expanduser() if path else asset_path("vgg16")
    if found is None:
        raise UserError(
            "perceptual=vgg16: its weights are not on this machine; `python -m kunster.fetch vgg16` "
            "downloads them, perceptual.path=… takes a file, perceptual=slim needs none"
        )
    return load_vgg(found, VGG16)


def load_vgg19(path: str | Path) -> PerceptualNetwork:
    """VGG19 up to relu3_3 from a file in Keras' layout."""
    return load_vgg(Path(path).expanduser(), VGG19)
