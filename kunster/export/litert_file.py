"""LiteRT files: run on the processor, and their operations counted."""

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

from kunster.errors import UserError
from kunster.export.parity import Image, Opened


class LitertFile:
    """A `.tflite` file of one picture in, one picture out, ready to run on the processor.

    Args:
        weights: of the styles, where it has several.

    Raises:
        UserError: damaged, or not such a file.
    """

    def __init__(
        self, path: Path, threads: int = 1, weights: Sequence[float] | None = None
    ) -> None:
        from ai_edge_litert.interpreter import Interpreter

        try:
            with silent():
                self.interpreter = Interpreter(str(path), num_threads=threads)
                self.interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise UserError(f"{path}: damaged, or not a LiteRT file") from error
        self.input, *others = self.interpreter.get_input_details()
        self.others = [(each["index"], np.array([weights], np.float32)) for each in others]
        [self.output] = self.interpreter.get_output_details()
        self.shape = tuple(int(side) for side in self.input["shape"])

    def __call__(self, frames: np.ndarray) -> np.ndarray:
        """Runs the file on an array of the input's type and of any shape that the file takes."""
        if frames.shape != self.shape:
            self.interpreter.resize_tensor_input(self.input["index"], frames.shape)
            self.interpreter.allocate_tensors()
            self.shape = frames.shape
        self.interpreter.set_tensor(self.input["index"], frames)
        for index, values in self.others:
            self.interpreter.set_tensor(index, values)
        self.interpreter.invoke()
        result: np.ndarray = self.interpreter.get_tensor(self.output["index"])
        return result


def open_litert(path: Path, weights: Sequence[float] | None = None) -> Opened:
    """A file of `export_litert` as a function, run by LiteRT on the processor.

    Args:
        weights: of the styles, where it has several.
    """
    file = LitertFile(path, torch.get_num_threads(), weights)

    def stylize(image: Image) -> np.ndarray:
        stylized: np.ndarray = file(np.ascontiguousarray(image)[None])[0].astype(np.float32)
        return stylized

    return Opened(stylize, operation_counts(path))


def operation_counts(path: Path) -> dict[str, int]:
    """Number of operations of each kind in a `.tflite` file, the most frequent first."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(Path(path).read_bytes(), 0)
    names = {
        code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)
    }
    kinds = [
        names[max(code.builtinCode, code.deprecatedBuiltinCode)] for code in model.operatorCodes
    ]
    counts = Counter(
        kinds[operator.opcodeIndex] for graph in model.subgraphs for operator in graph.operators
    )
    return dict(counts.most_common())


@contextmanager
def silent() -> Iterator[None]:
    """Suppresses the line that the C++ runtime prints to stderr when it loads XNNPACK."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
