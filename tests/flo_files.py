"""Middlebury's .flo files, which Sintel's flow comes in, by hand."""

import struct
from pathlib import Path

import numpy as np


def flo_bytes(flow: np.ndarray, magic: float = 202021.25) -> bytes:
    """Flow (H, W, 2), pixels: magic, width, height, then u and v row by row."""
    height, width, _ = flow.shape
    return struct.pack("<fii", magic, width, height) + flow.astype("<f4").tobytes()


def write_flo(path: Path, flow: np.ndarray) -> None:
    path.write_bytes(flo_bytes(flow))
