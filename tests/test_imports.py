"""Imports go one way through the rooms of the package, and no modules import each other."""

import ast
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import kunster

PACKAGE = Path(kunster.__file__).parent
# from what is used by people down to what everything stands on: a room imports from those after it
ROOMS = (
    *("__init__", "completion", "__main__", "bench", "pack", "open", "gallery", "page", "report"),
    *("dashboard", "sweep", "run"),
    *("evaluate", "blend", "styles", "stylize"),
    *("loggers", "callbacks", "objectives", "video", "export", "measures", "fetch", "data", "web"),
    *("losses", "results", "networks", "assets", "pictures", "machine", "console", "files"),
    "errors",
)


def imported(path: Path) -> set[str]:
    """The modules of kunster that a file names, in functions and for types as well.

    `from kunster import __version__` needs none of what the package offers to others.
    """
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{name.name}" for name in node.names}
    found.discard("kunster.__version__")
    return {module_of(name) for name in found if name.split(".")[0] == "kunster"}


def module_of(name: str) -> str:
    """The module that holds a name: kunster.data.crops of kunster.data.crops.Crops."""
    parts = name.split(".")
    while len(parts) > 1:
        path = PACKAGE.joinpath(*parts[1:])
        if path.with_suffix(".py").is_file() or (path / "__init__.py").is_file():
            break
        parts.pop()
    return ".".join(parts)


@pytest.fixture(scope="module")
def modules() -> dict[str, set[str]]:
    return {
        ".".join(("kunster", *path.relative_to(PACKAGE).with_suffix("").parts)): imported(path)
        for path in PACKAGE.rglob("*.py")
    }


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def test_every_room_has_its_place(modules):
    assert {room(module) for module in modules} <= set(ROOMS)


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_imports_from_those_below_it(modules, name):
    upwards = {
        f"{module} imports {other}"
        for module, others in modules.items()
        for other in others
        if room(module) == name and ROOMS.index(room(other)) < ROOMS.index(name)
    }
    assert not upwards


def test_no_modules_import_each_other(modules):
    built_on = defaultdict(set)
    for module, others in modules.items():
        built_on[module.removesuffix(".__init__")] |= others - {module.removesuffix(".__init__")}
    assert len(list(TopologicalSorter(built_on).static_order())) >= len(modules)  # or CycleError


def test_nothing_lies_loose_at_the_top():
    loose = {path.name for path in PACKAGE.glob("*.py")}
    assert loose <= {"__init__.py", "__main__.py", "errors.py"}
