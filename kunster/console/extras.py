"""Command that adds an extra to the kunster that is installed."""

import sys


def pip_install(extra: str) -> str:
    """The command; pip takes the extra of the kunster that is there, and asks no index for it."""
    return f"{sys.executable} -m pip install 'kunster[{extra}]'"
