"""Reading of VGG weights from torch, safetensors and Keras files."""

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from kunster.console.extras import pip_install
from kunster.errors import UserError
from kunster.files.checksum import sha256
from kunster.files.tensor_file import read_checkpoint, read_tensors
from kunster.losses.features import Architecture, PerceptualNetwork, Pooling

VGG16 = Architecture((2, 2, 3, 3), ("relu1_2", "relu2_2", "relu3_3", "relu4_3"))
VGG19 = Architecture((2, 2, 4), ("relu1_2", "relu2_2", "relu3_3"))  # what evaluation reads

IMAGENET_MEAN = (0.485, 0.456, 0.406)  # torchvision's, RGB in [0, 1]
IMAGENET_STD = (0.229, 0.224, 0.225)
CAFFE_MEAN = (123.68 / 255, 116.779 / 255, 103.939 / 255)  # RGB; the networks take BGR in 0–255

Convolutions = Mapping[str, tuple[Tensor, Tensor]]


def load_vgg(
    path: Path, architecture: Architecture | None = None, pooling: Pooling = "max"
) -> PerceptualNetwork:
    """A VGG of torchvision's or Keras' layout, or in 8-bit codebooks (see `from_codebooks`).

    Args:
        architecture: layers that the file must hold; by default VGG-19, as deep as the file goes,
            if it has a conv3_4, else `VGG16`.
        pooling: see `PerceptualNetwork`.

    Raises:
        UserError: the file is missing, of another kind, of another VGG, or lacks a convolution.
    """
    if not path.is_file():
        raise UserError(
            f"{path}: no such file; weights of VGG come as .pth, .safetensors, "
            ".h5 or .npz, and `kunster fetch vgg16` downloads torchvision's"
        )
    if path.suffix in (".h5", ".hdf5", ".npz"):
        arrays = _read_h5(path) if path.suffix != ".npz" else _read_npz(path)
        convolutions, mean, first = _from_keras(arrays), CAFFE_MEAN, _taking_bgr
    elif path.suffix in (".pth", ".pt", ".safetensors"):
        state = _read_torch(path)
        convolutions, mean, first = from_codebooks(state), CAFFE_MEAN, _taking_bgr
        if not convolutions:
            convolutions, mean = _from_torchvision(state), IMAGENET_MEAN
            first = _taking_unit_variance
    else:
        raise UserError(f"{path}: weights come as .pth, .safetensors, .h5 or .npz")
    architecture = architecture or _architecture_of(convolutions)
    return _network(path, architecture, convolutions, mean, first, pooling)


def _architecture_of(convolutions: Convolutions) -> Architecture:
    """VGG-19 as deep as the convolutions go, or VGG-16."""
    if "conv3_4" not in convolutions:
        return VGG16
    deep = [
        max((count for count in range(1, 5) if f"conv{block}_{count}" in convolutions), default=0)
        for block in (4, 5)
    ]
    blocks = (2, 2, 4, *(count for count in deep if count))
    return Architecture(blocks, VGG19.style_layers)


def from_codebooks(state: Mapping[str, Tensor]) -> Convolutions:
    """Convolutions by name from 8-bit codebooks; empty if the tensors are something else.

    `block4_conv1_W_q`, uint8 (O, I, 3, 3), holds for each weight its place in
    `block4_conv1_W_table`, 256 floats; `block4_conv1_b` are the biases. Inputs BGR in 0-255.
    """
    found = (re.fullmatch(r"block(\d)_conv(\d)_W_q", name) for name in state)
    convolutions = {}
    for match in (each for each in found if each):
        layer = match[0].removesuffix("_W_q")
        table, bias = state.get(f"{layer}_W_table"), state.get(f"{layer}_b")
        if table is None or bias is None or table.shape != (256,):
            return {}
        weight = table.float()[state[match[0]].long()]
        convolutions[f"conv{match[1]}_{match[2]}"] = (weight, bias.float())
    return convolutions


def _network(
    path: Path,
    architecture: Architecture,
    convolutions: Convolutions,
    mean: tuple[float, float, float],
    first: Callable[[Tensor], Tensor],
    pooling: Pooling,
) -> PerceptualNetwork:
    """A network of the convolutions that the architecture names, after a check of their shapes.

    Args:
        first: converts the kernels of conv1_1 to those for RGB in [0, 1].
    """
    channels, used = 3, {}
    for name in architecture.layers():
        if name.startswith("pool"):
            continue
        if name not in convolutions:
            found = ", ".join(sorted(convolutions)) or "none"
            raise UserError(f"{path}: lacks {name}; found {found}")
        weight, bias = used[name] = convolutions[name]
        if weight.shape != (len(weight), channels, 3, 3) or bias.shape != (len(weight),):
            shapes = f"{tuple(weight.shape)} and {tuple(bias.shape)}"
            raise UserError(f"{path}: {name} has shapes {shapes}, which is no VGG's")
        channels = len(weight)
    for block, count in enumerate(architecture.convolutions[:-1], start=1):
        if f"conv{block}_{count + 1}" in convolutions:
            raise UserError(f"{path}: has a conv{block}_{count + 1}: not the VGG asked for")
    weight, bias = used["conv1_1"]
    used["conv1_1"] = (first(weight), bias)
    source = {"name": path.stem, "source": str(path), "sha256": sha256(path)}
    return PerceptualNetwork(architecture, used, mean, source, pooling)


def _taking_unit_variance(kernels: Tensor) -> Tensor:
    """Kernels for RGB in [0, 1] from those for RGB of unit variance."""
    return kernels / torch.tensor(IMAGENET_STD).view(1, 3, 1, 1)


def _taking_bgr(kernels: Tensor) -> Tensor:
    """Kernels for RGB in [0, 1] from those for BGR in 0–255."""
    return kernels.flip(1) * 255


def _read_torch(path: Path) -> dict[str, Tensor]:
    """Tensors of a file by name; other values are ignored."""
    if path.suffix == ".safetensors":
        return read_tensors(path)[0]
    state = read_checkpoint(path)
    if isinstance(state, dict) and isinstance(state.get("model"), dict):
        state = state["model"]
    if not isinstance(state, dict):
        raise UserError(f"{path}: holds a {type(state).__name__}, not tensors by name")
    return {str(name): value for name, value in state.items() if isinstance(value, Tensor)}


def _from_torchvision(state: Mapping[str, Tensor]) -> Convolutions:
    """Convolutions by name; torchvision numbers all layers, with a ReLU or a pool between."""
    matches = (re.fullmatch(r"features\.(\d+)\.weight", name) for name in state)
    numbers = sorted(int(found[1]) for found in matches if found and state[found[0]].ndim == 4)
    convolutions, block, index = {}, 1, 0
    for before, number in pairwise([-2, *numbers]):
        if number - before not in (2, 3):
            break
        block, index = (block, index + 1) if number - before == 2 else (block + 1, 1)
        weight, bias = (state.get(f"features.{number}.{part}") for part in ("weight", "bias"))
        if weight is not None and bias is not None:
            convolutions[f"conv{block}_{index}"] = (weight.float(), bias.float())
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
        raise UserError(f"{path}: .h5 needs h5py: {pip_install('keras')}") from error
    arrays: dict[str, np.ndarray] = {}
    try:
        with h5py.File(path, "r") as file:
            file.visititems(
                lambda name, item: (
                    arrays.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None
                )
            )
    except (OSError, RuntimeError, KeyError) as error:
        raise UserError(f"{path}: not readable as an .h5 file ({error})") from error
    return arrays


def _from_keras(arrays: Mapping[str, np.ndarray]) -> Convolutions:
    """Convolutions by name; Keras calls them block1_conv1 and stores kernels as HWIO."""
    kernels: dict[str, Tensor] = {}
    biases: dict[str, Tensor] = {}
    for key, array in arrays.items():
        found = re.search(r"(?:block|conv)(\d)_(?:conv)?(\d)", key)
        if not found:
            continue
        name = f"conv{found[1]}_{found[2]}"
        if array.ndim == 4:
            kernel = torch.from_numpy(array.astype(np.float32)).permute(3, 2, 0, 1)
            kernels[name] = kernel.contiguous()
        elif array.ndim == 1:
            biases[name] = torch.from_numpy(array.astype(np.float32))
    return {name: (kernels[name], biases[name]) for name in kernels.keys() & biases}
