"""What is said of run folders: found, named, trained so far, ended or not."""

import json
import os
from pathlib import Path

import pytest
import yaml

from kunster.networks.table2 import ROWS
from kunster.open.runs import described, evaluations, run_folders, sweeps
from kunster.open.server import runs_json
from kunster.results.run_folder import held

from ..report.conftest import write_run


def begin(folder: Path, alpha: float = 0.25, beta: float = 0.5, style: str = "scream") -> Path:
    """A run folder as it is soon after the start."""
    (folder / "perceptual").mkdir(parents=True)
    config = {
        **{"alpha": alpha, "beta": beta, "style": {"name": style}, "stages": ["perceptual"]},
        "objective": {"perceptual": {"steps": 3000}, "temporal": {"steps": 900}},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    (folder / "perceptual" / "curve.csv").write_text("step,loss\n10,2.5\n")
    return folder


def end(folder: Path, number: int) -> Path:
    """The run as it is after its end."""
    begin(folder)
    return write_run(folder, ROWS[number - 1])


def test_a_run_is_stopped_training_or_finished(tmp_path):
    run = begin(tmp_path / "deep" / "er" / "mine")
    assert described(run, tmp_path)["state"] == "stopped"
    with held(run):
        assert described(run, tmp_path)["state"] == "training"
    write_run(run, ROWS[13])
    assert described(run, tmp_path)["state"] == "finished"


def test_it_is_called_by_its_size_id_alpha_and_beta_before_it_ends_and_after(tmp_path):
    words = "Small, id 14, α 0.25, β 0.5"
    run = begin(tmp_path / "mine")
    assert (described(run, tmp_path)["title"], described(run, tmp_path)["called"]) == (
        "The Scream",
        words,
    )
    assert described(write_run(run, ROWS[13]), tmp_path)["called"] == words
    assert described(begin(tmp_path / "odd", alpha=0.3), tmp_path)["called"] == "odd"
    assert described(begin(tmp_path / "own", style="<b>"), tmp_path)["title"] == "<b>"


def test_a_stage_has_its_steps_its_files_and_its_figures(tmp_path):
    run = end(tmp_path / "mine", 14)
    curve = run / "perceptual" / "curve.csv"
    os.utime(curve, (1000, 1000))
    first, second = described(run, tmp_path)["stages"]

    assert (first["words"], first["steps"], second["steps"]) == ("stage 1", 3000, 900)
    assert first["files"]["curve.csv"] == "files/mine/perceptual/curve.csv?1000000"
    assert first["files"]["preview.png"] is None
    assert second["figures"] == pytest.approx(
        {"style distance": 0.064, "content distance": 0.5, "e_stab": 0.02}
    )


def test_runs_are_found_below_the_latest_first_and_sweeps_by_their_number(tmp_path):
    for number, name in enumerate(("table/one", "table/two", "single", ".hidden/not", "1/2/3/4/5")):
        run = end(tmp_path / name, 15 - number % 2)
        for file in run.rglob("*"):
            os.utime(file, (1000 + number, 1000 + number))
    (tmp_path / "config.yaml").write_text("- no run\n")  # of something else
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "config.yaml").write_text("{")

    assert [run.name for run in run_folders(tmp_path)] == ["single", "two", "one"]
    assert sweeps(tmp_path) == [tmp_path / "table", tmp_path]
    assert run_folders(tmp_path / "single") == [tmp_path / "single"]
    names = [run["name"] for run in json.loads(runs_json(tmp_path / "single"))["runs"]]
    assert names == ["single"]


def test_evaluations_become_tables_and_what_is_none_is_left_out(tmp_path):
    rows = [
        {"name": "/a/mine/temporal", "parameters": 15195, "style": 0.25, "flicker": None},
        {"name": "the input itself", "parameters": None, "style": 1.0, "flicker": None},
    ]
    for name, content in (("good", {"judge": {"name": "vgg19"}, "rows": rows}), ("bad", [])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "evaluation.json").write_text(json.dumps(content))
    (table,) = evaluations(tmp_path)

    assert table["title"] == "good, judge vgg19"
    assert table["headings"] == ["parameters", "style"]
    assert table["lines"] == [
        ["mine/temporal", "15,195", "0.2500"],
        ["the input itself", "–", "1.0000"],
    ]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"id": 3}'])
def test_half_written_results_do_not_end_the_view(tmp_path, damage):
    run = begin(tmp_path / "mine")
    (run / "results.json").write_text(damage)
    assert described(run, tmp_path)["state"] in ("stopped", "finished")
