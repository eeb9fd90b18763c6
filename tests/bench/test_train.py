"""The ways that are compared do the same work: the same terms of the same pictures, then a step."""

import inspect
import json
import pickle
from functools import partial
from time import sleep

import pytest
import torch

from kunster.bench import __main__ as bench
from kunster.bench import train
from kunster.bench.ours import OurStage, Work, our_stage, our_step
from kunster.bench.plain import PlainTemporal, PlainTerms
from kunster.bench.steps import images_per_second, ratio
from kunster.data.clips import FramePairs
from kunster.data.materials import photographs
from kunster.data.paintings import load_painting
from kunster.objectives.stage import as_frames

PICTURE, SCALE = photographs()[0], 64
SAME = (  # what the plain recipe does
    *("trainer.accelerator=cpu", "trainer.precision=32-true", f"style.image='{PICTURE}'"),
    f"style.size={SCALE}",
)


def stage_like_plain(stage) -> OurStage:
    torch.manual_seed(0)
    return our_stage(Work(stage, "paper", 2, (64, 64), SAME))


def plain_terms(ours: OurStage) -> PlainTerms:
    photos = as_frames(ours.data.sample(16))
    return PlainTerms(ours.objective.loss.perceptual, load_painting(PICTURE, SCALE), photos)


def assert_same(found, expected, names):
    for name in names:
        torch.testing.assert_close(found[name], expected[name], rtol=1e-3, atol=1e-7)


def test_both_ways_of_stage_1_have_the_same_terms():
    ours = stage_like_plain("perceptual")
    batch = ours.read()(0)
    photos = as_frames(batch)
    expected = plain_terms(ours)(photos, ours.objective.network(photos))
    assert_same(ours.objective.losses(batch), expected, ("content", "style", "tv"))


def test_both_ways_of_stage_2_have_the_same_terms():
    ours = stage_like_plain("temporal")
    batch = ours.read()(0)
    expected = PlainTemporal(ours.objective.network, plain_terms(ours)).losses(batch)
    found = ours.objective.losses(batch)
    assert found["output"] > 1e-5
    assert_same(found, expected, ("content", "style", "tv", "output"))


def test_the_plain_feature_term_is_ours_times_the_features_variance():
    """Where nothing is occluded: how a mask is made smaller differs from script to script."""
    ours = stage_like_plain("temporal")
    frames, flow, mask = ours.read()(0)
    batch = FramePairs(frames, flow, torch.ones_like(mask))
    network = ours.objective.network
    expected = PlainTemporal(network, plain_terms(ours)).losses(batch)
    found = ours.objective.losses(batch)
    with torch.no_grad():
        features = network.encode(as_frames(frames.flatten(0, 1)))
    variance = features.var(dim=(-2, -1)).mean()
    torch.testing.assert_close(variance * found["feature"], expected["feature"], rtol=1e-3, atol=0)


def test_our_step_is_that_of_a_default_run():
    ours = our_stage(Work("perceptual", "default", 1, (128, 128)))
    assert ours.objective.loss.surround == 8
    assert ours.objective.optimizer.func.__name__ == "adam_by_fan_in"
    values = ours.objective.losses(ours.read()(0))
    assert {"content", "near_content", "style", "light", "loss"} < set(values)


ONE = {
    stage: Work(stage, "paper", 1, size, ("trainer.accelerator=cpu",))
    for stage, size in (("perceptual", (64, 64)), ("temporal", (64, 96)))
}
SMALL = {
    "plain, stage 1": partial(train.plain_step_1, ONE["perceptual"], "cpu"),
    "kunster, stage 1": partial(our_step, ONE["perceptual"]),
    "plain, stage 2": partial(train.plain_step_2, ONE["temporal"], "cpu"),
    "kunster, stage 2": partial(our_step, ONE["temporal"]),
}


@pytest.mark.parametrize("name", SMALL)
def test_a_step_of_every_way_changes_the_network(name):
    step = SMALL[name]()
    optimizer = inspect.getclosurevars(step).nonlocals["optimizer"]
    parameters = [each for group in optimizer.param_groups for each in group["params"]]
    before = [parameter.detach().clone() for parameter in parameters]
    step()
    assert parameters
    for old, new in zip(before, parameters, strict=True):
        assert torch.isfinite(new).all()
        assert not torch.equal(old, new)


@pytest.mark.parametrize(
    "contest",
    [train.contest_of(ONE["perceptual"], "cpu"), train.contest_of(ONE["temporal"], "cpu")],
)
def test_ways_reach_another_process(contest):
    assert [pickle.loads(pickle.dumps(build)).func for build in contest.ways.values()]


@pytest.mark.parametrize(
    ("device", "size", "titles"),
    [
        ("cpu", None, ["256x256, batch 4", "256x256, batch 2 pairs"]),
        ("cuda", None, ["256x256, batch 32", "640x360, batch 8 pairs"]),
        ("cuda", "128", ["128x128, batch 32", "128x128, batch 8 pairs"]),
    ],
)
def test_by_default_a_gpu_is_measured_at_the_sizes_it_trains_at(
    device, size, titles, monkeypatch, capsys
):
    monkeypatch.setattr(train, "choose_device", lambda _: device)
    monkeypatch.setattr(train, "device_name", lambda _: "a device")
    monkeypatch.setattr(
        train, "compare", lambda contest, *_: {name: [1.0] for name in contest.ways}
    )
    assert bench.main(["train", *([] if size is None else ["--size", size])]) == 0
    printed = capsys.readouterr().out
    for stage, title in enumerate(titles, start=1):
        assert f"stage-{stage} step, {title}" in printed


def test_images_a_second_count_all_images_of_a_step():
    speed = images_per_second(lambda: lambda: sleep(0.01), images=100, seconds=0.1)
    assert 100 < speed <= 10_000  # a busy machine sleeps longer


def test_the_ratio_is_the_median_of_the_rounds_own():
    assert ratio([2.0, 30.0, 8.0], [1.0, 10.0, 2.0]) == 3


def test_the_table_shows_every_way_and_the_file_every_figure(tmp_path, monkeypatch, capsys):
    ways = train.contest_of(ONE["temporal"], "cpu").ways
    speeds = {name: 2.0**number for number, name in enumerate(ways)}

    def raced(contest, rounds, seconds, say):
        assert contest.title == "stage-2 step, 640x360, batch 3 pairs"
        assert contest.images == 6
        return {name: [speeds[name]] * rounds for name in contest.ways}

    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(train, "compare", raced)
    out = tmp_path / "figures.json"
    asked = ["--stage", "2", "--batch", "3", "--size", "640x360", "--rounds", "2"]
    assert bench.main(["train", *asked, "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "stage-1" not in shown
    for name in ways:
        assert name in shown
    stages = json.loads(out.read_text())["stages"]
    assert list(stages) == ["2"]
    ratios = stages["2"]["ratio"]
    assert ratios == {"plain recipe": 1, "kunster, same terms": 2, "kunster, default": 4}
    assert stages["2"]["images_per_second"]["kunster, default"] == [4, 4]
