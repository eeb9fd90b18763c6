"""What stands between a step and CUDA's graphs; the replay itself takes a GPU."""

import pytest
import torch

from kunster.data.clips import FramePairs
from kunster.data.crops import Crops
from kunster.data.device_crops import DeviceCrops
from kunster.data.synthetic import SyntheticClips
from kunster.machine import cuda_graphs as recording
from kunster.machine.cuda_graphs import RecordedFunction, RecordedLosses

from ..small_stages import small_stage


@pytest.fixture
def recordings(monkeypatch):
    """What was recorded, as (function, samples); it is called each time instead of replayed."""
    made = []

    def graphed(function, samples):
        assert all(isinstance(sample, torch.Tensor) for sample in samples)
        made.append((function, samples))
        return function

    monkeypatch.setattr(recording, "_graphed", graphed)
    return made


def gradients(stage, losses, batch, turn):
    found = losses(batch, turn)
    stage.network.zero_grad()
    found["loss"].backward()
    return found, [parameter.grad for parameter in stage.network.parameters()]


def test_recorded_losses_and_gradients_are_those_of_the_losses(recordings, photos):
    pairs: FramePairs = SyntheticClips(photos, (64, 64)).batch(0, 2)
    for kind, batch in (("perceptual", pairs.frames[:, 0]), ("temporal", pairs)):
        stage = small_stage(kind)
        recorded = RecordedLosses(stage.network, stage.losses)
        for turn in (0, 1):
            expected, its_gradients = gradients(stage, stage.losses, batch, turn)
            found, our_gradients = gradients(stage, recorded, batch, turn)
            assert found.keys() == expected.keys()
            torch.testing.assert_close(found, expected)
            torch.testing.assert_close(our_gradients, its_gradients)
            assert [name for name, term in found.items() if term.requires_grad] == ["loss"]


def test_each_turn_and_each_shape_is_recorded_once(recordings):
    stage = small_stage("perceptual")
    recorded = RecordedLosses(stage.network, stage.losses)
    two, one = (torch.zeros(count, 3, 64, 64, dtype=torch.uint8) for count in (2, 1))
    for batch, turn in [(two, 0), (two, 1), (two, 0), (one, 0), (one, 0), (two, 1)]:
        recorded(batch, turn)
    assert len(recordings) == 3
    module, (sample,) = recordings[0]
    assert set(module.parameters()) == set(stage.network.parameters())
    assert sample is not two  # the recording writes its inputs there


def test_crops_are_the_same_recorded_and_not(recordings, photos):
    crops, device = Crops(photos, 48, jitter=0.3), torch.device("cpu")
    plain, recorded = DeviceCrops(crops, device), DeviceCrops(crops, device, recorded=True)
    cuts = [plain.batch(start, 2) for start in range(0, 40, 2)]
    for cut in cuts:
        assert torch.equal(recorded.finish(cut), plain.finish(cut))
    assert len(recordings) == len({cut.taps for cut in cuts})


def test_constants_tell_recordings_apart(recordings):
    scaled = RecordedFunction(lambda values, factor: values * factor)
    values = torch.arange(3.0)
    for factor in (2, 3, 2):
        assert torch.equal(scaled(values, factor=factor), values * factor)
    assert len(recordings) == 2
