"""Any model file as a function from frames to stylized frames."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from kunster.assets.trained import locate_model
from kunster.errors import UserError
from kunster.networks.converting import read_network
from kunster.networks.description import Description
from kunster.networks.model_paths import WEIGHTS, model_files
from kunster.networks.stylizer import stylize

# (B, 3, H, W), RGB in [0, 1], any size from 64 up, to the same, clamped
Network = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Model:
    """A trained network with its file and description."""

    name: str
    path: Path
    description: Description
    network: Network


def open_models(path: Path) -> list[Model]:
    """The models of a run folder (before and after stabilisation), or the one in a file.

    A style that ships goes by its name: scream:8.

    Raises:
        UserError: nothing there, or no model file.
    """
    files = model_files(locate_model(path))
    return [open_model(file, name=str(file.parent if path.is_dir() else path)) for file in files]


def open_model(path: Path, name: str | None = None) -> Model:
    """The network in an `.onnx` file of kunster or a file of weights, on the CPU.

    Weights may be another tool's, see `read_network`.

    Raises:
        UserError: of another kind, damaged, or of no network of ours.
    """
    network: nn.Module
    if path.suffix == ".onnx":
        network = _OnnxNetwork(path)
        description = network.description
    elif path.suffix in WEIGHTS:
        network, description = read_network(path)
    else:
        kinds = ", ".join(WEIGHTS)
        raise UserError(f"{path}: models come as {kinds}, .onnx or a run folder")
    description.check_alone(path)
    return Model(name or str(path), path, description, lambda frames: stylize(network, frames))


class _OnnxNetwork(nn.Module):
    """An ONNX file that behaves like the network it was made from."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.log_severity_level = 3  # errors; they are raised too
        try:
            self.session = onnxruntime.InferenceSession(
                path, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # protobuf, onnxruntime and the system each have their own
            raise UserError(f"{path}: not an ONNX file that onnxruntime can run") from error
        try:
            self.description = Description.from_metadata(
                self.session.get_modelmeta().custom_metadata_map
            )
        except UserError as error:
            raise UserError(f"{path}: {error}") from error

    def forward(self, frames: Tensor) -> Tensor:
        """One frame at a time: that is the shape in the file."""
        (image,) = self.session.get_inputs()
        outputs = [
            torch.from_numpy(self.session.run(None, {image.name: frame[None].numpy()})[0])
            for frame in frames.float().contiguous()
        ]
        return torch.cat(outputs)
