"""Extras of the installation: what each brings, and the command that adds one."""

import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from kunster.errors import UserError

BASE = ""  # what `pip install kunster` brings: what paints
# modules that kunster imports, by the extra of pyproject.toml that brings them
MODULES: Mapping[str, tuple[str, ...]] = {
    BASE: (
        *("annotated_types", "av", "cv2", "filelock", "numpy", "onnx", "onnxruntime", "PIL"),
        *("rich", "safetensors", "shtab", "yaml"),
    ),
    "fast": ("openvino",),
    "export": ("torch", "coremltools", "jinja2", "scipy", "skimage"),
    "train": (
        *("lightning", "hydra", "omegaconf", "torchvision", "matplotlib", "pydantic", "requests"),
        *("urllib3", "wandb"),
    ),
    "android": ("ai_edge_litert", "ai_edge_quantizer", "flatbuffers"),
    "executorch": ("executorch",),
    "heic": ("pillow_heif",),
    "keras": ("h5py",),
    "live": ("pyvirtualcam",),
    "dashboard": ("wandb_workspaces",),
    "dev": ("playwright",),
}
INCLUDED = {"train": "export"}  # the extra that another brings whole


def pip_install(extra: str = BASE) -> str:
    """The command; pip takes the extra of the kunster that is there, and asks no index for it."""
    wanted = f"{_installed_from()}[{extra}]" if extra else _installed_from()
    return f"{sys.executable} -m pip install '{wanted}'"


def check_extra(extra: str, what: str) -> None:
    """Raises a UserError with the line that installs the extra, where a module of it is missing.

    Args:
        what: needs it, in words.
    """
    included = MODULES[INCLUDED[extra]] if extra in INCLUDED else ()
    missing = [name for name in (*included, *MODULES[extra]) if not find_spec(name)]
    if missing:
        raise _needs(what, missing, extra)


def check_module(name: str, what: str) -> None:
    """The same for one module, by the extra that brings it."""
    if not find_spec(name):
        raise _needs(what, [name], _extra_of(name) or BASE)


def not_found(error: ModuleNotFoundError) -> UserError | None:
    """The same for a module that an import did not find; None for one that no extra brings."""
    name = (error.name or "").split(".")[0]
    extra = _extra_of(name)
    return None if extra is None or find_spec(name) else _needs("this", [name], extra)


def _needs(what: str, missing: Sequence[str], extra: str) -> UserError:
    others = " and others" if len(missing) > 1 else ""
    return UserError(f"{what} needs {missing[0]}{others}: {pip_install(extra)}")


def _extra_of(name: str) -> str | None:
    return next((extra for extra, names in MODULES.items() if name in names), None)


def _installed_from() -> str:
    """The name to give pip: kunster where it is installed, else the folder of the clone."""
    from importlib.metadata import PackageNotFoundError, distribution  # 30 ms, not for --help

    try:
        distribution("kunster")
    except PackageNotFoundError:
        return str(Path(__file__).parents[2])
    return "kunster"
