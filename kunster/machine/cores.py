"""How many processor cores there are for this process."""

import os


def cores() -> int:
    """Fewer than the machine has where a container, Slurm or taskset allows only some."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
