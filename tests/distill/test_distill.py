"""The command that trains the small perceptual network, with teachers that are small, too."""

import shutil

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from kunster.distill import __main__ as distill
from kunster.losses.features import PerceptualNetwork, Weights
from kunster.losses.slim import card
from kunster.losses.weights import ENCODER, VGG16, VGG19

WIDTHS = (4, 5, 6, 7)


def teacher(architecture, name):
    """Random weights of a VGG's depth, with a few channels."""
    generator = torch.Generator().manual_seed(0)
    convolutions, channels = {}, 3
    for layer in architecture.layers():
        if layer.startswith("conv"):
            width = WIDTHS[int(layer[4]) - 1]
            kernels = torch.randn(width, channels, 3, 3, generator=generator)
            convolutions[layer] = (kernels / (9 * channels) ** 0.5, torch.zeros(width))
            channels = width
    source = {"name": name, "source": name, "sha256": f"{name} " * 8}
    return PerceptualNetwork(Weights(architecture, convolutions, (0.5, 0.5, 0.5), source=source))


@pytest.fixture
def words(tmp_path, monkeypatch, photos):
    """Options for a training of a few seconds."""
    monkeypatch.setenv("KUNSTER_CACHE", str(tmp_path / "cache"))
    architectures = {"vgg16": VGG16, "vgg19": VGG19}
    monkeypatch.setattr(
        distill, "load_vgg", lambda path: teacher(architectures[path.stem], path.stem)
    )
    monkeypatch.setattr(distill, "load_encoder", lambda path: teacher(ENCODER, path.stem))
    (tmp_path / "photos").mkdir()
    for number, photo in enumerate(photos):
        Image.fromarray(photo).save(tmp_path / "photos" / f"{number}.png")
    options = {
        "teacher": "vgg19.npz",
        "deep-teacher": "encoder.pth",
        "photos": tmp_path / "photos",
        "held-out": tmp_path / "photos",
        "out": tmp_path / "slim.safetensors",
        **{"widths": "2 2 2 2", "steps": 100, "batch": 1, "crop": 32},
    }

    def given(**changes):
        changed = options | {name.replace("_", "-"): value for name, value in changes.items()}
        return [
            word
            for name, value in changed.items()
            if value is not None
            for word in (f"--{name}", *str(value).split())
        ]

    return given


@pytest.mark.parametrize("vgg", ["vgg16", "vgg19"])
def test_a_layer_that_no_teacher_has_is_named_before_anything_is_decoded(
    words, tmp_path, capsys, vgg
):
    assert distill.main(words(teacher=f"{vgg}.npz", deep_teacher=None)) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"relu4_1: {vgg} cannot teach it; --deep-teacher takes")
    assert error.count("\n") == 1
    assert not (tmp_path / "cache").exists()


def trained(words, capsys, **changes):
    """The steps that a training said it made."""
    assert distill.main(words(**changes)) == 0
    return [line for line in capsys.readouterr().out.splitlines() if line.startswith("step ")]


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_a_finished_training_is_gone_on_with_by_its_own_recipe_alone(words, tmp_path, capsys):
    out, state = tmp_path / "slim.safetensors", tmp_path / "slim.state"
    assert len(trained(words, capsys)) == 5
    student = load_file(out)
    assert trained(words, capsys) == []
    assert same(load_file(out), student)

    content = out.read_bytes()
    shutil.copytree(tmp_path / "photos", tmp_path / "others")
    changes = {
        "seed": {"seed": 1},
        "steps": {"steps": 200},
        "widths": {"widths": "2 2 2 3"},
        "teachers": {"teacher": "vgg16.npz"},
        "photos": {"photos": tmp_path / "others"},
    }
    for name, change in changes.items():
        assert distill.main(words(**change)) == 2
        error = capsys.readouterr().err
        assert error.startswith(f"{state}: was begun with {name}=")
        assert "remove it to begin anew, or name another --out" in error
        assert error.count("\n") == 1
        assert out.read_bytes() == content

    state.unlink()
    assert len(trained(words, capsys, seed=1)) == 5
    assert not same(load_file(out), student)


def test_a_state_that_does_not_tell_its_recipe_is_refused(words, tmp_path, capsys):
    for content, complaint in (
        ({"student": {}, "step": 100}, "does not say what it was trained with; remove it to begin"),
        (None, "damaged"),
    ):
        state = tmp_path / "slim.state"
        torch.save(content, state) if content else state.write_bytes(b"cut off")
        assert distill.main(words()) == 2
        error = capsys.readouterr().err
        assert error.startswith(f"{state}: ")
        assert complaint in error
        assert error.count("\n") == 1
        assert not (tmp_path / "slim.safetensors").exists()


def test_a_stylizer_that_ships_goes_by_its_name(words, tmp_path, capsys):
    assert len(trained(words, capsys, stylizers="scream:14", crop=64)) == 5
    assert card(tmp_path / "slim.safetensors")["stylizers"] == 1
