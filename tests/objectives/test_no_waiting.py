"""A step asks nothing of the device that it would have to wait for."""

from types import SimpleNamespace

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from kunster.callbacks.guard import FiniteLoss
from kunster.data.clips import FramePairs
from kunster.data.crops import Crops
from kunster.data.device_crops import DeviceCrops
from kunster.data.synthetic import SyntheticClips
from kunster.networks.stylizer import kunster

from ..small_stages import small_stage, terms_of

# a number read by Python, a result whose size depends on values, values copied from Python
WAITS = ("_local_scalar_dense", "nonzero", "masked_select", "unique", "equal", "lift_fresh")


@pytest.fixture
def trainer():
    return SimpleNamespace(global_step=0, world_size=1)


class NoWaiting(TorchDispatchMode):
    """Fails on what makes a GPU's host wait for it."""

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        name = operation._schema.name.removeprefix("aten::")
        assert not name.startswith(WAITS), f"{name} waits for the device"
        return operation(*args, **(kwargs or {}))


def stage_and_batch(kind: str, photos, terms=None, **settings):
    stage = small_stage(kind, terms, **settings)
    if kind == "perceptual":
        crops = DeviceCrops(Crops(photos, 64, jitter=0.3), torch.device("cpu"))
        cut = crops.batch(0, 2)
        return stage, lambda: crops.finish(cut)
    pairs: FramePairs = SyntheticClips(photos, (64, 64)).batch(0, 2)
    return stage, lambda: pairs


@pytest.mark.parametrize("kind", ["perceptual", "temporal"])
def test_neither_batch_nor_losses_nor_optimiser_nor_guard_waits(kind, photos, trainer):
    stage, batch = stage_and_batch(kind, photos)
    optimizer, guard = stage.optimizer(stage.network.parameters()), FiniteLoss()
    schedule = stage.schedule(optimizer, 10)
    before = [parameter.detach().clone() for parameter in stage.network.parameters()]
    for step in (1, 2):
        trainer.global_step = step
        with NoWaiting():
            loss = stage.losses(batch(), step % 2)["loss"]
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            guard.on_train_batch_end(trainer, stage, {"loss": loss}, None, 0)
    after = stage.network.parameters()
    assert all(not torch.equal(old, new) for old, new in zip(before, after, strict=True))


@pytest.mark.parametrize("wait", [lambda x: x.item(), lambda x: bool(x > 0), lambda x: x[x > 0]])
def test_what_waits_is_noticed(wait):
    value = torch.tensor(1.0)
    with NoWaiting(), pytest.raises(AssertionError, match="waits for the device"):
        wait(value)


@pytest.mark.parametrize("kind", [pytest.param("perceptual", marks=pytest.mark.slow), "temporal"])
def test_the_loss_is_captured_whole_and_is_the_same(kind, photos):
    terms = terms_of(kind)
    terms.pop("feature", None)  # its mean over devices is left out of what is captured
    stage, batch = stage_and_batch(kind, photos, terms, network=kunster(0.125, 0.25))
    captured = torch.compile(stage.losses, backend="aot_eager", fullgraph=True, dynamic=False)
    pictures = batch()
    expected, found = stage.losses(pictures, 1), captured(pictures, 1)
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-4, atol=1e-6)
    gradients = []
    for loss in (expected["loss"], found["loss"]):
        stage.network.zero_grad()
        loss.backward()
        gradients.append([p.grad.clone() for p in stage.network.parameters()])
    scale = max(float(gradient.abs().max()) for gradient in gradients[0])
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-5 * scale)
