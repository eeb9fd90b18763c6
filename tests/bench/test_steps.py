"""The ways that race do the same work: the same terms of the same pictures, then a step."""

import json
import pickle
from dataclasses import replace
from functools import partial
from time import sleep

import pytest
import torch

from kunster.bench import __main__ as bench
from kunster.bench import temporal, training
from kunster.bench.ours import OPTIMISATION, our_terms, random_vgg16
from kunster.bench.plain import PlainTerms
from kunster.bench.steps import images_per_second, ratio
from kunster.bench.temporal import PlainTemporal
from kunster.data.clips import FramePairs
from kunster.data.decode import decode_photo
from kunster.data.materials import photographs
from kunster.data.synthetic import SyntheticClips
from kunster.losses.slim import load_slim
from kunster.machine.hardware import choose_hardware
from kunster.networks.stylizer import kunster
from kunster.objectives.perceptual import PerceptualObjective
from kunster.objectives.stage import as_frames
from kunster.objectives.temporal import TemporalObjective

PAINTING = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def pairs() -> FramePairs:
    photos = [decode_photo(path, 96) for path in photographs()[:2]]
    return SyntheticClips(photos, (64, 64), seed=1).batch(0, 2)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return kunster()


def assert_same(found, expected, names):
    for name in names:
        torch.testing.assert_close(found[name], expected[name], rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize("load", [load_slim, random_vgg16])
def test_both_ways_of_stage_1_have_the_same_terms(load, pairs, network):
    torch.manual_seed(0)
    perceptual, photos = load(), pairs.frames[:, 0]
    plain = PlainTerms(perceptual, PAINTING, as_frames(photos))
    expected = plain(as_frames(photos), network(as_frames(photos)))
    terms = our_terms(perceptual, PAINTING, photos, torch.float32)
    found = PerceptualObjective(network, terms, *OPTIMISATION).losses(photos)
    assert_same(found, expected, ("content", "style", "tv"))


def both_ways(network, batch: FramePairs):
    """The terms of stage 2, plain and ours, with `slim` in float32."""
    photos = batch.frames[:, 0]
    plain = PlainTemporal(network, PlainTerms(load_slim(), PAINTING, as_frames(photos)))
    terms = our_terms(load_slim(), PAINTING, photos, torch.float32)
    ours = TemporalObjective(network, terms, 300.0, 1.0, True, *OPTIMISATION)
    return plain.losses(batch), ours.losses(batch)


def test_both_ways_of_stage_2_have_the_same_terms(pairs, network):
    expected, found = both_ways(network, pairs)
    assert found["output"] > 1e-5
    assert_same(found, expected, ("content", "style", "tv", "output"))


def test_the_plain_feature_term_is_ours_times_the_features_variance(pairs, network):
    """Where all can be traced: how a mask is made smaller differs from script to script."""
    everywhere = torch.ones_like(pairs.traceable)
    expected, found = both_ways(network, FramePairs(pairs.frames, pairs.flow, everywhere))
    with torch.no_grad():
        features = network.encode(as_frames(pairs.frames.flatten(0, 1)))
    variance = features.var(dim=(-2, -1)).mean()
    torch.testing.assert_close(variance * found["feature"], expected["feature"], rtol=1e-3, atol=0)


HERE = choose_hardware(accelerator="cpu")
WORK = (1, (64, 96))  # of a step: how many, (height, width)
SMALL = {
    "plain, stage 1": partial(training.plain_step, load_slim, "cpu", *WORK),
    "kunster, stage 1": partial(training.kunster_step, load_slim, HERE, *WORK),
    "plain, stage 2": partial(temporal.plain_step, load_slim, "cpu", *WORK),
    "kunster, stage 2": partial(temporal.kunster_step, load_slim, True, HERE, *WORK),
    "kunster, stage 2, by turns": partial(temporal.kunster_step, load_slim, False, HERE, *WORK),
}


@pytest.mark.parametrize("name", SMALL)
def test_a_step_of_every_way_changes_the_network(name, monkeypatch):
    networks = []

    def remembered(*arguments):
        networks.append(kunster(*arguments))
        return networks[-1]

    for module in ("ours", "training", "temporal"):
        monkeypatch.setattr(f"kunster.bench.{module}.kunster", remembered, raising=False)
    step = SMALL[name]()
    (network,) = networks
    before = [parameter.detach().clone() for parameter in network.parameters()]
    step()
    for old, new in zip(before, network.parameters(), strict=True):
        assert torch.isfinite(new).all()
        assert not torch.equal(old, new)


@pytest.mark.parametrize("contest", [training.contest(HERE, *WORK), temporal.contest(HERE, *WORK)])
def test_ways_reach_another_process_and_further_ratios_are_of_ways_that_race(contest):
    assert [pickle.loads(pickle.dumps(build)).func for build in contest.ways.values()]
    assert all({way, base} <= set(contest.ways) for way, base in contest.further)


@pytest.mark.parametrize(
    ("accelerator", "size", "titles"),
    [
        ("cpu", None, ["256x256, batch 4", "256x256, batch 2 pairs"]),
        ("cuda", None, ["256x256, batch 32", "640x360, batch 8 pairs"]),
        ("cuda", "128", ["128x128, batch 32", "128x128, batch 8 pairs"]),
    ],
)
def test_by_default_a_gpu_is_measured_at_the_sizes_it_trains_at(
    accelerator, size, titles, monkeypatch, capsys
):
    hardware = replace(HERE, accelerator=accelerator)
    monkeypatch.setattr("kunster.machine.hardware.choose_hardware", lambda *_, **__: hardware)
    monkeypatch.setattr(
        "kunster.bench.steps.compare",
        lambda contest, *_: {name: [1.0] for name in contest.ways},
    )
    assert bench.main(["train", *([] if size is None else ["--size", size])]) == 0
    printed = capsys.readouterr().out
    for stage, title in enumerate(titles, start=1):
        assert f"stage-{stage} step, {title}" in printed


def test_images_a_second_count_all_images_of_a_step():
    speed = images_per_second(lambda: lambda: sleep(0.01), images=4, seconds=0.1)
    assert 100 < speed <= 400


def test_the_ratio_is_the_median_of_the_rounds_own():
    assert ratio([2.0, 30.0, 8.0], [1.0, 10.0, 2.0]) == 3


def test_the_table_shows_every_way_and_the_file_every_figure(tmp_path, monkeypatch, capsys):
    ways = temporal.contest(HERE, *WORK).ways
    speeds = {name: 2.0**number for number, name in enumerate(ways)}

    def raced(contest, rounds, seconds, say):
        assert contest.title == "stage-2 step, 640x360, batch 3 pairs"
        assert contest.images == 6
        return {name: [speeds[name]] * rounds for name in contest.ways}

    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr("kunster.bench.steps.compare", raced)
    out = tmp_path / "figures.json"
    asked = ["--stage", "2", "--batch", "3", "--size", "640x360", "--rounds", "2"]
    assert bench.main(["train", *asked, "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "stage-1" not in shown
    for name in ways:
        assert name in shown
    assert "kunster, slim against plain recipe, slim" in shown
    stages = json.loads(out.read_text())["stages"]
    assert list(stages) == ["2"]
    ratios = stages["2"]["ratio"]
    assert ratios["plain recipe, vgg16"] == 1
    assert ratios["kunster, slim"] == 8
    assert ratios["kunster, slim against plain recipe, slim"] == 4
    assert stages["2"]["images_per_second"]["kunster, slim"] == [8, 8]
