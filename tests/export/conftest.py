"""Core ML packages that several tests read; to convert a network takes seconds."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from kunster.export.coreml import export_coreml

from ..random_networks import describe, random_network


@pytest.fixture(scope="session")
def ranged(tmp_path_factory) -> Callable[[str], Path]:
    """`ranged("frn")`: a package, to be left as it is, of `random_network(one_block("frn"))`."""

    @cache
    def written(norm: str) -> Path:
        path = tmp_path_factory.mktemp("coreml") / f"{norm}.mlpackage"
        description = one_block(norm)
        export_coreml(random_network(description), description, path, "ranged")
        return path

    return written


def one_block(norm: str = "instance"):
    """A network with a single residual block."""
    return describe(beta=0.25, norm=norm)
