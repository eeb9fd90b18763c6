"""Networks side by side in each engine, by turns: a mixture beside the same one folded, too."""

from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from kunster.bench.steps import Step, images_per_second, ratio
from kunster.export.coreml import DEFAULT_SIZE
from kunster.export.targets import TARGETS, Job
from kunster.machine.hardware import device_name
from kunster.networks.description import Description
from kunster.networks.mixing import folded
from kunster.networks.model_file import as_stylizer
from kunster.networks.stylizer import Stylizer
from kunster.video.choose_engine import build_engine
from kunster.video.models import open_network

FILES = {"onnxruntime": "onnx", "LiteRT": "litert"}  # engine and what it opens


@dataclass(frozen=True)
class Contender:
    """A network to be timed.

    Attributes:
        weights: of its styles, where it mixes them itself.
    """

    name: str
    network: Stylizer
    description: Description
    weights: Sequence[float] | None = None

    def opened(self, engine: str) -> Step:
        """A step that paints one frame of noise of `DEFAULT_SIZE`."""
        frame = np.random.default_rng(0).integers(0, 256, (*DEFAULT_SIZE, 3), dtype=np.uint8)
        if engine not in FILES:
            return partial(build_engine(self.network, DEFAULT_SIZE, engine.lower()), frame)
        target = TARGETS[FILES[engine]]
        with TemporaryDirectory() as folder:
            path = Path(folder) / target.file
            target.write(Job(self.network, self.description, []), path)
            return partial(target.open(path, self.weights).stylize, frame)


def measure(options: Namespace) -> dict[str, Any]:
    found = [each for model in options.models for each in contenders(model)]
    rows = []
    for engine in ("OpenVINO", *FILES):
        if engine in FILES or find_spec("openvino"):
            able = [each for each in found if engine in FILES or each.weights is None]
            rows += list(race(engine, able, options.rounds, options.seconds))
    return {"rows": rows, "device": device_name("cpu")}


def contenders(model: str) -> Iterator[Contender]:
    """The network; one of several styles folded in equal parts, and as it mixes them itself."""
    network, description = open_network(model)
    if not description.styles:
        yield Contender(model, as_stylizer(network), description)
        return
    weights = dict.fromkeys(description.styles, 1.0)
    plain, of_plain = folded(network, description, weights)
    yield Contender(f"{model}, folded", as_stylizer(plain), of_plain)
    yield Contender(f"{model}, mixing", as_stylizer(network), description, list(weights.values()))


def race(
    engine: str, found: Sequence[Contender], rounds: int, seconds: float
) -> Iterator[dict[str, Any]]:
    """Frames a second of each network, one value a round, and their ratio to the first's."""
    steps = [_again(each.opened(engine)) for each in found]
    turns = [[images_per_second(each, 1, seconds) for each in steps] for _ in range(rounds)]
    speeds = [list(column) for column in zip(*turns, strict=True)]
    for each, fps in zip(found, speeds, strict=True):
        times = ratio(fps, speeds[0])
        print(f"{engine}, 480x320: {median(fps):6.1f} FPS, {times:.2f} x  {each.name}")
        yield {"engine": engine, "model": each.name, "fps": fps, "ratio": times}


def _again(step: Step) -> Callable[[], Step]:
    """A builder of a step that is built."""
    return lambda: step
