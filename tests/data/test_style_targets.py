import logging

import pytest
import torch
from safetensors.torch import save_file

from kunster.data.style_targets import StyleTargets, encode_swatch, shipped_targets
from kunster.errors import UserError
from kunster.losses.features import Architecture, PerceptualNetwork, Weights
from kunster.losses.texture import colour_gram

WIDTHS = (16, 32, 64, 128)  # those of the shipped perceptual network
LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_1")
CREDITS = {
    "name": "scream",
    "title": "The Scream",
    "painter": "Edvard Munch",
    "year": "1893",
    "source": "Nasjonalmuseet, Oslo",
    "licence": "public domain",
    "picture_sha256": "a" * 64,
    "picture_size": "1200x1528",
    "perceptual": "slim",
    "perceptual_sha256": "abc123" + "0" * 58,
    "version": "0.1.0",
}


def network(sha256=CREDITS["perceptual_sha256"]):
    architecture = Architecture((1,), ("relu1_1",), "relu1_1")
    convolutions = {"conv1_1": (torch.zeros(4, 3, 3, 3), torch.zeros(4))}
    source = {"name": "slim", "source": "a test", "sha256": sha256}
    return PerceptualNetwork(Weights(architecture, convolutions, (0, 0, 0), source=source))


def grams(scale):
    """Symmetric, of full rank, with the spread of five decades that real Gram matrices have."""
    generator = torch.Generator().manual_seed(scale)
    matrices = []
    for width in WIDTHS:
        features = torch.randn(width, 500, generator=generator).relu()
        features *= torch.logspace(0, -2.5, width)[:, None] * 30
        matrices.append(features @ features.T / features.numel())
    return matrices


def made(**changes):
    picture = torch.rand(1, 3, 80, 96, generator=torch.Generator().manual_seed(1))
    return StyleTargets(
        metadata={**CREDITS, **changes},
        layers=LAYERS,
        grams={scale: grams(scale) for scale in (256, 384, 512)},
        colours=colour_gram(picture)[0],
        jpeg=encode_swatch(torch.full((3, 64, 80), 0.4)),
    )


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "scream.safetensors"
    made().save(path)
    return path


@pytest.mark.parametrize("scale", [256, 384, 512])
def test_gram_matrices_come_back_within_a_thousandth(file, scale):
    for ours, original in zip(
        StyleTargets.load(file).targets(scale, network()), grams(scale), strict=True
    ):
        assert ours.dtype == torch.float32
        assert torch.equal(ours, ours.T)
        assert (ours - original).norm() < 1e-3 * original.norm()


def test_matrices_far_below_one_lose_nothing_to_half_precision(tmp_path):
    tiny = [1e-9 * matrix for matrix in grams(256)]  # half precision ends at 6e-8
    StyleTargets(CREDITS, LAYERS, {256: tiny}, torch.eye(4)).save(tmp_path / "a.safetensors")
    loaded = StyleTargets.load(tmp_path / "a.safetensors").targets(256, network())
    for ours, original in zip(loaded, tiny, strict=True):
        assert (ours - original).norm() < 1e-3 * original.norm()


def test_everything_else_comes_back_as_it_was(file):
    loaded, original = StyleTargets.load(file), made()
    assert loaded.metadata == original.metadata
    assert tuple(loaded.layers) == LAYERS
    assert loaded.scales == [256, 384, 512]
    assert torch.equal(loaded.colours, original.colours)
    assert loaded.jpeg == original.jpeg


def test_the_three_scales_of_the_shipped_widths_take_less_than_80_kilobytes(tmp_path):
    StyleTargets(CREDITS, LAYERS, made().grams, torch.eye(4)).save(tmp_path / "a.safetensors")
    assert (tmp_path / "a.safetensors").stat().st_size < 80_000


def test_saving_leaves_only_the_file(file):
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_swatch_is_the_picture_as_jpeg_shows_it(file):
    swatch = StyleTargets.load(file).swatch()
    assert swatch.shape == (3, 64, 80)
    assert (swatch - 0.4).abs().max() < 2 / 255


def test_without_a_swatch_the_mean_colour_is_shown():
    picture = torch.tensor([0.2, 0.5, 0.7]).view(1, 3, 1, 1).expand(1, 3, 64, 64)
    plain = StyleTargets(CREDITS, LAYERS, made().grams, colour_gram(picture)[0]).swatch()
    torch.testing.assert_close(plain[:, 3, 5], torch.tensor([0.2, 0.5, 0.7]))


def test_a_scale_in_between_takes_the_nearest_and_says_so(caplog):
    with caplog.at_level(logging.WARNING):
        targets = made().targets(400, network())
    assert torch.equal(targets[0], grams(384)[0])
    assert "texture scale 384 for 400" in caplog.text


@pytest.mark.parametrize("scale", [255, 513])
def test_a_scale_beyond_those_there_lists_them(scale):
    with pytest.raises(UserError, match=rf"{scale}.*256, 384, 512"):
        made().targets(scale, network())


def test_targets_of_another_network_are_refused_in_a_line(file):
    with pytest.raises(UserError) as refusal:
        StyleTargets.load(file).targets(384, network("def456" + "0" * 58))
    message = str(refusal.value)
    assert "made with slim abc123…, this is slim def456…" in message
    assert "python -m kunster.styles.targets" in message
    assert "\n" not in message


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.5, 0.999])
def test_a_truncated_file_is_refused_in_a_line(file, share):
    whole = file.read_bytes()
    file.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(UserError, match=r"scream\.safetensors: damaged") as refusal:
        StyleTargets.load(file)
    assert "\n" not in str(refusal.value)


def test_another_programs_file_is_refused_in_a_line(tmp_path):
    path = tmp_path / "model.safetensors"
    save_file({"weight": torch.ones(3)}, path, {"format": "pt"})
    with pytest.raises(UserError, match="not a file of style targets from") as refusal:
        StyleTargets.load(path)
    assert "\n" not in str(refusal.value)


def test_a_missing_file_names_the_command_that_makes_one(tmp_path):
    with pytest.raises(UserError, match=r"no such file.*kunster\.style"):
        StyleTargets.load(tmp_path / "none.safetensors")


@pytest.mark.parametrize("lost", ["colours", "peaks.256", "grams.256.relu3_3"])
def test_a_file_that_lacks_a_tensor_is_refused(file, lost):
    from safetensors import safe_open

    with safe_open(file, "pt") as opened:
        metadata = opened.metadata()
        tensors = {name: opened.get_tensor(name) for name in opened.keys() if name != lost}  # noqa: SIM118
    tensors["grams.384.relu1_2"] = tensors["grams.384.relu1_2"][
        : 100 if lost == "peaks.256" else None
    ]
    save_file(tensors, file, metadata)
    with pytest.raises(UserError, match="incomplete or damaged"):
        StyleTargets.load(file)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "../scream"),
        ("year", "long ago"),
        ("title", ""),
        ("painter", "two\nlines"),
        ("picture_sha256", "abc"),
        ("picture_size", "large"),
        ("perceptual_sha256", ""),
    ],
)
def test_metadata_is_checked_when_the_targets_are_made(field, value):
    with pytest.raises(UserError, match=f"^{field}="):
        made(**{field: value})


def test_a_gram_matrix_that_is_not_finite_is_refused():
    broken = grams(256)
    broken[2][3, 4] = torch.nan
    with pytest.raises(UserError, match="relu3_3 at scale 256"):
        StyleTargets(CREDITS, LAYERS, {256: broken}, torch.eye(4))


@pytest.mark.parametrize("name", ["no_such_style", "../styles/scream"])
def test_an_unknown_style_lists_what_is_shipped(name):
    with pytest.raises(UserError, match=r"shipped are .*style\.image"):
        shipped_targets(name)
