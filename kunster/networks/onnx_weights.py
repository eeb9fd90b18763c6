"""The network whose weights are in an ONNX file of `kunster export`; needs no torch."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from kunster.errors import UserError
from kunster.networks.description import Description
from kunster.networks.stored import StoredNetwork, as_described


def read_onnx(path: Path) -> tuple[StoredNetwork, Description]:
    """The network that was exported.

    Raises:
        UserError: missing, damaged, not ONNX, not ours, or changed since.
    """
    import onnx
    from onnx import numpy_helper

    if not path.is_file():
        raise UserError(f"{path}: no such file")
    try:
        model = onnx.load(path)
        constants = {
            constant.name: numpy_helper.to_array(constant) for constant in model.graph.initializer
        }
    except Exception as error:  # protobuf, onnx and the system each have their own
        raise UserError(f"{path}: damaged, or not an ONNX file") from error
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    try:
        description = Description.from_metadata(metadata)
        return as_described(description, _weights(constants, description)), description
    except (ValueError, OverflowError) as error:
        raise UserError(f"{path}: {error}") from error


def _weights(
    constants: Mapping[str, np.ndarray], description: Description
) -> dict[str, np.ndarray]:
    """The constants that bear the names of the network's weights, in their shapes."""
    expected = description.shape().tensors()
    return {  # the graph scales norms as (1, C, 1, 1)
        name: constants[name].reshape(shape)
        if constants[name].size == np.prod(shape)
        else constants[name]
        for name, shape in expected.items()
        if name in constants
    }
