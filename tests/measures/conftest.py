import numpy as np
import pytest
import torch

from kunster.losses.features import Architecture, PerceptualNetwork


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


@pytest.fixture
def small_vgg() -> PerceptualNetwork:
    """VGG-19's skeleton down to relu4_1 with random filters of a few channels, inputs in 0-255."""
    generator = torch.Generator().manual_seed(0)
    convolutions, inputs = {}, 3
    for block, count in enumerate((2, 2, 4, 1), start=1):
        for index in range(1, count + 1):
            outputs = 6 * block
            scale = (2 / (9 * inputs)) ** 0.5 * (255 if inputs == 3 else 1)
            weight = scale * torch.randn(outputs, inputs, 3, 3, generator=generator)
            convolutions[f"conv{block}_{index}"] = (weight, torch.zeros(outputs))
            inputs = outputs
    architecture = Architecture((2, 2, 4, 1), ("relu1_2", "relu2_2", "relu3_3", "relu4_1"))
    return PerceptualNetwork(architecture, convolutions, (0.48, 0.46, 0.41))
