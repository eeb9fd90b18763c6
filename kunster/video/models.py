"""Opens the network of `--model`: a run folder, a file, or a style that ships."""

from contextlib import suppress
from typing import TYPE_CHECKING

from kunster.assets.trained import BASE, locate_model, styles_in_base, what_ships
from kunster.errors import UserError
from kunster.networks.description import Description, NotOurs
from kunster.networks.mixing import Change, changing, folded, parse_weights
from kunster.networks.model_paths import WEIGHTS, model_files
from kunster.networks.stored import StoredNetwork, read_stored

if TYPE_CHECKING:
    from kunster.networks.stylizer import Stylizer

SUFFIXES = (*WEIGHTS, ".onnx")


def open_chosen(model: str, style: str | None = None) -> tuple[StoredNetwork, Description]:
    """A network that paints one style or a mixture, see `open_network`.

    Args:
        style: of a network of several, `scream` or `scream:0.7,udnie:0.3`; None for a plain one.

    Raises:
        UserError: see `open_network`, or that style is not there.
    """
    network, description = open_network(model)
    if style is not None:
        return folded(network, description, parse_weights(style))
    description.check_alone(model)
    return network, description


def open_change(model: str, begin: str | None, end: str | None) -> tuple[Change, Description]:
    """A network of several styles on the way from one style or mixture to another.

    Raises:
        UserError: see `open_chosen`, or one of the two is missing.
    """
    if not (begin and end):
        raise UserError("--style-from and --style-to: both are needed, or neither")
    network, description = open_network(model)
    change = changing(network, description, parse_weights(begin), parse_weights(end))
    return change, description.folded(change.name)


def open_network(model: str) -> tuple[StoredNetwork, Description]:
    """A network as arrays, and its description; checkpoints, and other tools' files, need torch.

    A run folder stands for its last stage, a style of the network `base` for a plain one. Of an
    `.onnx` file the weights are read, so every engine runs it at every size. Another tool's is
    converted, see `kunster.networks.converting`.

    Raises:
        UserError: no such file or style, or no network that fits ours.
    """
    path = locate_model(model)
    if is_of_base(model):
        return folded(*open_network(BASE), {model: 1})
    if not path.exists():
        raise UserError(
            f"{model}: no such file, run folder or style; {what_ships(model)}; files are "
            f"{', '.join(SUFFIXES)}"
        )
    file = model_files(path)[-1]
    if file.suffix == ".safetensors":
        with suppress(NotOurs):
            return read_stored(file)
    if file.suffix == ".onnx":
        from kunster.networks.onnx_weights import read_onnx

        return read_onnx(file)
    if file.suffix not in SUFFIXES:
        raise UserError(f"{file}: models come as {', '.join(SUFFIXES)} or run folders")
    from kunster.networks.converting import read_network

    network, description = read_network(file)
    return StoredNetwork.of(network), description


def is_of_base(model: str) -> bool:
    """Whether a model is a style of the network of many alone, such as senecio."""
    return model in styles_in_base() and not locate_model(model).exists()


def open_stylizer(model: str) -> "tuple[Stylizer, Description]":
    """A plain network as a module of torch, in eval mode on the CPU."""
    from kunster.networks.model_file import as_stylizer

    network, description = open_chosen(model)
    return as_stylizer(network), description
