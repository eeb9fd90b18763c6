"""`kunster VERB …` starts each verb's own command."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import kunster
from kunster.__main__ import VERBS, main
from kunster.assets.paintings import KNOWN

HEAVY = ("torch", "numpy", "lightning", "hydra", "omegaconf", "wandb", "cv2", "av", "matplotlib")
# the page and the version of every verb, and what was imported for them
HELP = f"""
import io, sys
from contextlib import redirect_stdout
from importlib import import_module

def said(module, *words):
    with redirect_stdout(io.StringIO()) as page:
        try:
            code = import_module(module + ".__main__").main(words)
        except SystemExit as end:
            code = end.code
    assert code == 0, (module, words)
    return page.getvalue()

for verb in {list(VERBS)}:
    assert said("kunster." + verb, "--help").startswith("usage: kunster " + verb + " "), verb
    assert said("kunster." + verb, "--version") == "kunster {kunster.__version__}\\n", verb
for what in ("train", "cost", "video", "memory", "android", "page"):
    assert said("kunster.bench", what, "--help").startswith("usage: kunster bench " + what), what
assert said("kunster", "--help").startswith("usage: kunster COMMAND")
assert said("kunster", "--version") == "kunster {kunster.__version__}\\n"
assert not set({HEAVY}) & set(sys.modules), set({HEAVY}) & set(sys.modules)
"""


def test_every_package_with_a_command_line_is_a_verb():
    found = {path.parent.name for path in Path(kunster.__file__).parent.glob("*/__main__.py")}
    assert found == set(VERBS)


def test_a_verb_gets_the_words_after_it(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["kunster"])  # which the command replaces
    monkeypatch.delitem(sys.modules, "kunster.styles.__main__", raising=False)
    with pytest.raises(SystemExit) as end:
        main(["styles", "--json"])
    assert end.value.code == 0
    listed = {style["name"] for style in json.loads(capsys.readouterr().out)}
    assert listed == set(KNOWN)


def test_without_a_verb_it_lists_them_all(capsys):
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines if line.startswith("  ")} - {"kunster"} == set(VERBS)


def test_an_unknown_verb_is_one_line_with_the_nearest(capsys):
    assert main(["stylise", "a.jpg"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("stylise: no such command; did you mean stylize? There are run, sweep")
    assert said.count("\n") == 1


def test_help_and_version_of_every_verb_import_nothing_heavy():
    done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
