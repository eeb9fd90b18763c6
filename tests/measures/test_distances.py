import numpy as np
import pytest
import torch

from kunster.measures.distances import distances, painting_targets
from kunster.measures.judge import load_judge


def picture(seed: int, height: int = 72, width: int = 96) -> np.ndarray:
    """Blocks of colour, uint8 RGB."""
    blocks = np.random.default_rng(seed).integers(0, 256, (height // 8, width // 8, 3), np.uint8)
    return blocks.repeat(8, axis=0).repeat(8, axis=1)


def unchanged(frames):
    return frames


def redder(frames):
    return (frames * torch.tensor([1.2, 0.7, 0.6]).view(1, 3, 1, 1)).clamp(0, 1)


@pytest.fixture
def judge(tiny_vgg19):
    return load_judge(tiny_vgg19)


def test_the_photo_itself_has_style_distance_1_and_content_distance_0(judge):
    targets = painting_targets(judge, picture(0))
    photos = [picture(1), picture(2, 64, 120)]
    assert distances([unchanged], judge, targets, photos) == [(1.0, 0.0)]


def test_the_painting_itself_has_style_distance_0(judge):
    painting = picture(0)
    paint = torch.from_numpy(painting).permute(2, 0, 1)[None] / 255
    targets = painting_targets(judge, painting)
    ((style, content),) = distances([lambda frames: paint], judge, targets, [picture(1)])
    assert style == pytest.approx(0, abs=1e-8)
    assert content > 0.1


def test_black_features_are_all_content_lost(judge):
    """A judge without biases sees nothing in its mean colour, so all of φ(photo) is lost."""
    for name in judge.architecture.layers():
        if name.startswith("conv"):
            getattr(judge, f"{name}_bias").zero_()
    blank = judge.mean.expand(1, 3, 72, 96)
    found = distances([lambda frames: blank], judge, None, [picture(1)])
    assert found[0] == (None, pytest.approx(1))


def test_without_a_painting_there_is_content_alone(judge):
    targets = painting_targets(judge, picture(0))
    (with_style,) = distances([redder], judge, targets, [picture(1)])
    (without,) = distances([redder], judge, None, [picture(1)])
    assert without == (None, pytest.approx(with_style.content))


def test_networks_measured_together_score_as_they_do_alone(judge):
    targets, photos = painting_targets(judge, picture(0)), [picture(1), picture(2)]
    together = distances([unchanged, redder], judge, targets, photos)
    assert together == [
        distances([each], judge, targets, photos)[0] for each in (unchanged, redder)
    ]


def test_distances_agree_with_a_plain_float64_formulation(tiny_vgg19):
    weights = dict(np.load(tiny_vgg19))
    judge = load_judge(tiny_vgg19)
    painting, photos = picture(0, 80, 64), [picture(1), picture(2, 64, 88)]
    stylized = [redder(torch.from_numpy(p).permute(2, 0, 1)[None] / 255) for p in photos]

    targets = grams(vgg19(weights, painting))
    style, content = np.zeros(2), np.zeros(2)
    for photo, output in zip(photos, stylized, strict=True):
        before = vgg19(weights, photo)
        after = vgg19(weights, 255 * output[0].permute(1, 2, 0).double().numpy())
        style += [style_sum(grams(after), targets), style_sum(grams(before), targets)]
        phi, psi = before["relu2_2"], after["relu2_2"]
        content += [((psi - phi) ** 2).mean(), (phi**2).mean()]

    (found,) = distances([redder], judge, painting_targets(judge, painting), photos)
    assert found.style == pytest.approx(style[0] / style[1], rel=1e-4)
    assert found.content == pytest.approx(content[0] / content[1], rel=1e-4)


def vgg19(weights, image) -> dict[str, np.ndarray]:
    """Features (H, W, C) of RGB in 0–255, by the Oxford convention: BGR minus the mean."""
    values = image[..., ::-1].astype(np.float64) - (103.939, 116.779, 123.68)
    found = {}
    for block, count in enumerate((2, 2, 4), start=1):
        if block > 1:
            height, width, channels = values.shape
            even = values[: height // 2 * 2, : width // 2 * 2]
            values = even.reshape(height // 2, 2, width // 2, 2, channels).max(axis=(1, 3))
        for index in range(1, count + 1):
            kernel = weights[f"block{block}_conv{index}_kernel"].astype(np.float64)
            padded = np.pad(values, ((1, 1), (1, 1), (0, 0)))
            height, width, _ = values.shape
            values = weights[f"block{block}_conv{index}_bias"] + sum(
                padded[row : row + height, column : column + width] @ kernel[row, column]
                for row in range(3)
                for column in range(3)
            )
            values = np.maximum(values, 0)
            found[f"relu{block}_{index}"] = values
    return found


def grams(features) -> list[np.ndarray]:
    maps = [features[layer] for layer in ("relu1_2", "relu2_2", "relu3_3")]
    return [np.einsum("hwc,hwd->cd", values, values) / values.size for values in maps]


def style_sum(ours, targets) -> float:
    pairs = zip(ours, targets, strict=True)
    return sum(((gram - target) ** 2).sum() / (target**2).sum() for gram, target in pairs)
