"""The workspace as code: built without a network, and about what runs really log."""

import json
import os
import pty
import subprocess
import sys

import pytest

from kunster.data.preview_photos import PHOTO_NAMES

pytest.importorskip("wandb_workspaces")

from kunster.dashboard.workspace import build_view

from ..small_runs import run_short
from .backend import Backend, serving


def panels(view):
    sections = view._spec["spec"]["section"]["panelBankConfig"]["sections"]
    return [panel["config"] for section in sections for panel in section["panels"]]


def shown(view):
    """The keys that its panels name, by where W&B looks them up."""
    found = {"history": set(), "summary": set(), "config": set()}
    for config in panels(view):
        found["history"] |= {*config.get("mediaKeys", []), *config.get("metrics", [])}
        axes = [config.get("xAxis"), config.get("yAxis")]
        axes += [column["accessor"] for column in config.get("columns", [])]
        for axis in axes:
            where, colon, key = str(axis).partition(":")
            if colon:
                found[where].add(key.removesuffix(".value"))
        if "panel2Config" in config:
            pick = config["panel2Config"]["exp"]["fromOp"]
            assert pick["name"] == "pick"
            found["summary"].add(pick["inputs"]["key"]["val"])
    return found


def test_every_panel_shows_what_a_run_logged(logged):
    view = build_view("me", "kunster", "stage 1", PHOTO_NAMES)
    keys = shown(view)
    assert keys["history"] <= logged.keys
    assert keys["summary"] <= logged.keys
    assert keys["config"] == {"alpha", "beta", "parameters"} <= logged.config.keys()
    curves = {key for key in logged.keys if key.startswith("train/")}
    curves -= {"train/grid", "train/tv"}  # of weight 0
    pictures = {f"{key}/{name}" for key in ("stylized", "preview") for name in PHOTO_NAMES}
    assert keys["history"] == curves | pictures | {"clip", "stages"}
    assert keys["summary"] == {
        "networks",
        *(f"first_look/{n}" for n in ("style", "content", "e_stab")),
    }


def test_stage_2_also_has_its_own_terms():
    first, second = (
        shown(build_view("me", "kunster", stage, PHOTO_NAMES)) for stage in ("stage 1", "stage 2")
    )
    assert second["history"] - first["history"] == {"train/output"}


def test_a_view_is_of_one_stage_and_all_or_one_sweep(logged):
    for sweep in (None, "table2"):
        view = build_view("me", "kunster", "stage 1", PHOTO_NAMES, sweep)
        (runset,) = view._spec["spec"]["section"]["runSets"]
        asked = {f["key"]["name"]: f["value"] for f in runset["filters"]["filters"]}
        expected = {"jobType": logged.run["job_type"], "group": logged.run["run_group"]}
        assert asked == {name: expected[name] for name in ("jobType", "group")[: 2 if sweep else 1]}
        assert [key["key"]["name"] for key in runset["sort"]["keys"]] == ["group", "id"]
        assert all(key["ascending"] for key in runset["sort"]["keys"])


def test_it_shows_all_networks_of_table_2():
    view = build_view("me", "kunster", "stage 1", PHOTO_NAMES)
    assert view._spec["spec"]["section"]["settings"]["maxRuns"] >= 15


def test_the_command_saves_a_view_for_each_stage(tmp_path):
    backend = Backend()
    words = ["--entity", "me", "--sweep", "table2"]
    account = {"WANDB_API_KEY": "0" * 40, "HOME": str(tmp_path)}
    with serving(backend):
        account["WANDB_BASE_URL"] = backend.url
        saved = run_short(sys.executable, "-m", "kunster.dashboard", *words, **account)
    assert saved.returncode == 0, saved.stderr
    assert backend.views.keys() == {"Kunster stage 1, table2", "Kunster stage 2, table2"}
    assert all("stylized/coffee" in json.dumps(spec) for spec in backend.views.values())
    addresses = saved.stdout.split()
    assert len(set(addresses)) == 2
    assert all(each.startswith(f"{backend.url}/me/kunster?nw=") for each in addresses)


def test_without_an_account_it_says_so_and_does_not_ask(tmp_path):
    nobody = {name: value for name, value in os.environ.items() if "WANDB" not in name}
    nobody |= {"HOME": str(tmp_path), "NETRC": str(tmp_path / "netrc")}
    ours, theirs = pty.openpty()  # W&B asks only where there is a terminal
    asked = subprocess.run(
        [sys.executable, "-m", "kunster.dashboard", "--entity", "me"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=nobody,
        timeout=120,
    )
    os.close(theirs)
    said = os.read(ours, 10_000).decode()
    assert asked.returncode == 2
    assert "no W&B account on this machine; run `wandb login` or set WANDB_API_KEY" in said
