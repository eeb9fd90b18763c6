"""Seconds against known delays; what is shown and refused."""

import json
import sys
from time import sleep
from types import SimpleNamespace

import pytest
import torch
from torch import distributed as dist
from torch import nn

from kunster.bench import __main__ as bench
from kunster.bench import cost, ours, phases, processes
from kunster.bench.cost import PHASES, process_counts, shares
from kunster.bench.ours import Work, our_stage, random_vgg16
from kunster.bench.phases import Phases
from kunster.bench.processes import images_per_second
from kunster.data.crops import Crops
from kunster.errors import UserError
from kunster.losses.features import PerceptualNetwork
from kunster.run import pace

from ..small_runs import FORKS


def test_the_rate_is_what_the_machine_needs_for_a_product(monkeypatch):
    side, delay = cost.SIDE["cpu"], 0.2
    product = torch.Tensor.__matmul__

    def slow(first, second):
        sleep(delay)
        return product(first, second)

    monkeypatch.setattr(torch.Tensor, "__matmul__", slow)
    rate = cost.matrix_flop_per_second("cpu", "32-true")
    assert side**3 * 2 / (5 * delay) < rate < side**3 * 2 / delay


class Delay(torch.autograd.Function):
    """Sleeps for a known time, forward and backward."""

    @staticmethod
    def forward(ctx, values, forward, backward):
        ctx.seconds = backward
        sleep(forward)
        return values.clone()

    @staticmethod
    def backward(ctx, gradient):
        sleep(ctx.seconds)
        return gradient, None, None


class DelayLayer(nn.Module):
    def __init__(self, forward: float, backward: float) -> None:
        super().__init__()
        self.seconds = (forward, backward)

    def forward(self, values):
        return Delay.apply(values, *self.seconds)


class SlowFeatures(PerceptualNetwork):
    """Sleeps 0.3 s forward and 0.4 s back, whatever it is asked for."""

    def features(self, images, layers, turn=None):
        return super().features(Delay.apply(images, 0.3, 0.4), layers, turn)


@pytest.fixture(autouse=True)
def thin(monkeypatch):
    """VGG16 of few channels, whose own time is little."""
    monkeypatch.setattr(ours, "VGG16_WIDTHS", (4, 8, 8, 8))


class Clock:
    """A time that goes by in its `sleep` alone, however busy the machine is."""

    seconds = 0.0

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def clock(monkeypatch):
    """The clock of this file's delays and of the phases."""
    found = Clock()
    monkeypatch.setattr(sys.modules[__name__], "sleep", found.sleep)
    time = SimpleNamespace(perf_counter=lambda: found.seconds)
    monkeypatch.setattr(phases, "time", time)
    return found


FLOAT32 = ("trainer.accelerator=cpu", "trainer.precision=32-true")
SMALL = Work("perceptual", "paper", 1, (64, 64), FLOAT32)


@pytest.mark.usefixtures("clock")
def test_delays_are_found_in_the_phase_that_they_are_in(monkeypatch):
    each = our_stage(SMALL)
    each.objective.network.encoder.append(DelayLayer(0.3, 0.5))
    each.objective.loss.perceptual.__class__ = SlowFeatures
    batch, step = each.data.batches.batch, torch.optim.Adam.step

    def slow_batch(*arguments):
        sleep(0.4)
        return batch(*arguments)

    def slow_step(*arguments, **named):
        sleep(0.2)
        return step(*arguments, **named)

    monkeypatch.setattr(each.data.batches, "batch", slow_batch)
    monkeypatch.setattr(torch.optim.Adam, "step", slow_step)
    monkeypatch.setattr(cost, "WARM_UP", 0)
    monkeypatch.setattr(cost, "STEPS", 1)
    found = shares(each)
    slept = {
        "data": 0.4,
        "network": 0.3 + 0.5,
        "perceptual": 2 * 0.3 + 0.4,  # of the photo, and of the picture and back
        "rest": 0.2,
    }
    assert sum(found.values()) == pytest.approx(1)
    for name, seconds in slept.items():
        assert found[name] == pytest.approx(seconds / 2.4), found


@pytest.mark.usefixtures("clock")
def test_what_a_device_is_still_at_belongs_to_who_gave_it_the_work(monkeypatch):
    queue = []
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(
        torch.accelerator, "synchronize", lambda: sleep(sum(queue)) or queue.clear()
    )
    watch = Phases(("first", "second"))
    watch.enter("first")
    queue.append(0.3)
    watch.enter("second")
    queue.append(0.1)
    watch.enter(None)
    assert watch.seconds == pytest.approx({"first": 0.3, "second": 0.1})


def test_crops_that_training_cuts_on_the_device_are_cut_there_here_too(monkeypatch):
    each = our_stage(Work("perceptual", "paper", 2, (64, 64), (*FLOAT32, "photos.on_device=true")))
    expected = each.data.batches.batch(6, 2)  # of step 3

    def refused(*arguments):
        raise AssertionError("cut on the host")

    monkeypatch.setattr(Crops, "batch", refused)
    found = each.read()(3)
    assert (found.int() - expected.int()).abs().max() <= 2
    assert sum(shares(each).values()) == pytest.approx(1)


@pytest.mark.parametrize(("stage", "size", "images"), [("1", "64", 1), ("2", "96x64", 2)])
def test_the_file_has_what_the_table_shows(stage, size, images, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    for module in (cost, pace):
        monkeypatch.setattr(module, "WARM_UP", 1)
    monkeypatch.setattr(cost, "STEPS", 1)
    out = tmp_path / "cost.json"
    words = ["--stage", stage, "--batches", "1", "2", "--size", size, "--rounds", "1"]
    words += ["--recipe", "paper"]
    assert bench.main(["cost", "--accelerator", "cpu", *words, "--out", str(out)]) == 0
    figures, shown = json.loads(out.read_text()), capsys.readouterr().out
    one, two = figures["steps"]
    assert two["flop"] == 2 * one["flop"]
    for step in (one, two):
        assert list(step["shares"]) == list(PHASES)
        assert sum(step["shares"].values()) == pytest.approx(1)
        seconds = images * step["batch"] / step["images_per_second"]
        assert step["flop_per_second"] == pytest.approx(step["flop"] / seconds)
        rate = step["flop_per_second"] / figures["matrix_flop_per_second"]
        assert step["matrix_rate"] == pytest.approx(rate)
        assert f"{step['images_per_second']:.1f}" in shown
    assert all(phase in shown for phase in PHASES)


def slow_vgg_of_two() -> PerceptualNetwork:
    """For a process that fails where its gradients are not those of the other."""
    step = torch.optim.Adam.step

    def compared(optimizer, *arguments):
        (group,) = optimizer.param_groups
        ours = torch.cat([parameter.grad.flatten() for parameter in group["params"]])
        both = [torch.empty_like(ours), torch.empty_like(ours)]
        dist.all_gather(both, ours)
        assert ours.abs().max() > 0
        assert torch.equal(*both)
        return step(optimizer, *arguments)

    torch.optim.Adam.step = compared
    pace.WARM_UP = 1
    ours.VGG16_WIDTHS = (4, 8, 8, 8)
    vgg = random_vgg16()
    vgg.__class__ = SlowFeatures
    return vgg


@pytest.mark.slow
def test_two_processes_agree_on_each_step_and_their_images_are_counted_together(monkeypatch):
    monkeypatch.setattr(processes, "get_context", lambda kind: FORKS)  # not 10 s of imports each
    slow = f"perceptual._target_={__name__}.slow_vgg_of_two"
    work = Work("perceptual", "paper", 1, (64, 64), (*FLOAT32, slow))
    found = images_per_second(work, counts=[2], rounds=1)
    asleep = 2 * 0.3 + 0.4  # in a step: more than what it takes besides, on a busy machine too
    assert 1 / asleep < found[2] < 2 / asleep


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["cost", "--batches", "0"], "--batches 0: must be a whole number, 1 or more"),
        (["cost", "--rounds", "0"], "--rounds 0: must be a whole number, 1 or more"),
        (["cost", "--size", "66"], "--size 66: must be a side"),
        (["cost", "--size", "640,360"], "--size 640,360: must be a side"),
        (["cost", "--size", "640x360"], "--size 640x360: the crops of stage 1 are square"),
        (["cost", "--processes", "0"], "--processes 0: must be a whole number, 1 or more"),
        (["train", "--batch", "0"], "--batch 0: must be a whole number, 1 or more"),
        (["android", "nothing", "--rounds", "0"], "--rounds 0: must be a whole number, 1 or more"),
        (["train", "--rounds", "0"], "--rounds 0: must be a whole number, 1 or more"),
        (["train", "--size", "32x64"], "--size 32x64: must be a side"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_a_line(words, said, capsys):
    assert bench.main(words) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith(said)
    assert shown.err.count("\n") == 1
    assert not shown.out


def test_more_processes_than_gpus_are_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(UserError, match="--processes 3: this machine has 2 GPUs"):
        process_counts([1, 3], "cuda")
    with pytest.raises(UserError, match="not on Metal"):
        process_counts([2], "mps")
    assert process_counts(None, "cuda") == [1, 2]
    assert process_counts(None, "cpu") == []
