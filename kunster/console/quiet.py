"""Libraries that tell their makers of their use are kept from it."""

import os

# read when the library is first used; ONNX Runtime sends from 1.29 on, on Linux and macOS too
TELEMETRY_OFF = {"ORT_DISABLE_TELEMETRY": "1", "WANDB_ERROR_REPORTING": "false"}


def keep_quiet() -> None:
    """Turns telemetry off for this process and those it starts, unless the user set otherwise."""
    for name, value in TELEMETRY_OFF.items():
        os.environ.setdefault(name, value)
