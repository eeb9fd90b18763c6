"""A real Slurm of one node, this machine: its own ports, key and folder, gone when it is left.

`python tests/slurm/cluster.py` starts one to try things on, and says how to reach it.
"""

import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scancel", "setpriv")
DAEMON = "KUNSTER_TEST_SLURM"  # set for the daemons, which hand it on to the steps of jobs
READY_WITHIN = 30  # seconds
CONFIGURATION = """
ClusterName=kunster
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser=root
AuthType=auth/munge
# a requeued job waits until its credential has expired: 120 seconds unless told
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
# no control groups and no accounting: a container has neither
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=1,sched_min_interval=0,bf_interval=1
MpiDefault=none
KillWait=2
# sbatch --wait looks every two seconds then, instead of every half minute
MinJobAge=4
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory}
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE
"""


def missing() -> str | None:
    """Why no cluster can be started here, or None."""
    absent = [name for name in PROGRAMS if _program(name) is None]
    if absent:
        return f"needs Slurm ({absent[0]} is not installed): apt-get install slurm-wlm munge"
    return None if os.geteuid() == 0 else "needs root, to start a Slurm"


@contextmanager
def cluster() -> Iterator[dict[str, str]]:
    """Starts the cluster; what the block gets are the environment variables that lead to it."""
    with tempfile.TemporaryDirectory(prefix="kunster-slurm-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)  # munged wants its socket within everybody's reach
        (folder / "state").mkdir()
        configuration = folder / "slurm.conf"
        configuration.write_text(_configuration(folder))
        environment = {**os.environ, "SLURM_CONF": str(configuration), DAEMON: name}
        stack.callback(_kill_what_is_left, name)
        start = partial(_start, stack, environment, folder)
        start("munged", *_munge_options(folder))
        _wait_for((folder / "munge.socket").exists, folder)
        start("slurmctld", "-D")
        start("slurmd", "-D", "-N", _host())
        _wait_for(lambda: "idle" in _ask("sinfo --noheader --format=%t", environment), folder)
        stack.callback(_ask, "scancel --me", environment)
        yield {"SLURM_CONF": str(configuration)}


def _configuration(folder: Path) -> str:
    controller_port, node_port = _free_ports(2)
    return CONFIGURATION.format(
        folder=folder,
        host=_host(),
        controller_port=controller_port,
        node_port=node_port,
        cpus=os.cpu_count(),
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
    )


def _host() -> str:
    return platform.node().split(".")[0]


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _munge_options(folder: Path) -> list[str]:
    key = folder / "munge.key"
    key.touch(mode=0o600)
    key.write_bytes(os.urandom(128))
    files = {
        "key-file": key,
        **{f"{kind}-file": folder / f"munge.{kind}" for kind in ("pid", "log", "seed")},
    }
    options = [f"--{name}={path}" for name, path in files.items()]
    return ["--foreground", f"--socket={folder / 'munge.socket'}", *options]


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def _start(
    stack: ExitStack, environment: dict[str, str], folder: Path, name: str, *options: str
) -> None:
    """Starts a daemon that ends with `stack`, and with this process however that ends."""
    with (folder / f"{name}.out").open("w") as log:
        daemon = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", _program(name), *options],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    stack.callback(daemon.wait)
    stack.callback(daemon.kill)


def _wait_for(ready, folder: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not ready():
        if time.monotonic() > deadline:
            logs = "\n".join(
                path.read_text() for path in sorted([*folder.glob("*.log"), *folder.glob("*.out")])
            )
            raise RuntimeError(f"no Slurm within {READY_WITHIN} s:\n{logs}")
        time.sleep(0.1)


def _ask(command: str, environment: dict[str, str]) -> str:
    return subprocess.run(command.split(), env=environment, capture_output=True, text=True).stdout


def _kill_what_is_left(folder: str) -> None:
    """Ends steps of the cluster in `folder`, and what they run."""
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            words = dict(
                word.split(b"=", 1) for word in path.read_bytes().split(b"\0") if b"=" in word
            )
            ours = words.get(b"SLURM_CONF", b"").startswith(folder.encode())
            if ours and (DAEMON.encode() in words or b"SLURM_JOB_ID" in words):
                os.kill(int(path.parent.name), signal.SIGKILL)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with cluster() as variables, suppress(KeyboardInterrupt):
        print(
            *(f"export {name}={value}" for name, value in variables.items()), sep="\n", flush=True
        )
        signal.pause()
