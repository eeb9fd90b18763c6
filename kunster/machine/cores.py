"""Number of processor cores for this process."""

import os


def cores() -> int:
    """Processor cores that this process may use, fewer in a container or under Slurm."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
