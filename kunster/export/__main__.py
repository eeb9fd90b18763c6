"""`python -m kunster.export <checkpoint>`: the files for an app from a trained network."""

import argparse
import sys
from pathlib import Path
from typing import Any, get_args

import numpy as np

from kunster.command import Arguments, verb
from kunster.export.bundle import export_stage
from kunster.export.coreml import Sizes
from kunster.export.parity import ParityError
from kunster.networks.model_file import load_model


@verb()
def main(arguments: Arguments = None) -> None:
    """Writes the files, prints a table; an export that differs from its network ends with 1."""
    options = _parser().parse_args(arguments)
    network, description = load_model(options.checkpoint)
    folder = options.out or options.checkpoint.parent
    try:
        manifest = export_stage(
            network, description, folder, _photos(), options.sizes, options.thorough
        )
    except ParityError as error:
        raise SystemExit(f"{options.checkpoint}: {error}; nothing was written") from error
    print(_table(manifest))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kunster.export",
        description="Converts a trained network to ONNX and Core ML and checks both against it.",
    )
    parser.add_argument("checkpoint", type=Path, help="a .ckpt or .safetensors file")
    parser.add_argument("--out", type=Path, help="folder to write to (default: the checkpoint's)")
    parser.add_argument(
        "--sizes",
        choices=get_args(Sizes),
        default="enumerated",
        help="image sizes that the Core ML package takes (default: enumerated, the common ones)",
    )
    parser.add_argument(
        "--thorough",
        action="store_true",
        help="compare at every size, and on black, white, saturated and noisy pictures as well",
    )
    return parser


def _photos() -> list[np.ndarray]:
    """Two real photographs that come with scikit-image, uint8 (H, W, 3) RGB."""
    from skimage import data

    return [data.astronaut(), data.chelsea()]


def _table(manifest: dict[str, Any]) -> str:
    rows = [f"{'file':<18}{'bytes':>9}{'operations':>12}{'max error':>11}{'mean error':>12}"]
    for name, file in manifest["files"].items():
        row = f"{name:<18}{file['bytes']:>9}"
        if "errors" in file:
            largest = max(error["maximum"] for error in file["errors"])
            mean = max(error["mean"] for error in file["errors"])
            row += f"{sum(file['operations'].values()):>12}{largest:>11.4f}{mean:>12.4f}"
        rows.append(row)
    return "\n".join(
        [*rows, "errors against the network in steps of 1/255, the worst of all cases"]
    )


if __name__ == "__main__":
    sys.exit(main())
