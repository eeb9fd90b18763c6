import pytest

from kunster.evaluate import report

from ..measures.conftest import tiny_vgg19  # noqa: F401


@pytest.fixture(autouse=True)
def few_pixels(monkeypatch):
    """Coarse figures."""
    monkeypatch.setattr(report, "RESOLUTION", 40)
