"""Where the real data is, when it is there at all."""

import os
from pathlib import Path

import pytest

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
