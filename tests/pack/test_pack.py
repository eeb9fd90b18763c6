import json
import re
import tomllib
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from kunster.networks.model_file import load_model
from kunster.networks.stylizer import stylize
from kunster.pack.__main__ import main
from kunster.pack.card import LICENCE
from kunster.pack.evaluations import measured, read_evaluation

from .conftest import evaluated, finished_run, run_of_two

NAMES = [
    f"14-{stage}.{kind}" for stage in ("perceptual", "temporal") for kind in ("md", "safetensors")
]
PATH = re.compile(r"/\w[^\s/]*/")


def packed(tmp_path, *runs, evaluations=()):
    given = [option for path in evaluations for option in ("--evaluation", str(path))]
    assert main([*map(str, runs), "--out", str(tmp_path / "out"), *given]) == 0
    return tmp_path / "out"


def test_a_run_becomes_files_that_paint_what_it_painted(tmp_path, capsys):
    run = finished_run(tmp_path / "run")
    out = packed(tmp_path, run)
    assert sorted(path.name for path in (out / "scream").iterdir()) == NAMES
    assert "14-temporal.safetensors  34 kB" in capsys.readouterr().out
    frames = torch.rand(1, 3, 64, 64)
    for stage in ("perceptual", "temporal"):
        network, described = load_model(run / stage / "model.safetensors")
        found, description = load_model(out / "scream" / f"14-{stage}.safetensors")
        assert description == described
        difference = (stylize(found, frames) - stylize(network, frames)).abs()
        assert 0 < difference.max() < 1 / 255


def test_the_network_of_many_styles_has_a_card_with_all_of_them(tmp_path, capsys):
    out = packed(tmp_path, run_of_two(tmp_path / "run"))
    assert sorted(path.name for path in (out / "base").iterdir()) == NAMES
    _, description = load_model(out / "base" / "14-temporal.safetensors")
    assert description.styles == ("scream", "senecio")
    card = (out / "base" / "14-temporal.md").read_text()
    for words in (
        "# 2 paintings in one network, id 14, stage 2\n",
        "--model base:14 --style senecio\n",
        "| scream | The Scream, Edvard Munch, 1893; Nasjonalmuseet, Oslo; picture sha256 aaaaaa",
        "| senecio | Senecio, Paul Klee, 1922; Kunstmuseum Basel; picture sha256 dddddd",
        f"dilated residual blocks, instance norm, {description.parameters:,} parameters",
        f"| perceptual network | vgg16, sha256 {'b' * 64} |",
        "on 4 photographs",
    ):
        assert words in card
    assert main([str(run_of_two(tmp_path / "other", "mine")), "--out", str(tmp_path / "no")]) == 2
    assert "a network of several is called base" in capsys.readouterr().err


def test_the_card_has_painting_network_recipe_data_and_figures(tmp_path):
    run = finished_run(tmp_path / "run")
    out = packed(tmp_path, run, evaluations=[evaluated(run, tmp_path)])
    card = (out / "scream" / "14-temporal.md").read_text()
    for words in (
        *("The Scream, Edvard Munch, 1893", "public domain (Munch died in 1944)", "a" * 64),
        *("id 14 of Table II: α 0.25, β 0.5", "15,195 parameters", "instance norm"),
        *(
            "1,000 of 1 pair, 192x192 pixels",
            "content 2, near_content 4, style 15, palette 20, light 2",
        ),
        *("learning rate 0.005", f"vgg16, sha256 {'b' * 64}"),
        "a camera that moves over 1,234 photos of a folder",
        "| vgg19 | 0.0640 | 0.5000 | 0.0200 | – | – | – | 4 bundled photographs",
        "| vgg19 (cccccccccccc…) | 0.0123 | 0.4567 | 0.0321 | 2 | 0.7500 | -1.2500 | 25 photos, ",
        "the input itself | 1.0000 | 0.0000 | 0.0333 | 0 | 0.1250 | 0.0000 |",
        "12 pairs at 640x360, without ambush_4, of MPI Sintel",
        *("- style = Σ", "- e_stab = √", "- tint = share", "- relu3_3, relu4_1 = ‖G‖"),
        "|  | stroke | tint | relu4_1 |\n| --- | --: | --: | --: |\n"
        "| this network | 0.5000 | 0.6250 | 0.1250 |\n| the photos | – | 1.0000 | 1.5000 |\n"
        "| the painting | 1.0000 | – | 0.0000 |\n",
        "kunster stylize in.mp4 out.mp4 --model scream:14\n",
        "The weights: MIT",
    ):
        assert words in card
    assert "flicker" not in card
    first = (out / "scream" / "14-perceptual.md").read_text()
    assert "--model scream:14:perceptual\n" in first
    assert "3,000 of 1 crop, 176x176 pixels" in first
    assert "cccccccccccc" not in first  # of which only stage 2 was evaluated


def test_neither_cards_nor_files_name_a_folder(tmp_path):
    run = finished_run(tmp_path / "run")
    out = packed(tmp_path, run, evaluations=[evaluated(run, tmp_path)])
    for card in out.rglob("*.md"):
        assert not PATH.search(card.read_text())
        assert str(tmp_path) not in card.read_text()
    for file in out.rglob("*.safetensors"):
        with safe_open(file, "pt") as content:
            assert "/" not in "".join(content.metadata().values())


def test_stage_2_of_another_run_names_the_stage_1_it_began_from(tmp_path):
    first = finished_run(tmp_path / "first", stages=["perceptual"])
    start = first / "perceptual" / "model.safetensors"
    second = finished_run(tmp_path / "second", stages=["temporal"], start=start)
    out = packed(tmp_path, first, second)
    assert "| begins from | random weights |" in (out / "scream" / "14-perceptual.md").read_text()
    card = (out / "scream" / "14-temporal.md").read_text()
    began = (
        r"\| begins from \| scream/14-perceptual before it was packed \(sha256 \w{64}\), trained on"
    )
    assert re.search(rf"{began} scream \|", card)


@pytest.mark.parametrize(
    ("evaluated_as", "found"),
    [
        ("/elsewhere/runs/mine", True),
        ("/elsewhere/runs/mine_too", False),
        ("/elsewhere/trained/scream/14-temporal.safetensors", True),
        ("/elsewhere/trained/udnie/14-temporal.safetensors", False),
    ],
)
def test_an_evaluation_is_of_the_run_by_its_name_or_of_the_packed_file(
    tmp_path, evaluated_as, found
):
    evaluation = read_evaluation(evaluated(Path(evaluated_as), tmp_path))
    shipped = Path("scream", "14-temporal.safetensors")
    of_stage_2 = measured(evaluation, Path("here", "mine"), shipped, "temporal")
    assert (of_stage_2 is not None) == found
    if of_stage_2:
        assert of_stage_2.figures["content"] == 0.4567
    assert measured(evaluation, Path("here", "mine"), shipped, "perceptual") is None


def test_the_licence_is_one_of_the_projects():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert LICENCE in project["license"].split(" AND ")


def no_run(folder):
    folder.mkdir()


def not_ended(folder):
    (finished_run(folder) / "results.json").unlink()


def not_in_table_2(folder):
    path = finished_run(folder) / "results.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"id": None, "alpha": 2.0}))


def of_no_painting(folder):
    finished_run(folder, style="mine")


def of_another_network(folder):
    path = finished_run(folder) / "results.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"parameters": 7}))


def without_an_objective(folder):
    path = finished_run(folder) / "config.yaml"
    path.write_text("objective: {}")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: None, "no such run folder"),
        (no_run, "not a run folder: it holds no config.yaml"),
        (not_ended, "has not ended, it holds no results.json"),
        (not_in_table_2, "none of Table II"),
        (of_no_painting, "style=mine: a card needs a painting that ships"),
        (of_another_network, "but the run's results.json says scream perceptual 7"),
        (without_an_objective, "lack what a card says"),
    ],
)
def test_what_cannot_ship_is_one_line_and_nothing_is_written(tmp_path, capsys, make, says):
    good = finished_run(tmp_path / "good", 15)
    make(tmp_path / "bad")
    assert main([str(good), str(tmp_path / "bad"), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert str(tmp_path / "bad") in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_two_runs_of_one_network(tmp_path, capsys):
    runs = [str(finished_run(tmp_path / name)) for name in ("a", "b")]
    assert main([*runs, "--out", str(tmp_path / "out")]) == 2
    assert "both give scream/14-perceptual.safetensors: leave one out" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"rows": []}'])
def test_an_evaluation_that_is_none(tmp_path, capsys, text):
    path = tmp_path / "e.json"
    path.write_text(text)
    assert main([str(tmp_path), "--evaluation", str(path)]) == 2
    assert f"--evaluation {path}: not an evaluation.json" in capsys.readouterr().err


def test_figures_of_a_later_evaluation_take_the_place_of_earlier_ones(tmp_path, capsys):
    run = finished_run(tmp_path / "run")
    out = packed(tmp_path, run, evaluations=[evaluated(run, tmp_path)])
    cards = {stage: out / "scream" / f"14-{stage}.md" for stage in ("perceptual", "temporal")}
    before = {stage: card.read_text() for stage, card in cards.items()}
    content = json.loads((tmp_path / "evaluation.json").read_text())
    content["rows"][1] |= {
        "style": 0.5,
        "grid": 0.25,
        "origin": {
            "run": str(out / "scream" / "14-temporal.safetensors"),
            "stage": "temporal",
            "output_weight": None,
        },
    }
    other = json.loads(json.dumps(content["rows"][1]).replace("/scream/", "/udnie/"))
    content["rows"].insert(1, other | {"style": 0.75})
    later = tmp_path / "later.json"
    later.write_text(json.dumps(content))
    capsys.readouterr()
    assert main(["--figures", str(out), "--evaluation", str(later)]) == 0
    assert capsys.readouterr().out.split() == [str(cards["temporal"])]
    assert cards["perceptual"].read_text() == before["perceptual"]
    expected = before["temporal"].replace("| 0.0123 |", "| 0.5000 |").replace("0.7500", "0.2500")
    assert cards["temporal"].read_text() == expected != before["temporal"]


def test_figures_need_cards(tmp_path, capsys):
    evaluation = evaluated(finished_run(tmp_path / "run"), tmp_path)
    (tmp_path / "empty").mkdir()
    assert main(["--figures", str(tmp_path / "empty"), "--evaluation", str(evaluation)]) == 2
    assert "holds no cards" in capsys.readouterr().err
    (tmp_path / "other" / "scream").mkdir(parents=True)
    (tmp_path / "other" / "scream" / "14-temporal.md").write_text("# Something else\n")
    assert main(["--figures", str(tmp_path / "other"), "--evaluation", str(evaluation)]) == 2
    assert "is not a card as `kunster pack` writes it" in capsys.readouterr().err
