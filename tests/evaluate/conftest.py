from ..measures.conftest import tiny_vgg19  # noqa: F401
