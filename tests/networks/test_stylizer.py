"""Parameter counts of the paper, shapes, and a forward pass written out by hand."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from kunster.errors import UserError
from kunster.networks.stylizer import johnson, kunster, parameter_count, reconet, stylize
from kunster.networks.table2 import RECONET_PARAMETERS, ROWS, megabytes, row_of_table2

from ..random_networks import describe

# ids 1 to 15: the counts behind Table II's percentages
COUNTS = (
    *(469731, 267627, 121971, 32763, 9327),
    *(307683, 173739, 77811, 19899, 5199),
    *(233571, 131979, 59187, 15195, 3999),
)
TABLE1_COUNTS = (381795, 215499, 96435, 24603, 6399)  # beta = 1 with Table I taken at its word


@pytest.mark.parametrize(("row", "count"), list(zip(ROWS, COUNTS, strict=True)))
def test_every_row_of_table2(row, count):
    parameters = parameter_count(kunster(row.alpha, row.beta))
    assert parameters == count
    assert round(100 * parameters / RECONET_PARAMETERS, 2) == row.percent_of_reconet
    assert round(megabytes(parameters), 2) == row.megabytes
    thousands = int(row.parameters.removesuffix("k"))
    assert thousands in (round(count / 1000), count // 1000)  # the paper rounds or truncates
    assert row_of_table2(describe(alpha=row.alpha, beta=row.beta)) == row.id


@pytest.mark.parametrize(
    "changes",
    [
        {"norm": "frn"},  # 15,283 parameters, where the paper prints 15k of instance norm's 15,195
        {"layout": "table1", "beta": 1},
        {"alpha": 0.375},
        {"kind": "reconet", "alpha": None, "beta": None, "layout": None},
    ],
)
def test_other_networks_are_no_row_of_table2(changes):
    assert row_of_table2(describe(**changes)) is None


def test_table1_differs_at_beta_1_only():
    alphas = (1, 0.75, 0.5, 0.25, 0.125)
    assert tuple(parameter_count(kunster(a, 1, "table1")) for a in alphas) == TABLE1_COUNTS
    for alpha in alphas:
        for beta in (0.75, 0.5):
            one, other = kunster(alpha, beta, "table1"), kunster(alpha, beta, "table2")
            assert parameter_count(one) == parameter_count(other)


def test_baselines_have_their_published_sizes():
    assert parameter_count(reconet()) == RECONET_PARAMETERS == 3_098_307
    assert parameter_count(johnson()) == 1_679_235  # PyTorch's fast_neural_style example


def reference(state: dict[str, Tensor], frames: Tensor, blocks: int, kernel: int) -> Tensor:
    """Section III-A of the paper with torch functionals and nothing else."""

    def conv(x: Tensor, name: str, stride: int = 1) -> Tensor:
        weight = state[f"{name}.weight"]
        padded = F.pad(x, (weight.shape[-1] // 2,) * 4, mode="reflect")
        return F.conv2d(padded, weight, state[f"{name}.bias"], stride)

    def norm(x: Tensor, name: str) -> Tensor:
        mean, variance = x.mean((2, 3), keepdim=True), x.var((2, 3), correction=0, keepdim=True)
        scale, shift = (state[f"{name}.{part}"].view(1, -1, 1, 1) for part in ("weight", "bias"))
        return (x - mean) / (variance + 1e-5).sqrt() * scale + shift

    def twice(x: Tensor) -> Tensor:
        return x.repeat_interleave(2, 2).repeat_interleave(2, 3)

    x = frames
    for index, stride in enumerate((1, 2, 2)):
        x = norm(conv(x, f"encoder.{index}.0", stride), f"encoder.{index}.1").relu()
    for index in range(3, 3 + blocks):
        body = norm(conv(x, f"encoder.{index}.body.0"), f"encoder.{index}.body.1").relu()
        x = x + norm(conv(body, f"encoder.{index}.body.3"), f"encoder.{index}.body.4")
    for index in (0, 1):
        x = norm(conv(twice(x), f"decoder.{index}.0"), f"decoder.{index}.1").relu()
    return conv(x, "decoder.2")


@pytest.mark.parametrize(("beta", "blocks", "kernel"), [(0.5, 2, 3), (0.75, 3, 3), (1, 5, 9)])
def test_forward_is_the_network_of_the_paper(beta, blocks, kernel):
    torch.manual_seed(0)
    network = kunster(0.25, beta).double()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    frames = torch.rand(2, 3, 64, 80, dtype=torch.float64)
    expected = reference(dict(network.state_dict()), frames, blocks, kernel)
    torch.testing.assert_close(network(frames), expected)


def test_frn_is_its_published_formula():
    torch.manual_seed(0)
    x = torch.randn(2, 8, 6, 6)
    network = kunster(0.25, 0.5, norm="frn")
    block = network.encoder[0]
    for parameter in block.parameters():
        torch.nn.init.normal_(parameter)
    gamma, beta, tau = block[1].weight, block[1].bias, block[2].threshold
    nu2 = (x**2).sum((2, 3), keepdim=True) / 36
    expected = torch.maximum(gamma * x / torch.sqrt(nu2 + 1e-6) + beta, tau)
    torch.testing.assert_close(block[2](block[1](x)), expected)


@pytest.mark.parametrize("norm", ["instance", "frn"])
def test_encoder_sees_a_quarter_of_the_size(norm):
    network = kunster(0.25, 0.5, norm=norm)
    assert network.encode(torch.rand(1, 3, 64, 96)).shape == (1, 16, 16, 24)


def test_any_size_from_64_up_comes_back_clamped():
    network = kunster(0.125, 0.5)
    for height, width in ((64, 65), (67, 90), (101, 64)):
        stylized = stylize(network, torch.rand(1, 3, height, width))
        assert stylized.shape == (1, 3, height, width)
        assert stylized.min() >= 0
        assert stylized.max() <= 1
    with pytest.raises(UserError, match="50x80"):
        stylize(network, torch.rand(1, 3, 80, 50))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((0.3, 0.5), "alpha=0.3"),
        ((0, 0.5), "alpha=0"),
        ((0.25, 0.6), "beta=0.6: 4·beta must be a whole number"),
        ((0.25, -1), "beta=-1"),
        ((0.25, 0.5, "table3"), "layout=table3"),
    ],
)
def test_values_that_give_no_network_are_named(arguments, said):
    with pytest.raises(UserError, match=said):
        kunster(*arguments)


@pytest.mark.parametrize("shape", [(3, 480, 640), (1, 4, 64, 64), (2, 1, 3, 64, 64)])
def test_refuses_frames_of_another_shape(shape):
    with pytest.raises(UserError, match=r"must be \(batch, 3, height, width\)"):
        stylize(kunster(), torch.rand(shape))
