"""What this machine is good at: device, number format, memory layout, compilation."""

import ctypes
import platform
from dataclasses import dataclass, field
from typing import Literal

import torch

from kunster.errors import UserError
from kunster.machine.cores import cores
from kunster.machine.devices import Devices, choose_devices

Precision = Literal["bf16-mixed", "32-true"]

# mallopt(3) of glibc
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4


@dataclass(frozen=True)
class Hardware:
    """Where and how to train.

    Attributes:
        accelerator: Lightning's name: cpu, cuda or mps.
        precision: Lightning's name of the number format.
        compile: whether networks go through torch.compile.
        name: of the device, for people.
        graphs: whether losses and their gradients are recorded once and replayed, as CUDA graphs.
        crops_there: whether crops are cut on the device.
        devices: how many train together.
    """

    accelerator: str
    precision: Precision
    compile: bool
    name: str
    graphs: bool = False
    crops_there: bool = False
    devices: Devices = field(default_factory=Devices)

    @property
    def feature_dtype(self) -> torch.dtype:
        """Number format of the frozen perceptual network."""
        return torch.bfloat16 if self.precision == "bf16-mixed" else torch.float32


def choose_hardware(
    accelerator: str = "auto",
    precision: str = "auto",
    compile: bool | str = "auto",
    graphs: bool | str = "auto",
    crops: str = "auto",
    strategy: str = "one",
    devices: int | str = 1,
    nodes: int = 1,
) -> Hardware:
    """The best this machine has; anything but `auto` is taken as the user's choice.

    bfloat16 where the device multiplies matrices in it, float32 elsewhere. On CUDA the step is
    recorded as CUDA graphs, which takes a second; to compile it takes minutes, which only long
    runs win back, and on a CPU none (`python -m kunster.bench train`).

    Raises:
        UserError: a value is not among the allowed ones, or the device is not there.
    """
    available = ["cpu"]
    available += ["mps"] if torch.backends.mps.is_available() else []
    available += ["cuda"] if torch.cuda.is_available() else []
    if accelerator not in ("auto", "cpu", "cuda", "mps"):
        raise UserError(f"trainer.accelerator={accelerator}: must be auto, cpu, cuda or mps")
    device = available[-1] if accelerator == "auto" else accelerator
    if device not in available:
        raise UserError(f"trainer.accelerator={device}: not on this machine, {available} are")
    if precision not in ("auto", "bf16-mixed", "32-true"):
        raise UserError(f"trainer.precision={precision}: must be auto, bf16-mixed or 32-true")
    if precision == "auto":
        precision = "bf16-mixed" if _multiplies_bfloat16(device) else "32-true"
    if compile not in ("auto", True, False):
        raise UserError(f"trainer.compile={compile}: must be auto, true or false")
    compiled = compile is True
    if crops not in ("auto", "host", "device"):
        raise UserError(f"trainer.crops={crops}: must be auto, host or device")
    together = choose_devices(strategy, devices, nodes, device)
    return Hardware(
        device,
        precision,  # type: ignore[arg-type]
        compiled,
        _device_name(device),
        _graphed(graphs, device, together.count),
        device == "cuda" if crops == "auto" else crops == "device",
        together,
    )


def _graphed(graphs: bool | str, device: str, devices: int) -> bool:
    if graphs not in ("auto", True, False):
        raise UserError(f"trainer.graphs={graphs}: must be auto, true or false")
    possible = device == "cuda" and devices == 1
    if graphs is True and not possible:
        raise UserError("trainer.graphs=true: takes CUDA, and one device")
    return possible if graphs == "auto" else bool(graphs)


def keep_freed_memory() -> None:
    """Lets the process keep the memory it frees, where the C library can be told so (glibc).

    A training step frees and asks for the same large blocks again and again; fetching each anew
    from the kernel, page by page, costs as much as the arithmetic done in it.
    """
    if platform.system() != "Linux" or platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(M_MMAP_MAX, 0)
    libc.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
    libc.mallopt(M_TOP_PAD, 2**27)


def _multiplies_bfloat16(device: str) -> bool:
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device == "mps":
        return False
    if hasattr(torch.cpu, "get_capabilities"):
        has = torch.cpu.get_capabilities()
        return bool(has.get("avx512_bf16") or has.get("amx_bf16") or has.get("arm_bf16"))
    return torch.cpu._is_avx512_bf16_supported()


def _device_name(device: str) -> str:
    if device == "cuda":
        return torch.cuda.get_device_name()
    return f"{_processor()}, {cores()} cores" + (", Metal" if device == "mps" else "")


def _processor() -> str:
    if platform.system() == "Linux":
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
