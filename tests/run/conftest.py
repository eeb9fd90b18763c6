import pytest

from ..small_runs import small_photos


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """A folder of three photos."""
    return small_photos(tmp_path_factory.mktemp("small"))
