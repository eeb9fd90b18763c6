"""All files of one trained stage in a folder, none under its name before it is proven right."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from kunster import __version__
from kunster.export.coreml import Sizes, export_coreml
from kunster.export.onnx_file import export_onnx
from kunster.export.parity import (
    COREML_MAXIMUM,
    COREML_MEAN,
    ONNX_MAXIMUM,
    ONNX_SIZES,
    QUICK_SIZES,
    Difference,
    Image,
    check_coreml,
    check_onnx,
)
from kunster.networks.description import Description
from kunster.networks.model_file import plain_copy, save_model
from kunster.replacing import replacing

WEIGHTS, ONNX, COREML, MANIFEST = (
    "model.safetensors",
    "model.onnx",
    "model.mlpackage",
    "manifest.json",
)
PACKAGES = ("torch", "coremltools", "onnx", "onnxruntime", "safetensors")


def export_stage(
    network: nn.Module,
    description: Description,
    folder: Path,
    photos: Sequence[Image],
    sizes: Sizes = "enumerated",
    thorough: bool = False,
) -> dict[str, Any]:
    """Writes model.safetensors, model.onnx, model.mlpackage and manifest.json into `folder`.

    Both exports are compared with the network first; if one fails, the folder stays as it was. If
    the folder already holds these very weights, exported and checked in the same way by the same
    versions, nothing is written. `network` is copied: it may be in training, on any device.

    Args:
        photos: uint8 (H, W, 3) RGB of any size, at least one, to compare on.
        sizes: what the Core ML package takes, see `export_coreml`.
        thorough: compare at every size of the package, and on worst cases at the quick sizes.

    Returns:
        The manifest: description, request, files (sha256, bytes, operations, errors), versions.

    Raises:
        ParityError: an export does not compute what the network computes.
        UserError: the network is not the one described, or the folder cannot be written to.
    """
    assert photos, "without photos nothing is proven"
    folder = Path(folder)
    network = plain_copy(network, description)
    request = {
        "weights": _weights_digest(network.state_dict()),
        "sizes": sizes,
        "thorough": thorough,
    }
    current = {
        "description": description.to_metadata(),
        "request": request,
        "versions": _versions(),
    }
    previous = _intact_manifest(folder)
    if previous is not None and {key: previous.get(key) for key in current} == current:
        return previous
    with ExitStack() as stack:
        weights, onnx, coreml, manifest = (
            stack.enter_context(replacing(folder / name))
            for name in (WEIGHTS, ONNX, COREML, MANIFEST)
        )
        save_model(network, description, weights)
        export_onnx(network, description, onnx)
        export_coreml(network, description, coreml, sizes)
        files = {
            WEIGHTS: _entry(weights),
            ONNX: _checked_onnx(onnx, network, photos, thorough),
            COREML: _checked_coreml(coreml, network, photos, sizes, thorough),
        }
        contents = {**current, "files": files}
        manifest.write_text(json.dumps(contents, indent=2) + "\n")
    return contents


def _checked_onnx(
    path: Path, network: nn.Module, photos: Sequence[Image], thorough: bool
) -> dict[str, Any]:
    import onnx

    differences = check_onnx(path, network, photos, ONNX_SIZES, thorough)
    operations = Counter(node.op_type for node in onnx.load(path).graph.node)
    return _entry(path, operations, differences, {"maximum": ONNX_MAXIMUM, "mean": ONNX_MAXIMUM})


def _checked_coreml(
    path: Path, network: nn.Module, photos: Sequence[Image], sizes: Sizes, thorough: bool
) -> dict[str, Any]:
    from kunster.export.mil_package import read_package

    package = read_package(path)
    chosen = QUICK_SIZES if sizes == "enumerated" and not thorough else None
    differences = check_coreml(path, network, photos, chosen)
    if thorough:
        small = [size for size in QUICK_SIZES if size in package.sizes]
        differences += check_coreml(path, network, (), small, worst_cases=True)
    allowed = {"maximum": COREML_MAXIMUM, "mean": COREML_MEAN}
    return _entry(path, package.operation_counts(), differences, allowed)


def _entry(
    path: Path,
    operations: dict[str, int] | None = None,
    differences: Iterable[Difference] = (),
    allowed: dict[str, float] | None = None,
) -> dict[str, Any]:
    entry: dict[str, Any] = {"sha256": sha256(path), "bytes": sum(map(_size, _contents(path)))}
    if operations is not None:
        entry["operations"] = dict(operations)
        entry["errors"] = [difference.to_dict() for difference in differences]
        entry["allowed"] = allowed
    return entry


def sha256(path: Path) -> str:
    """Of a file's bytes; of a folder's, the names and bytes of all its files, in order."""
    digest = hashlib.sha256()
    for file in _contents(path):
        if path.is_dir():
            digest.update(file.relative_to(path).as_posix().encode() + b"\0")
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _contents(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def _size(file: Path) -> int:
    return file.stat().st_size


def _intact_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of the folder, unless it or one of its files is missing or was changed."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        files = manifest["files"]
        intact = all(
            files[name]["sha256"] == sha256(folder / name) for name in (WEIGHTS, ONNX, COREML)
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return manifest if intact else None


def _weights_digest(tensors: dict[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(name.encode() + b"\0" + tensor.numpy().tobytes())
    return digest.hexdigest()


def _versions() -> dict[str, str]:
    return {"kunster": __version__, **{package: version(package) for package in PACKAGES}}
