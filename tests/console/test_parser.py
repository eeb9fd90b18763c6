"""The options of all verbs: one name for one thing, and errors of one line."""

import shlex
from importlib import import_module
from pathlib import Path

import pytest

from kunster.__main__ import VERBS
from kunster.bench.options import BENCHMARKS, parser_of
from kunster.console.options import SHARED, path
from kunster.console.parser import Parser
from kunster.errors import UserError

CHANGES = (Path(__file__).parents[2] / "CHANGELOG.md").read_text()
FLAGS = sorted(set(VERBS) - {"run", "bench"})  # the one is Hydra's, the other has a parser for each
PARSERS = {
    **{verb: import_module(f"kunster.{verb}.__main__").parser() for verb in FLAGS},
    **{f"bench {name}": parser_of(name) for name in BENCHMARKS},
}
RENAMED = [(verb, *pair) for verb, parser in PARSERS.items() for pair in parser.renamed.items()]


def refusal(parser, *words):
    with pytest.raises(UserError) as refused:
        parser.read(words)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("verb", PARSERS)
def test_its_examples_are_what_it_takes(verb):
    lines = (PARSERS[verb].epilog or "").splitlines()[1:]
    assert lines
    for line in lines:
        command, *words = shlex.split(line)
        assert [command, *words][: 1 + len(verb.split())] == ["kunster", *verb.split()]
        PARSERS[verb].read(words[len(verb.split()) :])


def test_an_option_of_several_verbs_is_the_same_in_all():
    for verb, parser in PARSERS.items():
        for option, action in parser._option_string_actions.items():
            if option in SHARED:
                assert action.type == SHARED[option].get("type"), f"{verb} {option}"
            assert action.help, f"{verb} {option}"


@pytest.mark.parametrize(("verb", "old", "new"), RENAMED)
def test_an_earlier_name_is_refused_with_the_one_that_took_its_place(verb, old, new):
    assert refusal(PARSERS[verb], old).startswith(f"{old}: is now {new}; kunster {verb} --help")
    assert f"| `kunster {verb}`: `{old}` | `{new}` |" in CHANGES


def test_a_word_of_earlier_versions_is_an_option_now(tmp_path, monkeypatch):
    parser = Parser("paint", "MODEL [options]", "Paints.")
    parser.add_argument("model")
    parser.share("--limit", default=5)
    parser.add_argument("--style-weight")
    assert refusal(parser, "limit=8").startswith("limit=8: is now --limit 8; kunster paint --help")
    assert refusal(parser, "style_weight=2").startswith("style_weight=2: is now --style-weight 2;")
    (tmp_path / "limit=8").mkdir()
    monkeypatch.chdir(tmp_path)
    assert parser.read(["limit=8"]).model == "limit=8"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--modle", "scream"], "--modle: no such option; did you mean --model? There are --help"),
        (
            ["--source", "b.jpg"],
            "--source: no such option; IN goes without one: kunster stylize IN [OUT]",
        ),
        (["--over"], "--over: no such option; did you mean --overwrite?"),
        (["--model", "m"], "IN: missing; kunster stylize --help tells more"),
        (["a", "b", "--model"], "--model: needs a value; kunster stylize --help tells more"),
        (["a", "", "--model", "m"], "'': is empty; kunster stylize --help tells more"),
        (["a", "b", "--model="], "--model=: is empty; kunster stylize --help tells more"),
        (["a", "b", "--overwrite=no"], "--overwrite no: takes no value"),
        (["a", "b", "--quality", "60"], "--quality 60: must be a whole number from 0 to 51"),
        (["a", "b", "--strength", "nan"], "--strength nan: must be a number"),
        (["a", "b", "--engine", "torhc"], "--engine torhc: must be auto, openvino, onnxruntime, "),
    ],
)
def test_a_mistake_is_one_line_with_what_there_is(words, says):
    assert refusal(PARSERS["stylize"], *words).startswith(says)


@pytest.mark.parametrize("verb", PARSERS)
def test_mistakes_of_every_verb_are_one_line(verb):
    parser, more = PARSERS[verb], f"kunster {verb} --help tells more"
    assert refusal(parser, "--hlep").startswith(
        "--hlep: no such option; did you mean --help? There"
    )
    assert refusal(parser, "--help=yes") == "--help yes: takes no value"
    assert refusal(parser, "") == f"'': is empty; {more}"
    for option, action in parser._option_string_actions.items():
        if option.startswith("--") and action.nargs != 0:
            assert refusal(parser, option) == f"{option}: needs a value; {more}"
            assert refusal(parser, f"{option}=") == f"{option}=: is empty; {more}"
            if action.type not in (None, path):
                said = refusal(parser, option, "nonsense")
                assert said.startswith(f"{option} nonsense: must be ")
                assert more not in said  # what is allowed is said already


def test_words_and_options_may_alternate():
    found = PARSERS["stylize"].read(["a.jpg", "--model", "scream", "b.jpg", "--overwrite"])
    assert (found.source, found.more, found.model) == ("a.jpg", ["b.jpg"], "scream")
    found = PARSERS["export"].read(["scream", "--out", "app", "onnx", "coreml"])
    assert found.more == ["onnx", "coreml"]
    assert PARSERS["pack"].read(["run", "--out", "figures"]).out == Path("figures")


def test_an_error_of_a_value_names_its_option():
    parser = PARSERS["evaluate"]
    error = parser.as_typed(UserError("style_weight=-1: must be 0 or more"))
    assert str(error) == "--style-weight -1: must be 0 or more"
    assert str(parser.as_typed(UserError("photos.size=3: too small"))) == "photos.size=3: too small"
