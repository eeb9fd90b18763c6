import os

import pytest

from ..small_runs import small_photos


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small") / "photos"
    folder.mkdir()
    return small_photos(folder)


@pytest.fixture
def eight_cores(monkeypatch):
    """Eight of a machine's 64 cores, as a container, Slurm or taskset leaves them to a process."""
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
