"""The part of W&B's server that `wandb sweep` and `wandb agent` need: it hands out given runs."""

import json
from collections.abc import Mapping
from typing import Any

from ..loggers.backend import Backend

SWEEP, AGENT = "s1", "agent"


class SweepBackend(Backend):
    """Keeps one sweep and gives its agent one run after the other.

    Attributes:
        config: of the sweep, as YAML, once it was sent.
        waiting: runs still to be given: an id, and the value of each parameter.
    """

    def __init__(self, *waiting: tuple[str, Mapping[str, Any]]) -> None:
        super().__init__()
        self.config = ""
        self.waiting = [*waiting]

    def answer(self, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        answers = {
            "UpsertSweep": self._sweep,
            "SweepWithRuns": lambda _: {"project": {"sweep": self._kept()}},
            "CreateAgent": lambda _: {"createAgent": {"agent": {"id": AGENT}}},
            "Heartbeat": self._heartbeat,
            "ArtifactType": lambda _: {"project": None},  # of an artifact that is not there yet
        }
        if operation in answers:
            return answers[operation](given)
        return super().answer(operation, given)

    def _sweep(self, given: dict[str, Any]) -> dict[str, Any]:
        self.config = given["config"]
        project = {"id": "p", "name": given["projectName"], "entity": {"id": "e", "name": "me"}}
        sweep = {"name": SWEEP, "project": project}
        return {"upsertSweep": {"sweep": sweep, "configValidationWarnings": []}}

    def _kept(self) -> dict[str, Any]:
        return {"id": SWEEP, "name": SWEEP, "config": self.config, "runs": {"edges": []}}

    def _heartbeat(self, given: dict[str, Any]) -> dict[str, Any]:
        commands: list[dict[str, Any]] = []
        if not json.loads(given["runState"]):  # what the agent has at work
            commands = [self._next() if self.waiting else {"type": "exit"}]
        reply = {"agent": {"id": AGENT}, "commands": json.dumps(commands)}
        return {"agentHeartbeat": reply}

    def _next(self) -> dict[str, Any]:
        name, values = self.waiting.pop(0)
        args = {key: {"value": value} for key, value in values.items()}
        return {"type": "run", "run_id": name, "program": "kunster.run", "args": args}
