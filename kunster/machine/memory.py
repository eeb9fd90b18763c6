"""Memory of processes."""

import sys

MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes, of getrusage's ru_maxrss


def peak_memory() -> int | None:
    """Bytes that this process has held at most; None where the system does not say (Windows)."""
    if sys.platform == "win32":
        return None
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_UNIT
