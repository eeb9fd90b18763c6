"""The verb: what it writes, and what it says of a folder that it cannot use."""

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from kunster.networks.table2 import ROWS
from kunster.pictures.images import write_png
from kunster.report.__main__ import main
from kunster.report.sweep import read_sweep

from .conftest import write_run

FIGURES = ("fig5", "fig6", "fig8", "pareto")
HOSTILE = "</script><script>document.title='owned'</script><img src=http://example.org/x.png>"


def test_table_page_and_every_figure_are_written(table2_sweep):
    report = table2_sweep / "report"
    names = {"index.html", "table2.csv", "table2.md"}
    names |= {f"{figure}.{kind}" for figure in FIGURES for kind in ("png", "svg")}

    assert {path.name for path in report.iterdir()} == names
    for figure in FIGURES:
        assert cv2.imread(str(report / f"{figure}.png")).std() > 10
        assert "</svg>" in (report / f"{figure}.svg").read_text()


def test_the_page_needs_nothing_from_elsewhere(table2_sweep):
    page = (table2_sweep / "report" / "index.html").read_text()

    assert not re.search(r"https?://", page)
    assert not re.search(r'(?:src|srcset|href)="(?!data:|#)', page)
    assert "default-src 'none'" in page


def test_the_page_names_the_painting_by_its_title_and_the_folder_below(table2_sweep):
    page = (table2_sweep / "report" / "index.html").read_text()

    assert "<h1>The Scream: 15 networks of Table II</h1>" in page
    assert "15 networks that paint like “The Scream”" in page
    assert "The Scream, painting" in page
    assert "Folder: table2" in page
    assert not re.search(r"(style of|like) scream|scream, painting|first look", page)


def test_the_same_folder_gives_the_same_report(tmp_path):
    write_run(tmp_path / "a", ROWS[14], steady=False)
    first, second = (_report_of(tmp_path) for _ in range(2))

    assert first == second


def _report_of(sweep: Path) -> dict[str, bytes]:
    assert main([str(sweep)]) == 0
    return {path.name: path.read_bytes() for path in (sweep / "report").iterdir()}


def test_two_paintings_have_a_figure_8_each_and_a_hostile_name_is_only_text(tmp_path):
    write_run(tmp_path / "a", ROWS[14], style=HOSTILE, steady=False)
    write_run(tmp_path / "b", ROWS[14], style="{{ script }} & $x$", steady=False)
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "fig8.png").write_bytes(b"of an earlier report")
    evaluation = {"judge": {"name": "vgg19"}, "rows": [], "measured_on": {}, "formulas": []}
    (tmp_path / "evaluation.json").write_text(json.dumps(evaluation | {"strips": "strips.png"}))
    strips = np.random.default_rng(0).integers(0, 256, (90, 150, 3), np.uint8)
    write_png(strips, tmp_path / "strips.png")
    report = _report_of(tmp_path)

    names = {name for name in report if name.startswith("fig8") and name.endswith(".png")}
    assert names == {"fig8_1__script_script_document_title_owned_scri.png", "fig8_2__script_x_.png"}
    drawn = cv2.imdecode(np.frombuffer(report["strips.png"], np.uint8), cv2.IMREAD_COLOR)
    assert drawn.std() == pytest.approx(strips.std(), rel=0.2)  # as drawn, on white
    page = report["index.html"].decode()
    assert page.count("</script") == 2  # the pictures' and the page's own
    assert "<img src=http" not in page
    assert "{{ script }} &amp; $x$" in page


def test_of_two_runs_of_one_network_the_first_is_used_and_said(small_sweep):
    write_run(small_sweep / "third", ROWS[14])

    sweep = read_sweep(small_sweep)
    assert [run.name for run in sweep.runs] == ["second", "first"]
    assert "third is left out: first is also id 15 in the style scream" in sweep.notes


def test_the_same_network_with_frn_is_another(small_sweep):
    write_run(small_sweep / "third", ROWS[14], norm="frn")

    assert [run.id for run in read_sweep(small_sweep).runs] == [10, 15, None]


def _no_model(folder: Path) -> None:
    (folder / "first" / "temporal" / "model.safetensors").unlink()


def _half_results(folder: Path) -> None:
    path = folder / "first" / "results.json"
    path.write_text(path.read_text()[:100])


def _no_parameters(folder: Path) -> None:
    _edit(folder, lambda content: content.pop("parameters"))


def _another_network(folder: Path) -> None:
    _edit(folder, lambda content: content.update(parameters=123456))


def _another_judge(folder: Path) -> None:
    _edit(folder, lambda content: content["stages"]["temporal"]["evaluation"].update(judge="x"))


def _half_model(folder: Path) -> None:
    path = folder / "first" / "temporal" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:2000])


def _strange_bench(folder: Path) -> None:
    (folder / "bench.json").write_text('{"480x320": {"first": "fast"}}')


def _strange_evaluation(folder: Path) -> None:
    (folder / "evaluation.json").write_text('{"rows": 3}')


def _edit(folder: Path, change) -> None:
    path = folder / "first" / "results.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_no_model, "first/temporal: the model is missing"),
        (_half_results, "first/results.json is not readable"),
        (_no_parameters, "first/results.json is not readable (has no 'parameters')"),
        (_another_network, "results.json says 123456"),
        (_another_judge, "judged by vgg19 and x, which do not compare"),
        (_half_model, "first/temporal/model.safetensors"),
        (_strange_bench, "bench.json: must be"),
        (_strange_evaluation, "evaluation.json: not what"),
    ],
)
def test_a_damaged_folder_is_one_line_and_no_report(small_sweep, capsys, damage, words):
    damage(small_sweep)

    assert main([str(small_sweep)]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert not (small_sweep / "report").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "FOLDER: missing"),
        (["a", "b"], "b: is one word too many"),
        (["nowhere"], "no such folder"),
    ],
)
def test_wrong_arguments_are_said(capsys, arguments, words):
    assert main(arguments) == 2
    assert words in capsys.readouterr().err


def test_one_run_is_no_sweep(tmp_path, capsys):
    write_run(tmp_path / "a0.125_b0.5", ROWS[14])
    assert main([str(tmp_path / "a0.125_b0.5")]) == 2
    said = capsys.readouterr().err
    assert said.endswith(f"is one run; give the folder that it lies in, {tmp_path}\n")


def test_a_folder_without_runs_is_said(tmp_path, capsys):
    assert main([str(tmp_path)]) == 2
    assert "no finished runs" in capsys.readouterr().err
