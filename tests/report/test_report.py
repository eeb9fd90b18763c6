"""The verb: what it writes, and what it says of a folder that it cannot use."""

import json
import re
from pathlib import Path

import cv2
import pytest

from kunster.networks.table2 import ROWS
from kunster.report.__main__ import main

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


def test_the_same_folder_gives_the_same_report(small_sweep):
    assert main([str(small_sweep)]) == 0
    first = {path.name: path.read_bytes() for path in (small_sweep / "report").iterdir()}
    assert main([str(small_sweep)]) == 0

    assert {p.name: p.read_bytes() for p in (small_sweep / "report").iterdir()} == first


def test_a_hostile_style_is_only_text(tmp_path):
    write_run(tmp_path / "a", ROWS[14], style=HOSTILE)
    write_run(tmp_path / "b", ROWS[14], style="$script & $x$")

    assert main([str(tmp_path)]) == 0
    page = (tmp_path / "report" / "index.html").read_text()
    assert page.count("</script") == 2  # the pictures' and the page's own
    assert "<img src=http" not in page
    assert "$script &amp; $x$" in page


def test_of_two_runs_of_one_network_the_first_is_used_and_said(small_sweep, capsys):
    write_run(small_sweep / "third", ROWS[14])

    assert main([str(small_sweep)]) == 0
    assert "third is left out: first is also id 15 in the style scream" in capsys.readouterr().err


def test_the_same_network_with_frn_is_another(small_sweep, capsys):
    write_run(small_sweep / "third", ROWS[14], norm="frn")

    assert main([str(small_sweep)]) == 0
    assert "left out" not in capsys.readouterr().err
    lines = (small_sweep / "report" / "table2.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["10", "15", "–"]


def test_two_paintings_have_a_figure_8_each(tmp_path):
    write_run(tmp_path / "a", ROWS[14], style="scream")
    write_run(tmp_path / "b", ROWS[14], style="udnie")
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "fig8.png").write_bytes(b"of an earlier report")

    assert main([str(tmp_path)]) == 0
    names = {path.name for path in (tmp_path / "report").glob("fig8*.png")}
    assert names == {"fig8_1_scream.png", "fig8_2_udnie.png"}


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
        (_another_judge, "judged by slim and x, which do not compare"),
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
    [([], "0 folders given"), (["a", "b"], "2 folders given"), (["nowhere"], "no such folder")],
)
def test_wrong_arguments_are_said(capsys, arguments, words):
    assert main(arguments) == 2
    assert words in capsys.readouterr().err


def test_a_folder_without_runs_is_said(tmp_path, capsys):
    assert main([str(tmp_path)]) == 2
    assert "no finished runs" in capsys.readouterr().err
