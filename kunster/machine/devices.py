"""Several devices that train one network together."""

import ctypes
import os
import platform
import signal
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch import distributed as dist

from kunster.errors import UserError

if TYPE_CHECKING:
    from lightning.fabric.plugins.environments.cluster_environment import ClusterEnvironment
    from lightning.pytorch.strategies import Strategy

PR_SET_PDEATHSIG = 1  # of prctl(2)


def cluster_environment(devices: int | str = 1, nodes: int = 1) -> "ClusterEnvironment":
    """Lightning's plugin for the launcher of the processes: Slurm, torchrun, or Lightning itself.

    With one device it is Lightning's, whatever the variables of a cluster say about tasks and
    nodes. Slurm's does not requeue: `kunster run` does.

    Args:
        devices: number of devices of a node.

    Raises:
        UserError: Slurm started another number of tasks.
    """
    from lightning.fabric.plugins.environments.lightning import LightningEnvironment
    from lightning.fabric.plugins.environments.slurm import SLURMEnvironment
    from lightning.fabric.plugins.environments.torchelastic import TorchElasticEnvironment

    tasks = int(os.environ.get("SLURM_NTASKS", 1))
    count = int(devices) * nodes if str(devices).isdecimal() else None
    if count == 1:
        return LightningEnvironment()
    if TorchElasticEnvironment.detect():
        return TorchElasticEnvironment()
    if tasks == count:
        return SLURMEnvironment(auto_requeue=False)
    if tasks > 1:
        raise UserError(
            f"trainer.devices={devices}, trainer.num_nodes={nodes}: Slurm started {tasks} "
            f"tasks, it takes {count}: hydra.launcher.tasks_per_node must be the devices "
            "of a node, hydra.launcher.nodes the nodes"
        )
    return LightningEnvironment()


def rank_of(strategy: "Strategy") -> int:
    """Number of this process among those of a Lightning strategy, before they have met."""
    environment = getattr(strategy, "cluster_environment", None)
    if environment is None:  # one device
        return 0
    each = getattr(strategy, "num_processes", 1)
    return int(environment.node_rank() * each + environment.local_rank())


def end_with_parent() -> None:
    """Lets the system end this process when the one that started it ends (Linux)."""
    if platform.system() == "Linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def wait_for_device() -> None:
    """Waits until the GPU, if there is one, has finished its work."""
    if torch.accelerator.is_available():
        torch.accelerator.synchronize()


@torch.compiler.disable  # type: ignore[untyped-decorator]
def mean_over_devices(value: Tensor) -> Tensor:
    """Mean of a value over all devices, differentiable; with one device, the value itself."""
    if not (dist.is_available() and dist.is_initialized()) or dist.get_world_size() == 1:
        return value
    from torch.distributed.nn.functional import all_reduce

    total: Tensor = all_reduce(value)  # type: ignore[no-untyped-call]
    return total / dist.get_world_size()
