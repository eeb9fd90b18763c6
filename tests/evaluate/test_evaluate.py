import json
import shutil
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from kunster.data.sintel import load_pair, sintel_pairs
from kunster.evaluate import measure, optimal
from kunster.evaluate.__main__ import main
from kunster.export.onnx_file import export_onnx
from kunster.measures.stability import stability
from kunster.networks.description import Description
from kunster.networks.model_file import save_model
from kunster.networks.stylizer import kunster, parameter_count

from ..flo_files import write_flo
from ..small_runs import run_short


@pytest.fixture
def network():
    torch.manual_seed(0)
    return kunster(0.125, 0.5).eval()


def described(network, stage):
    count = parameter_count(network)
    return Description("scream", "kunster", 0.125, 0.5, "table2", "instance", stage, count)


@pytest.fixture
def run_folder(tmp_path, network):
    """Two stages: one as safetensors and ONNX, the other as a checkpoint alone."""
    folder = tmp_path / "alpha=0.125"  # as Hydra names the folders of a sweep
    description = described(network, "perceptual")
    save_model(network, description, folder / "perceptual" / "model.safetensors")
    export_onnx(network, description, folder / "perceptual" / "model.onnx")
    weights = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
    description = described(network, "temporal")
    (folder / "temporal").mkdir()
    torch.save(
        {"state_dict": weights, "description": description.to_metadata()},
        folder / "temporal" / "last.ckpt",
    )
    return folder


@pytest.fixture
def data(tmp_path):
    """A painting, photos, and Sintel and a video in miniature: a texture that moves."""
    random = np.random.default_rng(0)
    blocks = random.integers(0, 256, (12, 24, 3), np.uint8)
    wide = np.asarray(Image.fromarray(blocks).resize((192, 96), Image.Resampling.BICUBIC))
    (tmp_path / "photos").mkdir()
    for number in range(3):
        Image.fromarray(wide[:, 8 * number : 8 * number + 96]).save(
            tmp_path / "photos" / f"{number}.png"
        )
    for folder in ("video", "sintel/final/pan"):
        (tmp_path / folder).mkdir(parents=True)
        for number in (1, 2, 3):
            left = 32 - 4 * number
            frame = Image.fromarray(wide[:, left : left + 128])
            frame.save(tmp_path / folder / f"frame_{number:04d}.png")
    (tmp_path / "sintel/flow/pan").mkdir(parents=True)
    flow = np.tile(np.float32([4, 0]), (96, 128, 1))
    write_flo(tmp_path / "sintel/flow/pan/frame_0001.flo", flow)
    Image.fromarray(255 - wide[:, :80]).save(tmp_path / "painting.png")
    return tmp_path


LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_1")


def words(data, *names):
    paths = {
        "painting": data / "painting.png",
        "photos": data / "photos",
        "sintel": data / "sintel",
        "video": data / "video",
        "judge": data / "tiny_vgg19.npz",
    }
    return ["painted=1", *(f"{name}={paths[name]}" for name in names)]


def test_a_run_and_an_onnx_file_make_one_table(run_folder, data, tiny_vgg19, capsys):
    onnx = run_folder / "perceptual" / "model.onnx"
    options = words(data, "painting", "photos", "sintel", "video", "judge")
    assert main([str(run_folder), str(onnx), *options, "limit=2"]) == 0

    report = json.loads((run_folder / "evaluation.json").read_text())
    own, perceptual, temporal, as_onnx = report["rows"]
    figures = ("style", "content", "e_stab", "flicker")
    assert (own["style"], own["content"]) == (1, 0)
    assert own["e_stab"] < 0.05  # a translation, but for the resizing to 640x360
    assert perceptual["name"].endswith("perceptual")
    assert temporal["name"].endswith("temporal")
    assert perceptual["parameters"] == 3999  # Table II, id 15
    for name in figures:
        assert perceptual[name] == temporal[name]  # the same weights
        assert as_onnx[name] == pytest.approx(perceptual[name], rel=1e-3)
    assert report["judge"]["name"] == "tiny_vgg19"
    assert report["measured_on"]["photos"].startswith("2 of 3")

    markdown = (run_folder / "evaluation.md").read_text()
    printed = capsys.readouterr().out
    assert report["ratios"] == [{"run": str(run_folder), "e_stab": 1, "style": 1, "content": 1}]
    assert "e_stab 1.00×, style 1.00×, content 1.00×" in printed
    for name in ("evaluation.png", "evaluation.svg"):
        assert (run_folder / name).is_file()
        assert str(run_folder / name) in printed
    for formula in report["formulas"]:
        assert formula in markdown
        assert formula in printed
    assert len(report["formulas"]) == 7 + 7
    assert markdown.count("\n| ") == 2 + len(report["rows"]) + 1

    photo, ours, painting = own["painted"], perceptual["painted"], report["own_painting"]
    assert (photo["tint"], photo["masses"]) == pytest.approx((1, 1), abs=0.05)
    assert (photo["content4"], photo["cfsd"]) == pytest.approx((0, 0), abs=1e-4)
    assert painting == {"stroke": 1, **dict.fromkeys(LAYERS, 0)}
    assert ours["tint"] < 1
    assert min(ours[layer] for layer in LAYERS) > 0
    assert "relu5_1: left out; python -m kunster.fetch vgg19 brings it" in printed


def test_scenes_are_told_apart_and_can_be_left_out(run_folder, data, tiny_vgg19):
    """A second scene whose flow is wrong by as much as the first one's is right."""
    for kind in ("final", "flow"):
        shutil.copytree(data / "sintel" / kind / "pan", data / "sintel" / kind / "wrong")
    write_flo(data / "sintel/flow/wrong/frame_0001.flo", np.tile(np.float32([-4, 0]), (96, 128, 1)))
    options = words(data, "photos", "sintel", "judge")
    assert main([str(run_folder), *options]) == 0
    both = json.loads((run_folder / "evaluation.json").read_text())["rows"]
    for row in both:
        assert row["e_stab_of"]["wrong"] > 2 * row["e_stab_of"]["pan"]
        assert row["e_stab"] == pytest.approx(sum(row["e_stab_of"].values()) / 2)
    markdown = (run_folder / "evaluation.md").read_text()
    assert "| network | pan | wrong |" in markdown

    assert main([str(run_folder), *options, "without=wrong"]) == 0
    report = json.loads((run_folder / "evaluation.json").read_text())
    assert "360, without wrong, of" in report["measured_on"]["sintel"]
    assert "wrong/frame" not in report["measured_on"]["sintel"]
    for row, before in zip(report["rows"], both, strict=True):
        assert row["e_stab_of"] == {"pan": row["e_stab"]}
        assert row["e_stab"] == pytest.approx(before["e_stab_of"]["pan"])
    assert "scene by scene" not in (run_folder / "evaluation.md").read_text()


@pytest.mark.parametrize(
    ("scenes", "complaint"),
    [
        ("ambush_4", "without=ambush_4: no such scene; there are pan"),
        ("pan", "without=pan: leaves"),
    ],
)
def test_scenes_that_are_not_there_or_all_of_them_cannot_be_left_out(
    run_folder, data, tiny_vgg19, capsys, scenes, complaint
):
    options = words(data, "photos", "sintel", "judge")
    assert main([str(run_folder), *options, f"without={scenes}"]) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1


def test_without_data_the_report_says_why_columns_are_empty(run_folder, data, tiny_vgg19, tmp_path):
    options = words(data, "photos", "judge")
    assert main([str(run_folder), *options, f"out={tmp_path / 'out'}"]) == 0
    report = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert report["rows"][1]["content"] > 0
    assert "optimality" not in (tmp_path / "out" / "evaluation.md").read_text()
    for column, kind in (("style", "painting"), ("e_stab", "sintel"), ("flicker", "video")):
        assert report["rows"][1][column] is None
        assert report["measured_on"][kind].startswith("none given")


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    """Nothing optimised yet, and soon converged."""
    monkeypatch.setenv("KUNSTER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(optimal, "LEAST_FALL", 0.03)


def test_gatys_is_the_last_row_and_every_loss_is_a_multiple_of_his(
    run_folder, data, tiny_vgg19, empty_cache, monkeypatch
):
    options = words(data, "painting", "photos", "judge")
    assert main([str(run_folder), *options, "gatys=1", "gatys_side=64"]) == 0
    report = json.loads((run_folder / "evaluation.json").read_text())
    own, *_, gatys = report["rows"]
    assert gatys["name"].startswith("Gatys, ")
    assert gatys["optimality"] == pytest.approx(1, rel=1e-5)
    assert own["gatys_steps"] == 0
    for row in report["rows"]:
        assert row["optimality"] == pytest.approx(row["loss"] / gatys["loss"], rel=1e-4)
    assert own["optimality"] > 1
    markdown = (run_folder / "evaluation.md").read_text()
    assert "| border | loss | optimality | Gatys steps |" in markdown
    assert Image.open(run_folder / "gatys_1.png").size == (64, 64)

    monkeypatch.setattr(measure, "optimise_photo", lambda *_: pytest.fail("kept from before"))
    assert main([str(run_folder), *options, "gatys=1", "gatys_side=64"]) == 0
    assert json.loads((run_folder / "evaluation.json").read_text())["rows"] == report["rows"]


def test_ruder_is_a_row_on_pairs_of_his_own_size_and_all_are_measured_on_them(
    run_folder, data, tiny_vgg19, empty_cache, monkeypatch
):
    options = words(data, "painting", "photos", "sintel", "judge")
    assert main([str(run_folder), *options, "ruder=1", "ruder_side=64"]) == 0
    report = json.loads((run_folder / "evaluation.json").read_text())
    own, *networks, ruder = report["rows"]
    assert ruder["name"].startswith("Ruder, ")
    (pair,) = sintel_pairs(data / "sintel")
    (expected,) = stability([lambda frames: frames], [load_pair(pair, (64, 113))])
    assert own["ruder_e_stab"] == pytest.approx(expected)
    assert 0 < ruder["ruder_e_stab"] < min(row["ruder_e_stab"] for row in networks)
    assert ruder["style"] < 1 < networks[0]["style"]  # optimised, and random
    assert report["measured_on"]["ruder"].startswith("1 pairs at 113x64: final/pan/frame_0001")
    markdown = (run_folder / "evaluation.md").read_text()
    assert "| border | e_stab (Ruder's pairs) |" in markdown
    for number in (1, 2):
        assert Image.open(run_folder / f"ruder_{number}.png").size == (113, 64)

    monkeypatch.setattr(measure, "optimise_pair", lambda *_: pytest.fail("kept from before"))
    assert main([str(run_folder), *options, "ruder=1", "ruder_side=64"]) == 0
    assert json.loads((run_folder / "evaluation.json").read_text())["rows"] == report["rows"]


@pytest.mark.parametrize(
    ("extra", "complaint"),
    [
        (["accelerator=cuda"], "accelerator=cuda: not on this machine"),
        (["judge=vgg"], "judge=vgg: must be vgg19 or a file"),
        (["painting=none.png"], "painting=none.png: no such picture; those that ship are scream"),
        (["deep=none.pth"], "none.pth: no such file"),
        (["photos=none"], "none: no such folder of photos"),
        (["sintel=none"], "sintel=none is not a folder"),
        (["video=none.mp4"], "none.mp4: no such video file or folder of frames"),
    ],
)
def test_what_is_not_on_this_machine_ends_with_2_and_one_line(
    run_folder, data, tiny_vgg19, capsys, monkeypatch, extra, complaint
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    options = words(data, "photos", "judge")
    assert main([str(run_folder), *options, *extra]) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1
    assert not (run_folder / "evaluation.json").exists()


def test_a_style_that_ships_goes_by_its_name_and_is_reported_in_the_current_folder(
    data, tiny_vgg19, tmp_path, monkeypatch
):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert main(["scream:14:perceptual", *words(data, "photos", "judge")]) == 0
    rows = json.loads((tmp_path / "here" / "evaluation.json").read_text())["rows"]
    assert [row["name"] for row in rows] == ["(the input itself)", "scream:14:perceptual"]
    assert rows[1]["parameters"] == 15_195


def test_a_missing_model_ends_with_2(capsys):
    assert main(["nowhere/run"]) == 2
    assert "nowhere/run: no such run folder or model file" in capsys.readouterr().err


def test_a_broken_photo_is_named_and_the_others_count(run_folder, data, tiny_vgg19, caplog):
    (data / "photos" / "4.jpg").write_bytes(b"\xff\xd8 cut off")
    assert main([str(run_folder), *words(data, "photos", "judge")]) == 0
    assert "4.jpg" in caplog.text


def test_a_diverged_network_is_reported_in_valid_json(run_folder, network, data, tiny_vgg19):
    network.encoder[0][0].weight.data.fill_(1e38)  # finite, but its sums are not
    path = run_folder / "nan.safetensors"
    save_model(network, described(network, "perceptual"), path)
    assert main([str(path), *words(data, "photos", "judge")]) == 0
    report = (run_folder / "evaluation.json").read_text()
    assert json.loads(report)["rows"][1]["content"] is None
    assert "| nan |" in (run_folder / "evaluation.md").read_text()


@pytest.mark.slow
def test_the_command_line_gives_the_same_codes(run_folder, data, tiny_vgg19):
    command = [sys.executable, "-m", "kunster.evaluate"]
    done = run_short(*command, str(run_folder), *words(data, "photos", "judge"))
    assert done.returncode == 0
    failed = run_short(*command, "no_run")
    assert failed.returncode == 2
    assert failed.stderr.startswith("no_run: no such run folder or model file, nor a style; ")
    assert failed.stderr.count("\n") == 1
