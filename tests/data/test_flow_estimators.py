import numpy as np
import pytest
import torch
from torch.nn import functional as F
from torchvision.models.optical_flow import raft_small

from kunster.data import flow_estimators
from kunster.data.flow import estimate_flow
from kunster.data.flow_estimators import Raft, flow_estimator
from kunster.errors import UserError


@pytest.fixture
def original(real):
    """The weights that princeton-vl published."""
    return real("raft", "raft-small.pth")


def moved(photograph, size=(133, 150)):
    """Two views of a photograph whose content goes right by 4 and down by 3 pixels."""
    height, width = size
    return [
        np.ascontiguousarray(photograph[top : top + height, left : left + width])
        for top, left in ((103, 104), (100, 100))
    ]


class PrincetonRaft:
    """RAFT-small written down from princeton-vl/RAFT: core/raft, extractor, update, corr."""

    def __init__(self, weights):
        tensors = torch.load(weights, weights_only=True, map_location="cpu")
        self.tensors = {name.removeprefix("module."): tensors[name] for name in tensors}

    def conv(self, x, name, stride=1):
        weight, bias = (self.tensors[f"{name}.{part}"] for part in ("weight", "bias"))
        return F.conv2d(x, weight, bias, stride, weight.shape[-1] // 2)

    def encode(self, x, name, norm):
        x = norm(self.conv(x, f"{name}.conv1", 2)).relu()
        for layer, first_stride in (("layer1", 1), ("layer2", 2), ("layer3", 2)):
            for block, stride in ((0, first_stride), (1, 1)):
                at = f"{name}.{layer}.{block}"
                y = norm(self.conv(x, f"{at}.conv1")).relu()
                y = norm(self.conv(y, f"{at}.conv2", stride)).relu()
                y = norm(self.conv(y, f"{at}.conv3")).relu()
                if stride > 1:
                    x = norm(self.conv(x, f"{at}.downsample.0", stride))
                x = (x + y).relu()
        return self.conv(x, f"{name}.conv2")

    def lookup(self, pyramid, coordinates):
        _, _, height, width = coordinates.shape
        steps = torch.linspace(-3, 3, 7)
        delta = torch.stack(torch.meshgrid(steps, steps, indexing="ij"), dim=-1)
        found = []
        for level, correlation in enumerate(pyramid):
            centres = coordinates[0].permute(1, 2, 0).reshape(-1, 1, 1, 2) / 2**level
            sides = torch.tensor(correlation.shape[:1:-1]) - 1
            grid = 2 * (centres + delta) / sides - 1
            sampled = F.grid_sample(correlation, grid, align_corners=True)
            found.append(sampled.view(1, height, width, -1))
        return torch.cat(found, dim=-1).permute(0, 3, 1, 2)

    def update(self, state, context, correlation, flow):
        seen = self.conv(correlation, "update_block.encoder.convc1").relu()
        moving = self.conv(flow, "update_block.encoder.convf1").relu()
        moving = self.conv(moving, "update_block.encoder.convf2").relu()
        motion = self.conv(torch.cat([seen, moving], 1), "update_block.encoder.conv").relu()
        inputs = torch.cat([context, motion, flow], dim=1)
        both = torch.cat([state, inputs], dim=1)
        z = self.conv(both, "update_block.gru.convz").sigmoid()
        r = self.conv(both, "update_block.gru.convr").sigmoid()
        q = self.conv(torch.cat([r * state, inputs], 1), "update_block.gru.convq").tanh()
        state = (1 - z) * state + z * q
        hidden = self.conv(state, "update_block.flow_head.conv1").relu()
        return state, self.conv(hidden, "update_block.flow_head.conv2")

    @torch.no_grad()
    def __call__(self, first, second):
        """Flow (H, W, 2) between uint8 RGB (H, W, 3) with sides that are multiples of 8."""
        images = [
            torch.from_numpy(frame).permute(2, 0, 1)[None].float() / 255 * 2 - 1
            for frame in (first, second)
        ]
        one, two = (self.encode(image, "fnet", F.instance_norm)[0] for image in images)
        channels, height, width = one.shape
        correlation = one.view(channels, -1).T @ two.view(channels, -1) / channels**0.5
        pyramid = [correlation.view(-1, 1, height, width)]
        pyramid += [F.avg_pool2d(pyramid[0], 2**level) for level in (1, 2, 3)]
        encoded = self.encode(images[0], "cnet", lambda x: x)
        state, context = encoded[:, :96].tanh(), encoded[:, 96:].relu()
        y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
        start = torch.stack([x, y])[None].float()
        flow = torch.zeros_like(start)
        for _ in range(12):
            correlated = self.lookup(pyramid, start + flow)
            state, step = self.update(state, context, correlated, flow)
            flow = flow + step
        size = (8 * height, 8 * width)
        flow = 8 * F.interpolate(flow, size, mode="bilinear", align_corners=True)
        return flow[0].permute(1, 2, 0).numpy()


def test_the_originals_weights_give_the_originals_flow(original, photograph):
    frames = moved(photograph, (128, 160))
    expected = PrincetonRaft(original)(*frames)
    np.testing.assert_allclose(Raft(original)(*frames), expected, atol=2e-3)
    assert abs(np.median(expected[..., 0]) - 4) < 0.2


def test_torchvisions_layout_of_the_same_weights_gives_the_same_flow(
    original, photograph, tmp_path
):
    """torchvision's own weights are a plain state_dict of its raft_small."""
    own = Raft(original)
    torch.save(own.network.state_dict(), tmp_path / "raft.pth")
    again = flow_estimator(str(tmp_path / "raft.pth"))
    frames = moved(photograph, (128, 128))
    np.testing.assert_array_equal(again.estimate(*frames), own(*frames))


def test_raft_finds_how_a_photograph_was_moved_at_any_size(original, photograph):
    estimator = flow_estimator(str(original))
    for size in ((133, 150), (100, 200)):
        flow = estimator.estimate(*moved(photograph, size))
        assert flow.shape == (*size, 2)
        np.testing.assert_allclose(np.median(flow.reshape(-1, 2), axis=0), [4, 3], atol=0.2)


def test_auto_is_raft_where_it_is_fetched_and_there_is_a_gpu(monkeypatch, tmp_path):
    monkeypatch.setenv("KUNSTER_DATA", str(tmp_path))
    assert flow_estimator("auto") == flow_estimator("dis") == ("OpenCV DIS, medium", estimate_flow)
    with pytest.raises(UserError, match=r"clips.flow=raft: .*kunster fetch raft"):
        flow_estimator("raft")
    weights = tmp_path / "raft.pth"
    torch.save(raft_small(weights=None).state_dict(), weights)
    monkeypatch.setattr(flow_estimators, "asset_path", lambda name: weights)
    assert isinstance(flow_estimator("raft").estimate, Raft)
    assert flow_estimator("dis").estimate is estimate_flow
    for gpu in (False, True):
        monkeypatch.setattr(flow_estimators, "gpu_found", lambda found=gpu: found)
        monkeypatch.setattr(flow_estimators, "Raft", lambda weights: "raft")
        assert (flow_estimator("auto").estimate == "raft") is gpu


def test_other_weights_have_another_name(tmp_path):
    names = []
    for number in (1, 2):
        torch.manual_seed(number)
        torch.save(raft_small(weights=None).state_dict(), tmp_path / "raft.pth")
        names.append(flow_estimator(str(tmp_path / "raft.pth")).name)
    assert names[0] != names[1]


@pytest.mark.parametrize("content", [b"no weights", b"", {"module.a": torch.ones(1)}, [1, 2]])
def test_a_file_without_raft_in_it_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "weights.pth"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content, path)
    with pytest.raises(UserError, match=r"weights.pth: holds no weights of RAFT-small") as raised:
        flow_estimator(str(path))
    assert "\n" not in str(raised.value)


def test_an_unknown_estimator_is_refused_with_the_known_ones():
    with pytest.raises(UserError, match="flow=farneback: must be auto, dis, raft or a file"):
        flow_estimator("farneback")
