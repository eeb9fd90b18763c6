"""Opens the network of `--model`: a run folder, a file, or a style that ships."""

from collections.abc import Callable
from pathlib import Path

from kunster.assets.trained import locate_model, what_ships
from kunster.errors import UserError
from kunster.export.onnx_file import load_onnx
from kunster.measures.models import model_files
from kunster.networks.description import Description
from kunster.networks.model_file import load_model
from kunster.networks.stylizer import Stylizer

LOADERS: dict[str, Callable[[Path], tuple[Stylizer, Description]]] = {
    ".safetensors": load_model,
    ".ckpt": load_model,
    ".onnx": load_onnx,
}


def open_stylizer(model: str) -> tuple[Stylizer, Description]:
    """A network and its description.

    A run folder stands for its last stage. Of an `.onnx` file the weights are read, so every engine
    runs it at every size.

    Raises:
        UserError: no such file or style, or not a network of kunster.
    """
    path = locate_model(model)
    if not path.exists():
        raise UserError(
            f"{model}: no such file, run folder or style; {what_ships(model)}; files are "
            f"{', '.join(LOADERS)}"
        )
    file = model_files(path)[-1]
    if file.suffix not in LOADERS:
        raise UserError(f"{file}: models come as {', '.join(LOADERS)}, or as a run folder")
    return LOADERS[file.suffix](file)
