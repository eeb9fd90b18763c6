"""Another tool's weights given as a model: its own pictures, or one line that says why not."""

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

import kunster
from kunster.errors import UserError
from kunster.evaluate import evaluation
from kunster.evaluate.__main__ import main as evaluate
from kunster.export.__main__ import main as export
from kunster.networks.converting import read_network
from kunster.networks.onnx_weights import read_onnx
from kunster.stylize.__main__ import main as stylize

from ..files.test_tensor_file import Bomb
from ..random_networks import describe, random_network
from .fast_neural_style import TransformerNet


def their_picture(theirs, frame):
    """What the other tool paints, float32 (H, W, 3), from 0 to 255."""
    with torch.inference_mode():
        painted = theirs(torch.from_numpy(frame).permute(2, 0, 1)[None].float())
    return painted.clamp(0, 255)[0].permute(1, 2, 0).numpy()


def of_2018(state):
    """With statistics of instance norms, which PyTorch 0.3 kept and did not use."""
    norms = [name.removesuffix(".weight") for name in state if ".weight" in name and "in" in name]
    old = {f"{norm}.running_mean": torch.full((7,), 5.0) for norm in norms}
    return {"state_dict": state | old | {f"{norm}.running_var": torch.ones(7) for norm in norms}}


def of_2017(state):
    """With norms that the example wrote itself, `scale` and `shift`."""
    norm = {"weight": "scale", "bias": "shift"}
    return {
        name
        if "conv2d" in name
        else ".".join([*name.split(".")[:-1], norm[name.split(".")[-1]]]): each
        for name, each in state.items()
    }


@pytest.mark.parametrize(
    ("name", "wrapped"),
    [
        ("candy.pth", dict),
        ("candy.model", of_2018),
        ("candy.pt", of_2017),
        ("candy.safetensors", None),
    ],
)
def test_it_paints_what_the_other_tool_paints(theirs, photos, tmp_path, caplog, name, wrapped):
    path, state = tmp_path / name, theirs.state_dict()
    save_file(state, path) if wrapped is None else torch.save(wrapped(state), path)
    frame = cv2.resize(photos[1], (96, 64), interpolation=cv2.INTER_AREA)
    candy = kunster.load(path, engine="onnxruntime")
    assert candy.style == "candy"
    error = np.abs(candy(frame) - their_picture(theirs, frame))
    assert error.max() < 0.51  # rounding to bytes
    (said,) = caplog.messages
    assert said == f"{path}: weights of another tool, taken for network=johnson start_range=255"


def test_the_verbs_take_it(theirs, photos, tmp_path, monkeypatch):
    torch.save(theirs.state_dict(), tmp_path / "candy.pth")
    model, photo = str(tmp_path / "candy.pth"), tmp_path / "photos" / "a.png"
    photo.parent.mkdir()
    frame = cv2.resize(photos[1], (96, 64), interpolation=cv2.INTER_AREA)
    Image.fromarray(frame).save(photo)
    painted = tmp_path / "a.png"
    assert stylize([str(photo), str(painted), "--model", model, "--engine", "onnxruntime"]) == 0
    truth = their_picture(theirs, frame)
    assert np.abs(np.array(Image.open(painted)) - truth).max() < 0.51
    given = ["--photos", str(photo.parent), "--limit", "1"]
    assert export([model, "onnx", "--out", str(tmp_path / "app"), *given]) == 0
    assert read_onnx(tmp_path / "app" / "model.onnx")[1].style == "candy"
    for measure in ("measure_distances", "measure_bubbles", "measure_artefacts"):  # which are slow
        monkeypatch.setattr(evaluation, measure, lambda *_: None)
    assert evaluate([model, "--out", str(tmp_path / "table"), "--painted", "0", *given]) == 0
    assert "candy.pth" in (tmp_path / "table" / "evaluation.md").read_text()


def test_our_own_without_a_description_is_found_out(pictures, tmp_path, caplog):
    network = random_network(describe(alpha=0.125, norm="frn"))
    torch.save(network.state_dict(), tmp_path / "mine.pth")
    found, description = read_network(tmp_path / "mine.pth")
    torch.testing.assert_close(found(pictures), network(pictures))
    assert description == describe(alpha=0.125, norm="frn", style="mine")
    assert "alpha=0.125 beta=0.5 layout=table2 norm=frn start_range=1" in caplog.text


def without_a_bias(state):
    return {name: each for name, each in state.items() if name != "deconv3.conv2d.bias"}


START = "weights of other tools begin a training: kunster run start=FILE"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            without_a_bias,
            r"holds 61 tensors, the first conv1\.conv2d\.weight \(32, 3, 9, 9\), which",
        ),
        (lambda state: {name: 1e4 * each for name, each in state.items()}, "in the range of none"),
    ],
)
def test_what_does_not_fit_is_named_with_what_to_do(theirs, tmp_path, change, says):
    torch.save(change(theirs.state_dict()), tmp_path / "m.pth")
    with pytest.raises(UserError, match=rf"m\.pth: .*{says}.*; {START}$") as raised:
        read_network(tmp_path / "m.pth")
    assert "\n" not in str(raised.value)


def write(path, kind):
    """A file of that kind, as small as it can be."""
    if kind == "code":
        torch.save({"a": Bomb(path.parent / "executed")}, path)
    elif kind == "module":
        torch.save(torch.nn.Linear(2, 2), path)
    elif kind == "script":
        torch.jit.script(torch.nn.Linear(2, 2)).save(path)
    elif kind == "nothing":
        torch.save({}, path)
    else:
        path.write_bytes(kind)


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("code", "refused, and nothing in it was executed"),
        ("module", r"torch\.save\(network\.state_dict\(\), FILE\) saves weights"),
        ("script", "a TorchScript program"),
        ("nothing", "holds no weights"),
        (b"\x89HDF\r\n\x1a\n" + bytes(99), "an HDF5 file, as Keras writes"),
        (b"\4\0\0\0\1\0\0\0\3\0\0\0V 1" + bytes(99), "a file of Lua's Torch"),
        (bytes(99) + bytes.fromhex("57fb808b247547db"), "a checkpoint of TensorFlow"),
    ],
)
def test_what_holds_no_weights_is_one_line_and_code_2(tmp_path, capfd, kind, says):
    write(tmp_path / "m.pth", kind)
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
    words = [str(tmp_path / "a.png"), str(tmp_path / "b.png"), "--model", str(tmp_path / "m.pth")]
    assert stylize(words) == 2
    said = capfd.readouterr().err
    assert said.count("\n") == 1
    with pytest.raises(UserError, match=says):
        read_network(tmp_path / "m.pth")
    assert {path.name for path in tmp_path.iterdir()} == {"a.png", "m.pth"}


def test_batch_norms_of_the_same_shapes_are_not_taken_for_instance_norms(tmp_path):
    network = TransformerNet()
    for name, module in list(network.named_modules()):
        if isinstance(module, torch.nn.InstanceNorm2d):
            network.set_submodule(name, torch.nn.BatchNorm2d(module.num_features))
    torch.save(network.state_dict(), tmp_path / "m.pth")
    with pytest.raises(UserError, match="with the means of batch norms"):
        read_network(tmp_path / "m.pth")
