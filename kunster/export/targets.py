"""The kinds of files that a network can be exported to.

A kind more is an entry more in `TARGETS`: a function that writes the file, and one that opens it
again as a function of a picture, whose results are compared with the network's. All else (names,
checks, manifest, tables, the command line) follows from the entry.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

from torch import nn

from kunster.errors import UserError
from kunster.export.coreml import DEFAULT_SIZE, Sizes, export_coreml
from kunster.export.coreml_compressed import COMPRESSIONS, export_compressed
from kunster.export.coreml_predict import predictor
from kunster.export.executorch_file import export_executorch, open_executorch
from kunster.export.first_difference import first_difference
from kunster.export.litert import export_litert
from kunster.export.litert_file import open_litert
from kunster.export.litert_int8 import (
    Recipe,
    calibrated_products,
    export_int8,
    integer_products,
)
from kunster.export.mil_reference import open_package
from kunster.export.onnx_file import export_onnx, open_onnx
from kunster.export.parity import (
    Allowed,
    Difference,
    Image,
    Opened,
    ParityError,
    Size,
    Stylize,
    check,
    photo_cases,
    worst_cases,
)
from kunster.networks.description import Description
from kunster.networks.stylizer import Stylizer

QUICK_SIZES = (DEFAULT_SIZE, (320, 240), (256, 256))  # (height, width); upright, too
ODD_SIZE = (132, 100)  # odd multiples of 4


@dataclass(frozen=True)
class Job:
    """What is to be exported, and how.

    Attributes:
        network: in eval mode, float32, on the CPU.
        photos: uint8 (H, W, 3) RGB of any size, to compare on and to calibrate with.
        sizes: what files with flexible sizes take, see `export_coreml`.
        thorough: compare every photo at every size of the file, and worst cases at the quick sizes.
    """

    network: Stylizer
    description: Description
    photos: Sequence[Image]
    sizes: Sizes = "enumerated"
    thorough: bool = False


@dataclass(frozen=True)
class Target:
    """A kind of file.

    Attributes:
        file: its name in a stage's folder.
        title: what it is called in messages.
        write: writes the network of a job to a path.
        open: the written file as a function.
        allowed: errors against the network.
        packages: distributions whose versions decide what is written.
        modules: what has to be importable; `extra` installs it where kunster alone does not.
        checked_sizes: to compare at; those that the file does not list are left out.
        explain: which layer of a file is the first to differ from the network on a picture.
        native: the written file run by the engine of the phones, where this machine has it.
        default: made of each checkpoint of a training run, wherever it is installed.
    """

    file: str
    title: str
    write: Callable[[Job, Path], None]
    open: Callable[[Path], Opened]
    allowed: Allowed
    packages: tuple[str, ...]
    modules: tuple[str, ...] = ()
    extra: str | None = None
    checked_sizes: tuple[Size, ...] = (*QUICK_SIZES, ODD_SIZE)
    explain: Callable[[Path, nn.Module, Image], str] | None = None
    native: Callable[[Path], Stylize | None] | None = None
    default: bool = False

    @property
    def installed(self) -> bool:
        return all(find_spec(module) for module in self.modules)

    def check(self, path: Path, job: Job) -> tuple[Opened, list[Difference]]:
        """Compares a written file with the job's network.

        Raises:
            ParityError: names the file, the size, the error and, if it can be told, the layer.
        """
        opened = self.open(path)
        sizes = self._sizes(opened, job)
        small = [size for size in sizes if job.thorough and size in self.checked_sizes]
        cases = chain(photo_cases(job.photos, sizes, job.thorough), worst_cases(small))
        explain = self._explainer(path, job)
        try:
            found = check(opened, job.network, cases, self.allowed, explain)
            return opened, found + self._check_native(path, job, sizes)
        except ParityError as error:
            raise ParityError(f"{self.title} {error}") from error

    def _check_native(self, path: Path, job: Job, sizes: Sequence[Size]) -> list[Difference]:
        stylize = self.native(path) if self.native else None
        if stylize is None:
            return []
        cases = (
            (f"{case}, native engine", image) for case, image in photo_cases(job.photos, sizes)
        )
        return check(Opened(stylize, {}), job.network, cases, self.allowed)

    def _sizes(self, opened: Opened, job: Job) -> list[Size]:
        if not opened.sizes:
            return list(self.checked_sizes)
        if job.thorough:
            return list(opened.sizes)
        return [size for size in self.checked_sizes if size in opened.sizes] or [opened.sizes[0]]

    def _explainer(self, path: Path, job: Job) -> Callable[[Image], str]:
        explain = self.explain
        if explain is None:
            return lambda image: ""
        return lambda image: f"; {explain(path, job.network, image)}"


def _compressed_coreml(name: str, title: str, allowed: Allowed) -> Target:
    def write(job: Job, path: Path) -> None:
        compression = COMPRESSIONS[name]
        export_compressed(job.network, job.description, path, compression, job.photos, job.sizes)

    return Target(
        file=f"model-{name}.mlpackage",
        title=f"Core ML with {title}",
        write=write,
        open=open_package,
        allowed=allowed,
        packages=("torch", "coremltools"),
        checked_sizes=QUICK_SIZES,
        explain=first_difference,
        native=predictor,
    )


def _litert_int8(file: str, title: str, recipe: Callable[[], Recipe], allowed: Allowed) -> Target:
    return Target(
        file=file,
        title=f"LiteRT with {title}",
        write=lambda job, path: export_int8(job.network, job.description, path, recipe, job.photos),
        open=open_litert,
        allowed=allowed,
        packages=("torch", "ai-edge-litert", "ai-edge-quantizer"),
        modules=("ai_edge_litert", "ai_edge_quantizer"),
        extra="android",
        checked_sizes=QUICK_SIZES,
    )


TARGETS: dict[str, Target] = {
    "onnx": Target(
        file="model.onnx",
        title="ONNX",
        write=lambda job, path: export_onnx(job.network, job.description, path),
        open=open_onnx,
        # single precision on both sides, but sums in another order: 1e-4 of [0, 1]
        allowed=Allowed(1e-4 * 255, 1e-4 * 255),
        packages=("torch", "onnx", "onnxruntime"),
        checked_sizes=(DEFAULT_SIZE, (256, 256), ODD_SIZE),
        default=True,
    ),
    "coreml": Target(
        file="model.mlpackage",
        title="Core ML",
        write=lambda job, path: export_coreml(job.network, job.description, path, job.sizes),
        open=open_package,
        # eleven significant bits through a dozen convolutions; below what an eye tells apart, and
        # twice what was measured for the 15 networks of Table II in both stages
        allowed=Allowed(4.0, 0.5),
        packages=("torch", "coremltools"),
        checked_sizes=QUICK_SIZES,
        explain=first_difference,
        native=predictor,
        default=True,
    ),
    "litert": Target(
        file="model.tflite",
        title="LiteRT",
        write=lambda job, path: export_litert(job.network, job.description, path),
        open=open_litert,
        # whole numbers, so half a step; the kernels in half precision add about as little
        allowed=Allowed(4.0, 0.5),
        packages=("torch", "ai-edge-litert"),
        modules=("ai_edge_litert",),
        extra="android",
        default=True,
    ),
    "litert-int8": _litert_int8(
        "model-int8.tflite", "8-bit products", integer_products, Allowed(64.0, 4.0)
    ),
    "litert-int8-calibrated": _litert_int8(
        "model-int8-calibrated.tflite",
        "8-bit products, calibrated",
        calibrated_products,
        Allowed(128.0, 16.0),
    ),
    "executorch": Target(
        file="model.pte",
        title="ExecuTorch",
        write=lambda job, path: export_executorch(job.network, job.description, path),
        open=open_executorch,
        # single precision; sums in another order, and a mean over all pixels at once
        allowed=Allowed(1.0, 0.1),
        packages=("torch", "executorch"),
        modules=("executorch",),
        extra="executorch",
        checked_sizes=(DEFAULT_SIZE,),
    ),
    "coreml-int8": _compressed_coreml("int8", "8-bit weights", Allowed(64.0, 4.0)),
    "coreml-palette": _compressed_coreml("palette", "weights of a palette", Allowed(64.0, 4.0)),
    "coreml-int8-activations": _compressed_coreml(
        "int8-activations", "8 bits throughout", Allowed(128.0, 16.0)
    ),
}


def chosen(names: Iterable[str] = ()) -> dict[str, Target]:
    """The targets of these names; without names those made of every checkpoint.

    Raises:
        UserError: an unknown name, or one whose packages are not installed.
    """
    defaults = (name for name, target in TARGETS.items() if target.default and target.installed)
    names = tuple(dict.fromkeys(names)) or tuple(defaults)
    for name in names:
        if name not in TARGETS:
            raise UserError(f"{name}: no target; there are {', '.join(TARGETS)}")
        if not TARGETS[name].installed:
            raise UserError(f'{name}: not installed: pip install "kunster[{TARGETS[name].extra}]"')
    return {name: TARGETS[name] for name in names}
