"""Options that several verbs have, each defined once; and the forms of values."""

import math
from argparse import ArgumentTypeError
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from kunster.console.choices import nearest
from kunster.errors import UserError
from kunster.files.local_path import local_path

# what MODEL and MODELS stand for in every verb
MODEL = (
    "a style that ships: scream (id 14), scream:8 (another id, `kunster styles` lists them), "
    "scream:8:perceptual (before it was made steady on video); or a run folder, a .safetensors, "
    ".ckpt or .onnx file, another tool's .pth where its layers fit"
)

EngineName = Literal["openvino", "onnxruntime", "torch", "coreml"]
AUTO = "auto"  # the fastest engine, the best device
STEADY = 0.95  # how still strokes hold in a video, chosen by looking; docs/steady.md
QUALITY = 18  # of H.264
JUDGE = "vgg19"  # the one that ships


def path(text: str) -> Path:
    """A path of this machine, see `local_path`."""
    try:
        return local_path(text)
    except UserError as error:
        raise ArgumentTypeError(str(error)) from error


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """Whole numbers from `least` to `most`; None: from `least` up."""
    limit = f", {least} or more" if most is None else f" from {least} to {most}"

    def parse(text: str) -> int:
        if not text.isdecimal() or int(text) < least or (most is not None and int(text) > most):
            raise ArgumentTypeError(f"{text}: must be a whole number{limit}")
        return int(text)

    return parse


def number(
    least: float | None = None, above: float | None = None, most: float | None = None
) -> Callable[[str], float]:
    """Finite numbers, from `least` up or more than `above`, and `most` or less."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        fits = (least is None or value >= least) and (above is None or value > above)
        fits = fits and (most is None or value <= most)
        if not (math.isfinite(value) and fits):
            if least is not None and most is not None:
                raise ArgumentTypeError(f"{text}: must be a number from {least:g} to {most:g}")
            limit = "" if least is None else f", {least:g} or more"
            limit += "" if above is None else f", more than {above:g}"
            raise ArgumentTypeError(f"{text}: must be a number{limit}")
        return value

    return parse


def one_of(*names: str) -> Callable[[str], str]:
    """One of these names."""

    def parse(text: str) -> str:
        if text not in names:
            near = nearest(text, names)
            meant = f"; did you mean {near}?" if near else ""
            allowed = f"{', '.join(names[:-1])} or {names[-1]}"
            raise ArgumentTypeError(f"{text}: must be {allowed}{meant}")
        return text

    return parse


SHARED: Mapping[str, Mapping[str, Any]] = {
    "--model": {"metavar": "MODEL", "help": MODEL},
    "--style": {
        "metavar": "STYLE",
        "help": "of a model of several styles: one by its name, or a mixture, scream:0.7,udnie:0.3",
    },
    "--out": {"type": path, "metavar": "DIR", "help": "the folder to write"},
    "--overwrite": {"action": "store_true", "help": "replace what is there already"},
    "--runtime-url": {
        "metavar": "URL",
        "help": "a hosted dist folder of onnxruntime-web, used instead of a copy from npm",
    },
    "--json": {"action": "store_true", "help": "print JSON, for programs"},
    "--list": {"action": "store_true", "help": "show what there is, and do nothing else"},
    "--photos": {"type": path, "metavar": "DIR", "help": "a folder of photos"},
    "--limit": {"type": whole(1), "metavar": "N", "help": "the most photos to use"},
    "--video": {"type": path, "metavar": "FILE", "help": "a video"},
    "--steady": {
        "type": number(0, most=1),
        "default": STEADY,
        "metavar": "AMOUNT",
        "help": "how still strokes hold in a video: 0 paints each frame by itself, 1 holds them "
        "as long as possible",
    },
    "--painting": {
        "metavar": "FILE",
        "help": "a picture of the painting, or the name of one that ships",
    },
    "--judge": {
        "metavar": "FILE",
        "default": JUDGE,
        "help": "the network under which style and content are measured: vgg19, which ships, or "
        "a file of VGG-16 or VGG-19",
    },
    "--engine": {
        "type": one_of(AUTO, *get_args(EngineName)),
        "metavar": "NAME",
        "default": AUTO,
        "help": "what computes: openvino, onnxruntime, torch or coreml (on macOS); auto: torch on "
        "a CUDA card, else openvino, else onnxruntime",
    },
    "--accelerator": {
        "type": one_of(AUTO, "cpu", "cuda", "mps"),
        "metavar": "NAME",
        "default": AUTO,
        "help": "where to compute: auto, cpu, cuda or mps",
    },
}
