"""Trained networks that ship, by the name of their style."""

from pathlib import Path

FOLDER = Path(__file__).parent / "trained"
SUFFIX = ".safetensors"


def trained_styles() -> dict[str, Path]:
    """The file of each shipped network, by its style's name."""
    return {file.stem: file for file in sorted(FOLDER.glob(f"*{SUFFIX}"))}
