"""Device, number format and memory allocation of this machine."""

import ctypes
import platform
from typing import Literal

import torch

from kunster.errors import UserError
from kunster.machine.cores import cores

Precision = Literal["bf16-mixed", "32-true"]

# mallopt(3) of glibc
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4


def choose_device(accelerator: str = "auto") -> str:
    """The device of Lightning's `accelerator`: cpu, cuda or mps; `auto` is the best one here.

    Raises:
        UserError: another name, or the device is not there.
    """
    available = ["cpu"]
    available += ["mps"] if torch.backends.mps.is_available() else []
    available += ["cuda"] if torch.cuda.is_available() else []
    if accelerator not in ("auto", "cpu", "cuda", "gpu", "mps"):
        raise UserError(f"accelerator={accelerator}: must be auto, cpu, cuda or mps")
    if accelerator == "auto":
        return available[-1]
    device = "cuda" if accelerator == "gpu" else accelerator
    if device not in available:
        raise UserError(
            f"accelerator={accelerator}: not on this machine; there is {', '.join(available)}"
        )
    return device


def best_precision(accelerator: str = "auto") -> Precision:
    """bf16-mixed where the device multiplies matrices in bfloat16, else 32-true."""
    return "bf16-mixed" if _multiplies_bfloat16(choose_device(accelerator)) else "32-true"


def feature_dtype(precision: str) -> torch.dtype:
    """Number format of frozen perceptual networks under a Lightning precision."""
    known = {"bf16-mixed": torch.bfloat16, "64-true": torch.float64}
    return known.get(precision, torch.float32)


def on_cuda(accelerator: str = "auto") -> bool:
    """True if training runs on a CUDA device."""
    return choose_device(accelerator) == "cuda"


def one_cuda_device(accelerator: str, devices: int | str, nodes: int) -> bool:
    """True if training runs on one CUDA device, which can replay its steps as CUDA graphs."""
    return on_cuda(accelerator) and devices == 1 and nodes == 1


def gpus(accelerator: str = "auto") -> int:
    """CUDA devices of this machine, 1 where training runs on the CPU."""
    return max(1, torch.cuda.device_count()) if on_cuda(accelerator) else 1


def keep_freed_memory() -> None:
    """Lets the process keep the memory it frees (glibc).

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
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device == "mps":
        return False
    if hasattr(torch.cpu, "get_capabilities"):
        has = torch.cpu.get_capabilities()
        return bool(has.get("avx512_bf16") or has.get("amx_bf16") or has.get("arm_bf16"))
    return torch.cpu._is_avx512_bf16_supported()


def device_name(device: str) -> str:
    """Name of a device (cpu, cuda, mps), for people."""
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
