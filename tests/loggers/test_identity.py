"""Names that tell networks apart, and that W&B takes."""

import re
from itertools import product
from pathlib import Path

import pytest

from kunster.loggers.identity import WandbSettings, artifact_name, init_arguments, run_id
from kunster.networks.table2 import ROWS

from ..random_networks import describe

BOTH = {"stages": ["perceptual", "temporal"]}


def network(alpha, beta, **changes):
    return describe(alpha=alpha, beta=beta, **changes)


def test_every_network_of_table_2_has_a_name_with_its_id():
    names = [artifact_name(network(row.alpha, row.beta)) for row in ROWS]
    assert names[13] == "scream-id14-a0.25-b0.5"
    assert len(set(names)) == 15
    for row, name in zip(ROWS, names, strict=True):
        assert name == f"scream-id{row.id}-a{row.alpha:g}-b{row.beta:g}"


def test_another_network_or_style_has_another_name():
    changes = product(("scream", "udnie"), ("table2", "table1"), ("instance", "frn"))
    described = [network(1, 1, style=s, layout=table, norm=n) for s, table, n in changes]
    described.append(describe(kind="reconet", alpha=None, beta=None, layout=None))
    names = {artifact_name(description) for description in described}
    assert len(names) == 9
    assert {"scream-reconet", "scream-kunster-a1-b1-frn"} <= names


def test_stages_are_versions_of_one_name():
    assert artifact_name(network(1, 1)) == artifact_name(network(1, 1, stage="temporal"))


@pytest.mark.parametrize("style", ["my painting", "größe/2:latest", "x" * 300, "絵"])
def test_any_style_gives_a_name_that_wandb_takes(style):
    import wandb

    name = artifact_name(network(1, 1, style=style))
    assert re.fullmatch(r"[A-Za-z0-9_.-]{1,128}", name)
    wandb.Artifact(name, "model")
    settings = WandbSettings(tags=["y" * 300])
    arguments = init_arguments(settings, {}, Path("runs/a"), network(1, 1, style=style))
    wandb.Settings(run_tags=tuple(arguments["tags"]))  # raises for a tag that is too long


def test_runs_of_a_wandb_sweep_are_a_group_unless_they_are_of_another(monkeypatch):
    def group(chosen):
        settings = WandbSettings(group=chosen)
        return init_arguments(settings, {}, Path("runs/a"), network(1, 1))["group"]

    monkeypatch.delenv("WANDB_RUN_GROUP", raising=False)
    monkeypatch.delenv("WANDB_SWEEP_ID", raising=False)
    assert group(None) is None
    monkeypatch.setenv("WANDB_SWEEP_ID", "s1")
    assert group(None) == "s1"
    assert group("table2") == "table2"


def test_the_first_stage_takes_the_id_that_the_agent_of_a_sweep_gives(monkeypatch):
    monkeypatch.setenv("WANDB_RUN_ID", "abc")
    first, second = (network(1, 1, stage=stage) for stage in BOTH["stages"])
    assert (run_id(BOTH, first), run_id(BOTH, second)) == ("abc", "abc-temporal")
    assert run_id({"stages": ["temporal"]}, second) == "abc"
    monkeypatch.delenv("WANDB_RUN_ID")
    assert run_id(BOTH, first) is run_id(BOTH, second) is None
