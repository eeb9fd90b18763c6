import pytest
import torch

from kunster.errors import UserError
from kunster.machine import hardware
from kunster.machine.hardware import choose_hardware


@pytest.fixture
def bare(monkeypatch):
    """A machine with nothing but a CPU."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.mark.parametrize(
    ("has", "precision", "dtype"),
    [(True, "bf16-mixed", torch.bfloat16), (False, "32-true", torch.float32)],
)
def test_bfloat16_where_the_machine_multiplies_in_it(bare, monkeypatch, has, precision, dtype):
    monkeypatch.setattr(hardware, "_multiplies_bfloat16", lambda device: has)
    chosen = choose_hardware()
    assert (chosen.accelerator, chosen.precision, chosen.compile) == ("cpu", precision, False)
    assert chosen.feature_dtype == dtype
    assert "core" in chosen.name


def test_a_choice_is_taken(bare):
    chosen = choose_hardware("cpu", "32-true", compile=True)
    assert (chosen.precision, chosen.compile) == ("32-true", True)


def test_cuda_records_the_step_where_one_device_trains(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "H200")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    chosen = choose_hardware()
    assert (chosen.accelerator, chosen.precision, chosen.compile) == ("cuda", "bf16-mixed", False)
    assert chosen.graphs
    assert chosen.name == "H200"
    assert not choose_hardware(graphs=False).graphs
    assert not choose_hardware(strategy="ddp", devices=2).graphs
    with pytest.raises(UserError, match=r"trainer.graphs=true: takes CUDA, and one device"):
        choose_hardware(graphs=True, strategy="ddp", devices=2)


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"accelerator": "cuda"}, "not on this machine"),
        ({"accelerator": "tpu"}, "must be auto, cpu, cuda or mps"),
        ({"precision": "16"}, "must be auto, bf16-mixed or 32-true"),
        ({"compile": "yes"}, "must be auto, true or false"),
        ({"graphs": True}, "trainer.graphs=true: takes CUDA, and one device"),
    ],
)
def test_what_is_not_there_is_refused(bare, choice, said):
    with pytest.raises(UserError, match=said):
        choose_hardware(**choice)
