"""Runs as jobs of Slurm, each with a process here that waits for it.

Not submitit's executor, which `kunster run -m` uses: `sbatch --wait` makes a job a process like any
other, so that a sweep skips finished runs, shares stage 1 and outlives requeues in the same way on
a cluster as on one machine; and it needs no accounting to notice that a job is gone.
"""

import hashlib
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kunster.errors import UserError

LOOK_EVERY = 0.5  # seconds
# of conf/hydra/launcher/slurm.yaml, what sbatch calls otherwise, and what is not an option of its
RENAMED = {"timeout_min": "time", "mem_gb": "mem", "tasks_per_node": "ntasks-per-node"}
NO_OPTION = (
    *("_target_", "name", "setup", "submitit_folder", "stderr_to_stdout", "array_parallelism"),
    *("signal_delay_s", "max_num_timeout", "additional_parameters"),
)
# the shell waits in the background: only so can it act on the signal before the run has ended
SCRIPT = """
{setup}
trap 'test "${{SLURM_RESTART_COUNT:-0}}" -ge {restarts} || scontrol requeue "$SLURM_JOB_ID"' USR1
{run} &
wait $!
code=$?
while kill -0 $! 2>/dev/null; do wait $!; code=$?; done
exit $code
"""


@dataclass(frozen=True)
class Slurm:
    """Runs are jobs of the cluster that `sbatch` leads to.

    Attributes:
        settings: of Hydra's launcher, see conf/hydra/launcher/slurm.yaml.
    """

    settings: Mapping[str, Any]

    @property
    def slots(self) -> int:
        return int(self.settings["array_parallelism"])

    def check(self) -> None:
        if shutil.which("sbatch") is None:
            raise UserError(
                "hydra/launcher=slurm: no sbatch here; start it on a cluster's login node"
            )

    def command(self, run: Sequence[str], folder: Path, log: Path) -> list[str]:
        """`sbatch --wait`: ends when the job does, with its code, requeued or not.

        Slurm starts no two jobs of one name at once (singleton), so a job that outlived the process
        which waited for it is not joined by another in the same folder.
        """
        script = SCRIPT.format(
            setup="\n".join(self.settings["setup"] or ()),
            restarts=self.settings["max_num_timeout"],
            run=shlex.join([*self._starter(), *run]),
        )
        output = str(log).replace("%", "%%")  # % begins a pattern
        return [
            *("sbatch", "--wait", "--dependency=singleton", f"--job-name={self._name(folder)}"),
            *(f"--output={output}", "--open-mode=append"),
            f"--signal=B:USR1@{self.settings['signal_delay_s']}",
            *self._options(),
            f"--wrap={script}",
        ]

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def stop(self, processes: Mapping[Path, subprocess.Popen[bytes]]) -> None:
        names = [self._name(folder) for folder in processes]
        for name in names:
            subprocess.run(["scancel", "--me", f"--name={name}"], check=False)
        left = ["squeue", "--me", "--noheader", f"--name={','.join(names)}"]
        while subprocess.run(left, capture_output=True, check=False).stdout.strip():
            time.sleep(LOOK_EVERY)
        for process in processes.values():  # they would look again in half a minute
            process.terminate()
            process.wait()

    def _name(self, folder: Path) -> str:
        """The job's name, unique to the folder."""
        digest = hashlib.sha256(str(folder).encode()).hexdigest()[:8]
        return f"{self.settings['name']}-{folder.name}-{digest}"

    def _starter(self) -> list[str]:
        """The prefix that starts a run in all tasks of its job, and ends all when one fails."""
        tasks = (self.settings.get("nodes") or 1) * (self.settings.get("tasks_per_node") or 1)
        return ["srun", "--kill-on-bad-exit=1"] if tasks > 1 else []

    def _options(self) -> list[str]:
        given = {name: value for name, value in self.settings.items() if name not in NO_OPTION}
        if given.get("mem_gb") is not None:
            given["mem_gb"] = f"{given['mem_gb']}G"
        options = {RENAMED.get(name, name): value for name, value in given.items()}
        options |= self.settings["additional_parameters"]
        return [
            f"--{name.replace('_', '-')}" + ("" if value is True else f"={value}")
            for name, value in options.items()
            if value not in (None, False)
        ]
