"""Several styles in one network: each alone is a plain network, a mixture one between them."""

import pytest
import torch
from torch.nn import functional as F

from kunster.errors import UserError
from kunster.networks.description import Description
from kunster.networks.mixing import folded, parse_weights, shares_by_name, with_style
from kunster.networks.model_file import as_stylizer, load_model, save_model, with_weights
from kunster.networks.stored import StoredNetwork, read_stored
from kunster.networks.stylizer import multistyle, parameter_count, stylize
from kunster.networks.table2 import ROWS

from ..random_networks import describe, random_network
from .test_stylizer import COUNTS

THREE = describe(kind="multistyle", alpha=0.125)
FRAMES = torch.rand(2, 3, 64, 68, generator=torch.manual_seed(0))


def mixed(*shares: float) -> torch.Tensor:
    return torch.tensor([shares])


@pytest.fixture(scope="module")
def network():
    return random_network(THREE)


def alone(network, **weights: float):
    stored, description = folded(StoredNetwork.of(network), THREE, weights)
    return as_stylizer(stored), description


@pytest.mark.parametrize(("row", "count"), list(zip(ROWS, COUNTS, strict=True)))
def test_with_one_style_it_has_the_parameters_of_table_2(row, count):
    with torch.device("meta"):
        one, three = (multistyle(row.alpha, row.beta, styles=names) for names in ("a", "abc"))
    assert parameter_count(one) == count
    blocks = {1: 5, 0.75: 3, 0.5: 2}[row.beta]
    scales_and_shifts = 2 * row.alpha * (2 * (32 + 48) + 64 + 2 * blocks * 64)
    assert parameter_count(three) - count == 2 * scales_and_shifts


def test_with_one_style_it_is_the_plain_network():
    plain = random_network(describe(kind="dilated", alpha=0.125))
    one = describe(kind="multistyle", alpha=0.125, styles=("scream",))
    weights = {
        name: tensor[None] if tensor.ndim == 1 and name in norms(plain) else tensor
        for name, tensor in plain.state_dict().items()
    }
    assert torch.equal(with_weights(one, weights)(FRAMES), plain(FRAMES))


def norms(network):
    found = [n for n, m in network.named_modules() if isinstance(m, torch.nn.InstanceNorm2d)]
    return {f"{name}.{kind}" for name in found for kind in ("weight", "bias")}


def test_a_folded_style_is_exactly_what_the_network_paints(network):
    for place, name in enumerate(THREE.styles):
        plain, description = alone(network, **{name: 2})
        shares = F.one_hot(torch.tensor([place]), 3).float()
        assert torch.equal(plain(FRAMES), network.mix(shares)(FRAMES))
        assert (description.style, description.kind, description.styles) == (name, "dilated", None)
        assert description.parameters == parameter_count(plain) == 3999


def test_a_mixture_has_the_weighted_means_of_scales_and_shifts(network):
    plain, description = alone(network, scream=3, mine=1)
    assert description.style == "0.75 scream + 0.25 mine"
    torch.testing.assert_close(plain(FRAMES), network.mix(mixed(0.75, 0, 0.25))(FRAMES))
    ours, theirs = plain.encoder[0][1], network.encoder[0][1]
    torch.testing.assert_close(ours.weight, 0.75 * theirs.weight[0] + 0.25 * theirs.weight[2])
    torch.testing.assert_close(ours.bias, 0.75 * theirs.bias[0] + 0.25 * theirs.bias[2])


def test_each_picture_of_a_batch_has_its_own_styles(network):
    both = network.mix(torch.tensor([[0.0, 1, 0], [0.5, 0, 0.5]]))(FRAMES)
    for place, weights in enumerate(({"udnie": 1}, {"scream": 1, "mine": 1})):
        plain, _ = alone(network, **weights)
        found = plain(FRAMES[place : place + 1])[0]
        torch.testing.assert_close(both[place], found, rtol=1e-4, atol=1e-4)


def test_without_a_choice_nothing_is_painted():
    with pytest.raises(UserError, match="a network of 3 styles: choose"):
        stylize(random_network(THREE), FRAMES)


@pytest.mark.parametrize("small", [False, True])
def test_a_file_has_the_names(network, tmp_path, small):
    path = tmp_path / "base.safetensors"
    save_model(network, THREE, path, small)
    loaded, description = load_model(path)
    stored, same = read_stored(path)
    assert description == same == THREE
    assert THREE.to_metadata()["styles"] == "scream,udnie,mine"
    near = {"rtol": 1e-3, "atol": 1e-3} if small else {"rtol": 0, "atol": 0}
    for name, tensor in network.state_dict().items():
        torch.testing.assert_close(loaded.state_dict()[name], tensor, **near)
        torch.testing.assert_close(torch.tensor(stored.arrays[name]), tensor, **near)


def test_a_style_more_leaves_the_others_as_they_are(network):
    base = StoredNetwork.of(network)
    plain, _ = folded(base, THREE, {"udnie": 1})
    norms_changed = {name: a + 1 if a.ndim == 1 else a for name, a in plain.arrays.items()}
    kept = {
        name: plain.arrays[name] for name in base.arrays if name not in norms(network_of(plain))
    }
    new = StoredNetwork(plain.shape, {**norms_changed, **kept})
    more, description = with_style(base, THREE, new, "yours")
    assert description.styles == ("scream", "udnie", "mine", "yours")
    for name in THREE.styles:
        before, after = (
            folded(*each, {name: 1})[0] for each in ((base, THREE), (more, description))
        )
        assert torch.equal(as_stylizer(before)(FRAMES), as_stylizer(after)(FRAMES))
    yours, _ = folded(more, description, {"yours": 1})
    assert torch.equal(as_stylizer(yours)(FRAMES), as_stylizer(new)(FRAMES))
    other = StoredNetwork.of(random_network(describe(kind="dilated", alpha=0.125), seed=1))
    with pytest.raises(UserError, match=r"encoder\.0\.0\.weight is not that of"):
        with_style(base, THREE, other, "yours")
    with pytest.raises(UserError, match="style udnie: is there already"):
        with_style(base, THREE, new, "udnie")


def network_of(stored):
    return as_stylizer(stored)


def test_weights_of_a_command_line():
    assert parse_weights("scream") == {"scream": 1}
    assert parse_weights("scream:0.7, udnie:0.3") == {"scream": 0.7, "udnie": 0.3}
    assert shares_by_name(("a", "b"), {"b": 3, "a": 1}) == [0.25, 0.75]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("scram", "style=scram: not in this network; did you mean scream"),
        ("scream,scream", "scream is there twice"),
        ("scream:much", "much is no number"),
        ("scream:-1,udnie:2", "weights -1 2 0: must be numbers from 0 up"),
        ("scream:0", "and not all 0"),
        ("scream:nan", "weights nan 0 0"),
    ],
)
def test_weights_that_are_none_are_refused(text, said):
    with pytest.raises(UserError, match=said):
        shares_by_name(THREE.styles, parse_weights(text))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"styles": ("a", "b", "a")}, "style a: is there twice"),
        ({"styles": ("a,b",)}, "no comma"),
        ({"styles": ()}, "one or more"),
        ({"norm": "frn"}, "norm=frn: several styles share instance norm alone"),
        ({"styles": None}, "kind=multistyle: needs styles"),
    ],
)
def test_descriptions_that_are_no_network(changes, said):
    with pytest.raises(UserError, match=said):
        describe(kind="multistyle", **changes)


def test_a_plain_network_has_no_style_to_choose(network):
    plain, description = folded(StoredNetwork.of(network), THREE, {"mine": 1})
    assert isinstance(description, Description)
    with pytest.raises(UserError, match="paints one style alone, mine"):
        folded(plain, description, {"mine": 1})
