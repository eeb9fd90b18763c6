import numpy as np
import pytest


@pytest.fixture
def tiny_vgg19(tmp_path):
    """VGG-19's skeleton with random weights of a few channels, as a Keras .npz."""
    random = np.random.default_rng(0)
    arrays, inputs = {}, 3
    for block, count in enumerate((2, 2, 4), start=1):
        for index in range(1, count + 1):
            outputs = 4 * block
            scale = np.sqrt(2 / (9 * inputs)) / (255 / 4 if inputs == 3 else 1)
            arrays[f"block{block}_conv{index}_kernel"] = (
                random.normal(size=(3, 3, inputs, outputs)) * scale
            ).astype(np.float32)
            arrays[f"block{block}_conv{index}_bias"] = (0.1 * random.normal(size=outputs)).astype(
                np.float32
            )
            inputs = outputs
    path = tmp_path / "tiny_vgg19.npz"
    np.savez(path, **arrays)
    return path
