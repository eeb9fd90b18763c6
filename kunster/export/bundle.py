"""All files of one trained stage; each gets its name only after it was checked."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from kunster import __version__
from kunster.export.coreml import DEFAULT_SIZE, Sizes
from kunster.export.parity import Image
from kunster.export.targets import Job, Target, chosen
from kunster.files.replacing import check_absent, replacing
from kunster.networks.description import Description
from kunster.networks.model_file import plain_copy, save_model
from kunster.networks.stylizer import only
from kunster.pictures.images import as_bytes, as_image, middle, write_png

WEIGHTS, MANIFEST = "model.safetensors", "manifest.json"
INPUT_PICTURE, OUTPUT_PICTURE = "example_input.png", "example_output.png"
PLAIN = (WEIGHTS, INPUT_PICTURE, OUTPUT_PICTURE)  # written whatever the targets


def export_stage(
    network: nn.Module,
    description: Description,
    folder: Path,
    photos: Sequence[Image],
    sizes: Sizes = "enumerated",
    thorough: bool = False,
    targets: Iterable[str] = (),
    overwrite: bool = True,
) -> dict[str, Any]:
    """Writes model.safetensors, a file for each target, example pictures and manifest.json.

    Each file is compared with the network first; if one fails, the folder stays as it was. Files
    of the same weights, request and versions are not made again; unchanged files of these weights
    for other targets stay in the manifest. `network` is copied: it may be in training, on any
    device.

    Args:
        photos: uint8 (H, W, 3) RGB of any size, at least one, to compare on; the first
            becomes the example.
        sizes: what the Core ML packages take, see `export_coreml`.
        thorough: compare at every size of a file, and on worst cases at the quick sizes.
        targets: names in `kunster.export.targets`; without, those of a training run.
        overwrite: replace files that are there and were not exported from these weights.

    Returns:
        The manifest: description, request, versions, files (sha256, bytes; of exports also target,
        request, versions, operations, errors by size, allowed errors, and the largest activations
        of those in half precision).

    Raises:
        ParityError: an export does not compute what the network computes.
        UserError: the network is not the one described, a target is unknown or not installed, or
            the folder cannot be written to.
    """
    assert photos, "without photos nothing is proven"
    folder, wanted = Path(folder), chosen(targets)
    job = Job(plain_copy(network, description), description, photos, sizes, thorough)
    request: dict[str, Any] = {
        "weights": _weights_digest(job.network.state_dict()),
        "sizes": sizes,
        "thorough": thorough,
    }
    previous = _previous(folder, description, request["weights"])
    kept = _intact(folder, previous.get("files", {}))
    missing = {
        name: target
        for name, target in wanted.items()
        if not _is_current(kept.get(target.file), request, target)
    }
    if not missing and kept.keys() >= set(PLAIN) and kept == previous["files"]:
        return previous
    made = {*PLAIN, *(target.file for target in missing.values())} - kept.keys()
    made |= set() if previous else {MANIFEST}
    check_absent([folder / name for name in sorted(made)], overwrite)
    with ExitStack() as stack:

        def part(name: str) -> Path:
            return stack.enter_context(replacing(folder / name))

        manifest = part(MANIFEST)  # the first to be opened is the last to take its name
        written = dict(kept)
        if not kept.keys() >= set(PLAIN):
            written |= _plain_files(job, {name: part(name) for name in PLAIN})
        for name, target in missing.items():
            entry = exported(job, target, part(target.file))
            written[target.file] = {"target": name, "request": request, **entry}
        contents = {
            "description": description.to_metadata(),
            "request": request,
            "versions": _versions(written.values()),
            "files": written,
        }
        manifest.write_text(json.dumps(contents, indent=2) + "\n")
    return contents


def _plain_files(job: Job, parts: Mapping[str, Path]) -> dict[str, Any]:
    save_model(job.network, job.description, parts[WEIGHTS])
    _write_examples(job, parts[INPUT_PICTURE], parts[OUTPUT_PICTURE])
    return {name: fingerprint(path) for name, path in parts.items()}


@torch.inference_mode()
def _write_examples(job: Job, before: Path, after: Path) -> None:
    """A photo at the default size, and the network's own picture of it to compare an app with."""
    picture = middle(job.photos[0], *DEFAULT_SIZE)
    only(job.network, 0)  # of several styles
    write_png(picture, before)
    write_png(as_bytes(job.network(as_image(picture))[0]), after)


def exported(job: Job, target: Target, path: Path) -> dict[str, Any]:
    """Writes a file and compares it with the network; returns its entry in the manifest.

    Raises:
        ParityError: it does not compute what the network computes.
    """
    target.write(job, path)
    opened, differences = target.check(path, job)
    entry: dict[str, Any] = {
        **fingerprint(path),
        "versions": _versions_of(target),
        "operations": dict(opened.operations),
        "errors": [asdict(difference) for difference in differences],
        "allowed": target.allowed._asdict(),
    }
    if opened.ranges:
        entry["largest_activations"] = dict(opened.ranges)
    return entry


def fingerprint(path: Path) -> dict[str, Any]:
    """SHA-256 and number of bytes of a file or a folder."""
    return {"sha256": sha256(path), "bytes": sum(file.stat().st_size for file in _contents(path))}


def sha256(path: Path) -> str:
    """SHA-256 of a file, or of the names and bytes of all files in a folder, in order."""
    digest = hashlib.sha256()
    for file in _contents(path):
        if path.is_dir():
            digest.update(file.relative_to(path).as_posix().encode() + b"\0")
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _contents(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def _previous(folder: Path, description: Description, weights: str) -> dict[str, Any]:
    """The folder's manifest; empty if there is none, or it describes another network."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        same = manifest["request"]["weights"] == weights
        described = manifest["description"] == description.to_metadata()
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return manifest if same and described else {}


def _intact(folder: Path, files: Mapping[str, Any]) -> dict[str, Any]:
    """Entries of the files that are unchanged since they were written."""
    return {name: entry for name, entry in files.items() if _is_intact(folder / name, entry)}


def _is_intact(path: Path, entry: Any) -> bool:
    try:
        return bool(entry["sha256"] == sha256(path))
    except (OSError, KeyError, TypeError):
        return False


def _is_current(entry: Mapping[str, Any] | None, request: object, target: Target) -> bool:
    return (
        entry is not None
        and entry.get("request") == request
        and entry.get("versions") == _versions_of(target)
    )


def _weights_digest(tensors: dict[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(name.encode() + b"\0" + tensor.numpy().tobytes())
    return digest.hexdigest()


def _versions_of(target: Target) -> dict[str, str]:
    return {"kunster": __version__, **{package: version(package) for package in target.packages}}


def _versions(entries: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Versions of all packages that wrote the files."""
    versions = {"safetensors": version("safetensors")}
    for entry in entries:
        versions |= entry.get("versions", {})
    return versions
