import pytest
import torch

from kunster.errors import UserError
from kunster.machine import hardware
from kunster.machine.hardware import (
    best_precision,
    choose_device,
    device_name,
    feature_dtype,
    gpus,
    on_cuda,
    one_cuda_device,
)


@pytest.fixture
def bare(monkeypatch):
    """A machine with nothing but a CPU."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.fixture
def four_gpus(bare, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "H200")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)


@pytest.mark.parametrize(
    ("has", "precision", "dtype"),
    [(True, "bf16-mixed", torch.bfloat16), (False, "32-true", torch.float32)],
)
def test_bfloat16_where_the_machine_multiplies_in_it(bare, monkeypatch, has, precision, dtype):
    monkeypatch.setattr(hardware, "_multiplies_bfloat16", lambda device: has)
    assert (choose_device(), best_precision()) == ("cpu", precision)
    assert feature_dtype(precision) == dtype
    assert "core" in device_name("cpu")


def test_a_machine_without_a_gpu_trains_in_one_process(bare):
    assert (on_cuda(), one_cuda_device("auto", 1, 1), gpus()) == (False, False, 1)


def test_the_best_device_is_taken_unless_another_is_named(four_gpus):
    assert [choose_device(name) for name in ("auto", "gpu", "cuda")] == ["cuda"] * 3
    assert choose_device("cpu") == "cpu"
    assert best_precision() == "bf16-mixed"
    assert device_name("cuda") == "H200"
    assert (gpus(), gpus("cpu")) == (4, 1)


def test_steps_are_recorded_where_one_cuda_device_trains(four_gpus):
    assert one_cuda_device("auto", 1, 1)
    for choice in (("cpu", 1, 1), ("auto", 2, 1), ("auto", "auto", 1), ("auto", 1, 2)):
        assert not one_cuda_device(*choice)


@pytest.mark.parametrize(
    ("accelerator", "said"),
    [("cuda", r"not on this machine; there is cpu"), ("tpu", "must be auto, cpu, cuda or mps")],
)
def test_a_device_that_is_not_there_is_refused(bare, accelerator, said):
    with pytest.raises(UserError, match=f"^accelerator={accelerator}: {said}"):
        choose_device(accelerator)
