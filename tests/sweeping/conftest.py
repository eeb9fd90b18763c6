import pytest

from ..small_runs import small_photos


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small") / "photos"
    folder.mkdir()
    return small_photos(folder)
