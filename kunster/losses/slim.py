"""Small perceptual network that ships: a VGG of a quarter of the widths, distilled."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from kunster.errors import UserError
from kunster.files.checksum import sha256
from kunster.files.replacing import replacing
from kunster.files.tensor_file import read_tensors
from kunster.losses.features import Architecture, PerceptualNetwork, Weights

SLIM = Path(__file__).parents[1] / "assets" / "slim.safetensors"
ARCHITECTURE = Architecture((2, 2, 3, 1), ("relu1_2", "relu2_2", "relu3_3", "relu4_1"))


def save_slim(weights: Weights, path: Path, card: Mapping[str, object]) -> None:
    """Writes a network in half precision, with its recipe and figures (`card`) as metadata."""
    tensors = {f"readout.{layer}": matrix.half() for layer, matrix in weights.readouts.items()}
    for name, (weight, bias) in weights.convolutions.items():
        tensors |= {f"{name}.weight": weight.half(), f"{name}.bias": bias.half()}
    tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
    metadata = {
        "format": "kunster-slim-1",
        "mean": json.dumps(weights.mean),
        "card": json.dumps(card),
    }
    with replacing(path) as part:
        save_file(tensors, part, metadata)


def load_slim(path: Path = SLIM) -> PerceptualNetwork:
    """The small network in float32.

    Raises:
        UserError: the file is missing, broken or not written by `kunster.distill`.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file; `python -m kunster.distill` writes one")
    halves, metadata = read_tensors(path)
    if metadata.get("format") != "kunster-slim-1":
        raise UserError(f"{path}: not a network written by `python -m kunster.distill`")
    tensors = {name: half.float() for name, half in halves.items()}
    names = [name for name in ARCHITECTURE.layers() if name.startswith("conv")]
    try:
        convolutions = {
            name: (tensors[f"{name}.weight"], tensors[f"{name}.bias"]) for name in names
        }
        readouts = {layer: tensors[f"readout.{layer}"] for layer in ARCHITECTURE.style_layers}
    except KeyError as error:
        raise UserError(f"{path}: lacks {error}") from error
    source = {
        "name": "slim",
        "source": "shipped with kunster" if path == SLIM else str(path),
        "sha256": sha256(path),
    }
    return PerceptualNetwork(
        Weights(ARCHITECTURE, convolutions, tuple(json.loads(metadata["mean"])), readouts, source)
    )


def card(path: Path = SLIM) -> dict[str, Any]:
    """Recipe, figures and licence note of a network file."""
    _, metadata = read_tensors(path)
    found: dict[str, Any] = json.loads(metadata["card"])
    return found
