"""The registry of export targets.

A new target is a new entry in `TARGETS`: a function that writes the file, and one that opens it as
a function of a picture, whose results are compared with the network's. Names, checks, manifest,
tables and the command line follow from the entry.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

import torch

from kunster.console.choices import among
from kunster.console.extras import pip_install
from kunster.errors import UserError
from kunster.export.coreml import DEFAULT_SIZE, Sizes, Weights, export_coreml, predictor
from kunster.export.executorch_file import export_executorch, open_executorch
from kunster.export.litert import Precision, export_litert
from kunster.export.litert_file import open_litert
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
    """A network to export and the options of its export.

    Attributes:
        network: in eval mode, float32, on the CPU.
        photos: uint8 (H, W, 3) RGB of any size, to compare on.
        sizes: image sizes of the Core ML packages, see `export_coreml`.
        thorough: compare every photo at every size of the file, and worst cases at the quick sizes.
        credits: metadata of the files beside the description.
    """

    network: Stylizer
    description: Description
    photos: Sequence[Image]
    sizes: Sizes = "enumerated"
    thorough: bool = False
    credits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """A kind of exported file.

    Attributes:
        file: name in a stage's folder.
        title: name in messages.
        write: writes the network of a job to a path.
        open: the written file as a function; with weights where it has several styles.
        allowed: errors against the network.
        packages: distributions whose versions decide what is written.
        modules: modules that have to be importable; the extra `extra` installs them.
        checked_sizes: sizes to compare at; those that the file does not list are left out.
        native: opens the file with the phones' own engine; None where this machine has none.
        default: exported from each checkpoint of a training run, if installed.
    """

    file: str
    title: str
    write: Callable[[Job, Path], None]
    open: Callable[..., Opened]
    allowed: Allowed
    packages: tuple[str, ...]
    modules: tuple[str, ...] = ()
    extra: str | None = None
    checked_sizes: tuple[Size, ...] = (*QUICK_SIZES, ODD_SIZE)
    native: Callable[[Path], Stylize | None] | None = None
    default: bool = False

    @property
    def installed(self) -> bool:
        return all(find_spec(module) for module in self.modules)

    def check(self, path: Path, job: Job) -> tuple[Opened, list[Difference]]:
        """Compares a written file with the job's network.

        Raises:
            ParityError: names the file, the size and the error.
        """
        if job.description.styles:
            return self._check_mixtures(path, job, len(job.description.styles))
        opened = self.open(path)
        sizes = self._sizes(opened, job)
        small = [size for size in sizes if job.thorough and size in self.checked_sizes]
        cases = chain(photo_cases(job.photos, sizes, job.thorough), worst_cases(small))
        try:
            found = check(opened, job.network, cases, self.allowed)
            return opened, found + self._check_native(path, job, sizes)
        except ParityError as error:
            raise ParityError(f"{self.title} {error}") from error

    def _check_mixtures(self, path: Path, job: Job, styles: int) -> tuple[Opened, list[Difference]]:
        """The first and the last style alone, and all in unequal parts; none is normalised."""
        found: list[Difference] = []
        for name, weights in {
            "first style": [2.0] + [0.0] * (styles - 1),
            "last style": [0.0] * (styles - 1) + [1.0],
            "mixture": [1.0 + number for number in range(styles)],
        }.items():
            opened = self.open(path, weights)
            job.network.mix(torch.tensor([weights]) / sum(weights))
            cases = photo_cases(job.photos, self._sizes(opened, job))
            try:
                found += check(
                    opened,
                    job.network,
                    ((f"{case}, {name}", image) for case, image in cases),
                    self.allowed,
                )
            except ParityError as error:
                raise ParityError(f"{self.title} {error}") from error
        return opened, found

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


# eleven significant bits through a dozen convolutions; invisible, and twice what was measured for
# the 15 networks of Table II in both stages
HALF_PRECISION = Allowed(4.0, 0.5)
FEWER_BITS = Allowed(64.0, 4.0)


def _coreml(
    file: str, title: str, weights: Weights, allowed: Allowed, default: bool = False
) -> Target:
    return Target(
        file=file,
        title=title,
        write=lambda job, path: export_coreml(
            *(job.network, job.description, path, job.sizes), weights=weights, credits=job.credits
        ),
        open=open_package,
        allowed=allowed,
        packages=("torch", "coremltools"),
        checked_sizes=QUICK_SIZES,
        native=predictor,
        default=default,
    )


def _litert(
    file: str,
    title: str,
    precision: Precision,
    allowed: Allowed,
    modules: tuple[str, ...],
    default: bool = False,
) -> Target:
    return Target(
        file=file,
        title=title,
        write=lambda job, path: export_litert(
            job.network, job.description, path, precision, credits=job.credits
        ),
        open=open_litert,
        allowed=allowed,
        packages=("torch", *(module.replace("_", "-") for module in modules)),
        modules=modules,
        extra="android",
        checked_sizes=QUICK_SIZES if precision == "int8" else (*QUICK_SIZES, ODD_SIZE),
        default=default,
    )


TARGETS: dict[str, Target] = {
    "onnx": Target(
        file="model.onnx",
        title="ONNX",
        write=lambda job, path: export_onnx(job.network, job.description, path, job.credits),
        open=open_onnx,
        # single precision on both sides, but sums in another order: 1e-4 of [0, 1]
        allowed=Allowed(1e-4 * 255, 1e-4 * 255),
        packages=("torch", "onnx", "onnxruntime"),
        checked_sizes=(DEFAULT_SIZE, (256, 256), ODD_SIZE),
        default=True,
    ),
    "coreml": _coreml("model.mlpackage", "Core ML", "fp16", HALF_PRECISION, default=True),
    # whole numbers, so half a step; the kernels in half precision add about as little
    "litert": _litert(
        "model.tflite", "LiteRT", "fp16", HALF_PRECISION, ("ai_edge_litert",), default=True
    ),
    "litert-int8": _litert(
        "model-int8.tflite",
        "LiteRT with 8-bit products",
        "int8",
        FEWER_BITS,
        ("ai_edge_litert", "ai_edge_quantizer"),
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
    "coreml-int8": _coreml(
        "model-int8.mlpackage", "Core ML with 8-bit weights", "int8", FEWER_BITS
    ),
    "coreml-palette": _coreml(
        "model-palette.mlpackage", "Core ML with palettes of weights", "palette", FEWER_BITS
    ),
}


def chosen(names: Iterable[str] = ()) -> dict[str, Target]:
    """The targets of these names; without names the default ones that are installed.

    Raises:
        UserError: an unknown name, or one whose packages are not installed.
    """
    defaults = (name for name, target in TARGETS.items() if target.default and target.installed)
    names = tuple(dict.fromkeys(names)) or tuple(defaults)
    for name in names:
        if name not in TARGETS:
            raise UserError(f"{name}: no such target; {among(name, TARGETS)}")
        if not TARGETS[name].installed:
            raise UserError(f"{name}: not installed: {pip_install(str(TARGETS[name].extra))}")
    return {name: TARGETS[name] for name in names}
