"""A network of several styles that mixes in the file, beside the same mixture folded, by turns."""

from argparse import Namespace
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from kunster.assets.trained import locate_model
from kunster.bench.steps import Step, images_per_second, ratio
from kunster.errors import UserError
from kunster.export.coreml import DEFAULT_SIZE
from kunster.export.targets import Job, chosen
from kunster.machine.hardware import device_name
from kunster.networks.converting import read_network
from kunster.networks.mixing import folded
from kunster.networks.model_file import as_stylizer
from kunster.networks.stored import StoredNetwork

FORMATS = ("onnx", "litert")  # those with an engine of their own on every machine


def measure(options: Namespace) -> dict[str, Any]:
    rows = []
    for model in options.models:
        for name, speeds in race(model, options.rounds, options.seconds).items():
            mixed, plain = speeds
            times = ratio(mixed, plain)
            rows.append({"model": model, "format": name, "fps": speeds, "ratio": times})
            print(
                f"{model}, {name}, 480x320: {median(plain):.1f} FPS folded, "
                f"{median(mixed):.1f} FPS mixing, {times:.2f} x"
            )
    return {"rows": rows, "device": device_name("cpu")}


def race(model: str, rounds: int, seconds: float) -> dict[str, tuple[list[float], list[float]]]:
    """Frames a second by format, one value a round: by weights of all styles, and folded.

    Raises:
        UserError: the network has one style.
    """
    network, description = read_network(locate_model(model))
    if not description.styles:
        raise UserError(f"{model}: has one style; give a network of several, such as base:8")
    weights = dict.fromkeys(description.styles, 1.0)
    plain, of_plain = folded(StoredNetwork.of(network), description, weights)
    picture = np.random.default_rng(0).integers(0, 256, (*DEFAULT_SIZE, 3), dtype=np.uint8)
    found: dict[str, tuple[list[float], list[float]]] = {}
    with TemporaryDirectory() as folder:
        for name, target in chosen(FORMATS).items():
            paths = [Path(folder) / f"{kind}-{target.file}" for kind in ("mixing", "folded")]
            target.write(Job(network, description, []), paths[0])
            target.write(Job(as_stylizer(plain), of_plain, []), paths[1])
            files = [
                target.open(path, values).stylize
                for path, values in zip(paths, (list(weights.values()), None), strict=True)
            ]
            steps = [partial(_same, partial(file, picture)) for file in files]
            turns = [[images_per_second(each, 1, seconds) for each in steps] for _ in range(rounds)]
            mixing, plain_ones = (list(column) for column in zip(*turns, strict=True))
            found[name] = mixing, plain_ones
    return found


def _same(step: Step) -> Step:
    """A step that needs no building."""
    return step
