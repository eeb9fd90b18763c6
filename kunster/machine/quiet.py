"""Engines, imported without telling anybody."""

import sys
from importlib import import_module
from types import ModuleType

from kunster.console.quiet import keep_quiet


def quiet_onnxruntime() -> ModuleType:
    """ONNX Runtime with its telemetry off, by a variable and, as Windows ignores it, by a call."""
    keep_quiet()
    onnxruntime = import_module("onnxruntime")
    onnxruntime.disable_telemetry_events()
    return onnxruntime


def quiet_openvino() -> ModuleType:
    """OpenVINO, imported without telling anybody: it sends an event of each import.

    Its telemetry is a package of its own, and it does without one that cannot be imported.
    """
    hidden = "openvino_telemetry"
    if "openvino" not in sys.modules:
        before = sys.modules.get(hidden)
        sys.modules[hidden] = None  # type: ignore[assignment]
        try:
            import_module("openvino")
        finally:
            del sys.modules[hidden]
            if before is not None:
                sys.modules[hidden] = before
    return sys.modules["openvino"]
