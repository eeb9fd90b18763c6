import pytest
import torch
from safetensors.torch import save_file

from kunster.errors import UserError
from kunster.networks.model_file import load_model, plain_copy, save_model


def checkpoint(network, description) -> dict:
    state = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
    return {
        "state_dict": state | {"perceptual.weight": torch.zeros(1)},
        "description": description.to_metadata(),
    }


def test_what_is_saved_comes_back_bit_by_bit(network, description, tmp_path):
    save_model(
        network.to(memory_format=torch.channels_last), description, tmp_path / "m.safetensors"
    )
    loaded, described = load_model(tmp_path / "m.safetensors")
    assert described == description
    assert not loaded.training
    for name, tensor in network.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor)
    assert [path.name for path in tmp_path.iterdir()] == ["m.safetensors"]


def test_reads_the_network_out_of_a_lightning_checkpoint(network, description, tmp_path):
    torch.save(checkpoint(network, description), tmp_path / "last.ckpt")
    loaded, described = load_model(tmp_path / "last.ckpt")
    frames = torch.rand(1, 3, 64, 64)
    assert described == description
    assert torch.equal(loaded(frames), network(frames))


def test_copying_a_network_in_training_leaves_it_and_the_random_numbers_alone(network, description):
    network.train().requires_grad_(True)
    before = torch.get_rng_state()
    copy = plain_copy(network, description)
    assert torch.equal(torch.get_rng_state(), before)
    assert network.training
    assert all(parameter.requires_grad for parameter in network.parameters())
    copy.decoder[-1].bias.fill_(7)
    assert not (network.decoder[-1].bias == 7).any()


@pytest.mark.parametrize("name", ["m.safetensors", "last.ckpt"])
@pytest.mark.parametrize("kept", [0.0, 0.01, 0.5, 0.99])
def test_a_truncated_file(network, description, tmp_path, name, kept):
    path = tmp_path / name
    save_model(network, description, tmp_path / "m.safetensors")
    torch.save(checkpoint(network, description), tmp_path / "last.ckpt")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(UserError, match=f"{name}: ") as caught:
        load_model(path)
    assert "\n" not in str(caught.value)


def with_extra(state):
    return state | {"decoder.9.weight": torch.zeros(2)}


def without_one(state):
    return {name: tensor for name, tensor in state.items() if name != "encoder.0.0.bias"}


def with_other_shape(state):
    return state | {"encoder.1.0.weight": torch.zeros(2, 2)}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (with_extra, "tensor decoder.9.weight has no place"),
        (without_one, "tensor encoder.0.0.bias is missing"),
        (with_other_shape, r"tensor encoder.1.0.weight has shape \(2, 2\) instead of"),
    ],
)
def test_names_the_tensor_that_does_not_fit(network, description, tmp_path, change, says):
    path = tmp_path / "m.safetensors"
    save_file(change(network.state_dict()), path, description.to_metadata())
    with pytest.raises(UserError, match=rf"m\.safetensors: {says}"):
        load_model(path)


def test_weights_of_another_program_are_not_ours(network, tmp_path):
    save_file(network.state_dict(), tmp_path / "m.safetensors")
    torch.save({"state_dict": network.state_dict()}, tmp_path / "m.ckpt")
    for name in ("m.safetensors", "m.ckpt"):
        with pytest.raises(UserError, match="not a "):
            load_model(tmp_path / name)


@pytest.mark.parametrize("alpha", ["nan", "inf", "0.3", "-1"])
def test_metadata_that_describes_no_network(network, description, tmp_path, alpha):
    path = tmp_path / "m.safetensors"
    save_file(network.state_dict(), path, description.to_metadata() | {"alpha": alpha})
    with pytest.raises(UserError, match=r"m\.safetensors: "):
        load_model(path)
