"""`python -m kunster.export <checkpoint, run or sweep> [targets…]`: exports networks for apps."""

import argparse
import sys
from pathlib import Path
from typing import Any, get_args

import numpy as np

from kunster.console.command import Arguments, verb
from kunster.export.bundle import export_stage
from kunster.export.coreml import Sizes
from kunster.export.parity import ParityError
from kunster.export.size_table import StyleDistance, size_rows, write_size_table
from kunster.export.sources import find_sources
from kunster.export.targets import TARGETS, chosen
from kunster.measures.judge import SHIPPED
from kunster.measures.photos import evaluation_photos
from kunster.networks.model_file import load_model

PHOTO_SIDE = 320  # pixels; short side that photos are decoded at


@verb()
def main(arguments: Arguments = None) -> None:
    """Writes the files and prints a table for each network.

    Ends with exit code 1 and their names if exports differ from their network.
    """
    options = _parser().parse_args(arguments)
    targets = chosen(options.targets)
    sources = find_sources(options.model, options.out)
    photos = _photos(options.photos, options.limit)
    distance = StyleDistance(options.judge, options.painting, photos) if options.table else None
    failures, rows = [], []
    for source in sources:
        network, description = load_model(source.model)
        try:
            manifest = export_stage(
                *(network, description, source.folder, photos),
                *(options.sizes, options.thorough, targets),
            )
        except ParityError as error:
            failures.append(f"{source.model}: {error}; nothing was written")
            continue
        print(f"{source.folder}\n{_table(manifest, source.folder)}\n", flush=True)
        if distance:
            rows += size_rows(network, description, source.folder, manifest, distance)
            write_size_table(rows, distance.notes(), options.table)  # so far
    if failures:
        raise SystemExit("\n".join(failures))
    print("errors against the network in steps of 1/255: the largest, and the largest mean")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kunster.export",
        description="Converts trained networks to files for apps, each checked against them.",
    )
    parser.add_argument(
        "model",
        type=Path,
        help="a .ckpt or .safetensors file, a run folder (both stages), a folder of runs, or a "
        "style that ships (scream:8)",
    )
    defaults = ", ".join(chosen())
    parser.add_argument(
        "targets",
        nargs="*",
        metavar="target",
        help=f"any of {', '.join(TARGETS)} (default: {defaults})",
    )
    parser.add_argument("--out", type=Path, help="folder to write to (default: beside each model)")
    parser.add_argument(
        "--sizes",
        choices=get_args(Sizes),
        default="enumerated",
        help="image sizes that a Core ML package takes (default: enumerated, the common ones)",
    )
    parser.add_argument(
        "--thorough",
        action="store_true",
        help="compare at every size, and on black, white, saturated and noisy pictures",
    )
    parser.add_argument(
        "--photos", type=Path, help="folder of photos to compare on (default: two of scikit-image)"
    )
    parser.add_argument(
        "--limit", type=_from_one_up, default=2, help="the most photos to use (default: 2)"
    )
    table = parser.add_argument_group("a table of sizes, errors and style distances")
    table.add_argument("--table", type=Path, help="folder to write sizes.csv and sizes.md to")
    table.add_argument("--judge", default=SHIPPED, help="vgg19 (default), or a file of VGG weights")
    table.add_argument("--painting", type=Path, help="its picture (default: what ships)")
    return parser


def _from_one_up(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text}: must be a whole number from 1 up")
    return int(text)


def _photos(folder: Path | None, limit: int) -> list[np.ndarray]:
    """uint8 (H, W, 3) RGB; without a folder two photographs that come with scikit-image."""
    if folder is None:
        from skimage import data

        photos = data.astronaut(), data.chelsea()  # type: ignore[no-untyped-call]
        return list(photos[:limit])
    return list(evaluation_photos(folder, limit, PHOTO_SIDE))


def _table(manifest: dict[str, Any], folder: Path) -> str:
    rows = [f"  {'file':<24}{'bytes':>9}{'operations':>12}{'max error':>11}{'mean error':>12}"]
    for name, file in manifest["files"].items():
        row = f"  {name:<24}{file['bytes']:>9}"
        if "errors" in file:
            largest = max(error["maximum"] for error in file["errors"])
            mean = max(error["mean"] for error in file["errors"])
            row += f"{sum(file['operations'].values()):>12}{largest:>11.4f}{mean:>12.4f}"
            row += f"  {_shown(file['errors'])}"
        rows.append(row)
    for name, target in TARGETS.items():
        if target.file not in manifest["files"] and (folder / target.file).exists():
            rows.append(
                f"  {target.file:<24}belongs to another network or was changed: export {name} again"
            )
    return "\n".join(rows)


def _shown(errors: list[dict[str, Any]]) -> str:
    """The pictures and sizes that a file was compared on."""
    cases = dict.fromkeys(error["case"] for error in errors)
    photos = sum(case.startswith("photo") for case in cases)
    others = [case for case in cases if not case.startswith("photo")]
    sizes = {(error["height"], error["width"]) for error in errors}
    kinds = ", ".join([f"{photos} photos", *others])
    return f"{len(errors)} pictures ({kinds}) at {len(sizes)} sizes"


if __name__ == "__main__":
    sys.exit(main())
