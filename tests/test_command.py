"""`kunster VERB …` starts each verb's own command."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import kunster
from kunster.__main__ import VERBS, main
from kunster.assets.trained import FOLDER


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
    assert listed == {folder.name for folder in FOLDER.iterdir()}


def test_without_a_verb_it_lists_them_all(capsys):
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines if line.startswith("  ")} == set(VERBS)


def test_an_unknown_verb_is_one_line_with_the_nearest(capsys):
    assert main(["stylise", "a.jpg"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("stylise: no such command; did you mean stylize? There are run, sweep")
    assert said.count("\n") == 1


def test_the_version_comes_without_torch():
    script = "import sys; from kunster.__main__ import main; main(['--version']); "
    script += "assert not {'torch', 'numpy'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"kunster {kunster.__version__}\n"), done.stderr
