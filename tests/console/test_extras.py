"""Extras of pyproject.toml, and commands that need one which is not installed."""

import ast
import re
import sys
import tomllib
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import kunster
from kunster.console.command import exit_code
from kunster.console.extras import BASE, INCLUDED, MODULES, pip_install

PACKAGE = Path(kunster.__file__).parent
PROJECT = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"]
# a part of Jinja2; in an environment of its own, docs/android.md
ELSEWHERE = {"markupsafe", "litert_torch"}
NEEDED = {
    "run": ("torch", "train", ["+experiment=scream"]),
    "sweep": ("torch", "train", ["table2"]),
    "fetch": ("requests", "train", ["--list"]),
    "evaluate": ("torch", "train", ["scream"]),
    "report": ("matplotlib", "train", ["runs"]),
    "blend": ("torch", "export", ["scream", "udnie", "--out", "blend.safetensors"]),
    "export": ("coremltools", "export", ["scream"]),
    "page": ("torch", "export", ["--out", "site"]),
    "gallery": ("jinja2", "export", []),
    "open": ("jinja2", "export", []),
    "dashboard": ("wandb_workspaces", "dashboard", ["--entity", "me"]),
}


def requirements(extra: str) -> set[str]:
    """Names of the distributions of an extra, as pip compares them."""
    listed = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    names = {re.match(r"[\w.-]+", line)[0] for line in listed}
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


@pytest.fixture(scope="module")
def distributions():
    """Those that each module is in."""
    return packages_distributions()


@pytest.mark.parametrize("extra", MODULES)
def test_an_extra_brings_its_modules(extra, distributions):
    for module in MODULES[extra]:
        (name,) = distributions.get(module, [module])[:1]  # some extras are not installed here
        assert re.sub(r"[-_.]+", "-", name).lower() in requirements(extra)
    if extra in INCLUDED:
        assert f"kunster[{INCLUDED[extra]}]" in PROJECT["optional-dependencies"][extra]


def test_no_other_module_is_imported():
    imported = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])
    known = {name for names in MODULES.values() for name in names}
    assert imported - known - sys.stdlib_module_names - ELSEWHERE == {"kunster"}


@pytest.mark.parametrize("name", NEEDED)
def test_a_command_says_the_line_that_installs_its_extra(name, monkeypatch, tmp_path, capsys):
    module, extra, words = NEEDED[name]
    monkeypatch.setitem(sys.modules, module, None)  # as if it was not installed
    monkeypatch.chdir(tmp_path)
    assert import_module(f"kunster.{name}.__main__").main(words) == 2
    assert capsys.readouterr().err == f"kunster {name} needs {module}: {pip_install(extra)}\n"
    assert not list(tmp_path.iterdir())


def test_all_other_commands_need_the_base_or_a_checkout():
    verbs = {path.parent.name for path in PACKAGE.glob("*/__main__.py")}
    assert verbs - set(NEEDED) == {"stylize", "styles", "completion", "bench", "pack"}


def test_a_module_missing_in_the_middle_is_one_line_too(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "h5py", None)
    assert exit_code(lambda: import_module("h5py")) == 2
    assert capsys.readouterr().err == f"this needs h5py: {pip_install('keras')}\n"
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert exit_code(lambda: import_module("numpy")) == 2
    assert capsys.readouterr().err == f"this needs numpy: {pip_install(BASE)}\n"


def test_a_module_that_nothing_installs_is_a_bug():
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        exit_code(lambda: import_module("no_such_module"))
