"""The real data, where it is there at all, and random networks to save, export and compare."""

import gc
import os
from pathlib import Path

import numpy as np
import pytest
from xdist.scheduler import LoadScopeScheduling

from kunster.networks.description import Description
from kunster.networks.stylizer import Stylizer

from .random_networks import describe, random_network

gc.disable()  # until all is imported: it would look through every module again and again
SHARING = (
    "gallery",
    "loggers",
    "open",
    "page",
    "report",
)  # a site, a run, a sweep and their browser
SHARED = Path(os.environ.get("KUNSTER_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))


def shared_data(*parts: str) -> Path:
    """A path in the folder of real test data; skips the test where that is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs the real data {'/'.join(parts)}, which is not on this machine")
    return path


@pytest.fixture
def real():
    """`real("photos", "coco")`: a path in the folder of real test data, or a skip."""
    return shared_data


@pytest.fixture(params=["instance", "frn"])
def description(request) -> Description:
    return describe(norm=request.param)


@pytest.fixture
def network(description) -> Stylizer:
    return random_network(description)


@pytest.fixture(scope="session")
def photos() -> list[np.ndarray]:
    from skimage import data

    return [data.astronaut(), data.coffee()]


def pytest_xdist_auto_num_workers():
    """One worker more than cores, four at most: a worker that waits for a process uses no core."""
    return min(4, os.cpu_count() + 1)


@pytest.fixture(scope="module")
def browser():
    """Chromium, or a skip."""
    from .browsers import chromium

    with chromium() as found:
        yield found


class RoomScheduling(LoadScopeScheduling):
    """A worker takes a whole file, or a whole room where files share what takes long to make."""

    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.partition("::")[0])
        return str(file.parent if file.parent.name in SHARING else file)


def pytest_xdist_make_scheduler(config, log):
    return RoomScheduling(config, log)


def pytest_collection_modifyitems(items):
    """Files with slow tests first: the short ones fill the gaps at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in slow, item.path.parent.name not in SHARING))


def pytest_collection_finish():
    """Leaves what was imported, half a million objects, out of each later garbage collection."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()
