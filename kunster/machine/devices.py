"""How many devices train one network together, and which of them this process is for."""

import ctypes
import os
import platform
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch import distributed as dist

from kunster.errors import UserError

if TYPE_CHECKING:
    from lightning.fabric.plugins.environments import ClusterEnvironment

PR_SET_PDEATHSIG = 1  # of prctl(2)


@dataclass(frozen=True)
class Devices:
    """A process for each; together they take the steps that one would take.

    Attributes:
        each: of a node.
        nodes: machines.
    """

    each: int = 1
    nodes: int = 1

    @property
    def count(self) -> int:
        return self.each * self.nodes

    @property
    def rank(self) -> int:
        """Number of this process; 0 writes what the run leaves."""
        if self.count == 1:
            return 0
        environment = self.environment()
        return environment.node_rank() * self.each + environment.local_rank()

    @property
    def first(self) -> bool:
        return self.rank == 0

    def environment(self) -> "ClusterEnvironment":
        """Who starts the processes: Slurm, torchrun, or the first of them the others.

        With one device nobody, whatever a cluster's environment says of tasks and nodes. Requeueing
        stays ours (`kunster.run`).

        Raises:
            UserError: Slurm started another number of tasks.
        """
        from lightning.fabric.plugins.environments import (
            LightningEnvironment,
            SLURMEnvironment,
            TorchElasticEnvironment,
        )

        tasks = int(os.environ.get("SLURM_NTASKS", 1))
        if self.count == 1:
            return LightningEnvironment()
        if TorchElasticEnvironment.detect():
            return TorchElasticEnvironment()
        if tasks == self.count:
            return SLURMEnvironment(auto_requeue=False)
        if tasks > 1:
            raise UserError(
                f"trainer.devices={self.each}, trainer.nodes={self.nodes}: Slurm started {tasks} "
                f"tasks, it takes {self.count}: hydra.launcher.tasks_per_node must be the devices "
                "of a node, hydra.launcher.nodes the nodes"
            )
        return LightningEnvironment()

    def check_batch(self, name: str, batch: int) -> None:
        """Raises UserError where the batch, which is that over all devices, cannot be shared."""
        if batch % self.count:
            raise UserError(
                f"{name}={batch}: {self.count} devices share it, so it must be a multiple of "
                f"{self.count}"
            )


def choose_devices(strategy: str, devices: int | str, nodes: int, accelerator: str) -> Devices:
    """What `trainer.strategy`, `.devices` and `.nodes` ask for.

    Args:
        devices: of a node; `auto` for every GPU, or one process where there is none.

    Raises:
        UserError: a value is not among the allowed ones, or the GPUs are not there.
    """
    if strategy not in ("one", "ddp"):
        raise UserError(f"trainer.strategy={strategy}: must be one or ddp")
    there = torch.cuda.device_count() if accelerator == "cuda" else None
    if devices == "auto":
        devices = there or 1
    for name, value in (("devices", devices), ("nodes", nodes)):
        if not isinstance(value, int) or value < 1:
            raise UserError(f"trainer.{name}={value}: must be a whole number from 1 up")
    assert isinstance(devices, int)
    if strategy == "one" and devices * nodes > 1:
        raise UserError(
            f"trainer.devices={devices}, trainer.nodes={nodes}: more than one device takes "
            "trainer=ddp"
        )
    if strategy == "ddp" and there is not None and devices > there:
        raise UserError(f"trainer.devices={devices}: this machine has {there} GPUs")
    return Devices(devices, nodes)


def end_with_parent() -> None:
    """Lets the system end this process when the one that started it ends (Linux)."""
    if platform.system() == "Linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def wait_for_device() -> None:
    """Until the GPU, where there is one, has done all that it was given."""
    if torch.accelerator.is_available():
        torch.accelerator.synchronize()


@torch.compiler.disable
def mean_over_devices(value: Tensor) -> Tensor:
    """The mean of what every device found, through which gradients flow; with one, the value."""
    if not (dist.is_available() and dist.is_initialized()) or dist.get_world_size() == 1:
        return value
    from torch.distributed.nn.functional import all_reduce

    return all_reduce(value) / dist.get_world_size()
