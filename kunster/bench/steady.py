"""Cost of `kunster stylize --steady`: a frame alone, and playback with and without it by turns."""

import time
from argparse import Namespace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np

from kunster.bench.clip import own_clip
from kunster.bench.playback import check_video, engine_of, frames_in_memory, played
from kunster.bench.video import SIZES, contenders
from kunster.console.options import STEADY
from kunster.machine.hardware import device_name
from kunster.video.choose_engine import check_engine
from kunster.video.engines import Engine
from kunster.video.flow import Seen, follow
from kunster.video.steady import Steady

SIZE = "480x320"
FRAMES = 120  # of the video, played once a turn: id 1 takes a quarter of a minute for them


def measure(options: Namespace) -> dict[str, Any]:
    check_engine(options.engine)
    found = contenders(options.models)
    video = options.video or own_clip()
    check_video(video)
    rows = []
    for each in found:
        engine = engine_of(each.network, SIZES[SIZE], options.engine)
        cost = milliseconds(engine, video)
        free, held = speeds(engine, video, options.rounds)
        rows.append({"name": each.name, "ms": cost, "fps": free, "fps_steady": held})
        print(
            f"{each.name} at {SIZE} on {engine.name}: {cost:.1f} ms a frame of one core; "
            f"{free:.1f} FPS, {held:.1f} FPS steady, {held / free:.2f} x"
        )
    return {"rows": rows, "video": video.name, "device": device_name("cpu")}


def milliseconds(engine: Engine, video: Path) -> float:
    """Median processor time that a frame takes beside the network, on one core."""
    frames = frames_in_memory(video, engine.size)
    pictures = [engine(frame) for frame in frames]
    threads, steady, found = cv2.getNumThreads(), Steady(STEADY), []
    cv2.setNumThreads(1)
    try:
        seen = [Seen.of(frame) for frame in frames]
        for (before, _), (after, picture) in pairwise(zip(seen, pictures, strict=True)):
            began = time.thread_time()
            Seen.of(picture)  # of one size with the frame
            steady(picture, follow(before, after))
            found.append(time.thread_time() - began)
    finally:
        cv2.setNumThreads(threads)
    return 1000 * float(np.median(found))


def speeds(engine: Engine, video: Path, rounds: int) -> tuple[float, float]:
    """Median frames a second without and with it, measured by turns."""
    found: dict[float, list[float]] = {0.0: [], STEADY: []}
    for _ in range(rounds):
        for steady, each in found.items():
            each.append(played(engine, video, f"steady {steady:g}", steady, FRAMES))
    return median(found[0.0]), median(found[STEADY])
