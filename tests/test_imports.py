"""Imports go one way: what a part is built on never reaches back for it."""

import ast
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

import kunster

PACKAGE = Path(kunster.__file__).parent


def part(module: str) -> str:
    """The package or module right under kunster to which it belongs; of kunster itself, that."""
    return ".".join(module.split(".")[:2])


def imported(path: Path) -> set[str]:
    """The modules of kunster that a file names, in functions and for types as well."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "kunster":
            found |= {f"kunster.{name.name}" for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return {name for name in found if name.split(".")[0] == "kunster"}


def test_no_part_is_built_on_what_is_built_on_it():
    built_on = defaultdict(set)
    for path in PACKAGE.rglob("*.py"):
        module = ".".join(("kunster", *path.relative_to(PACKAGE).with_suffix("").parts))
        own = part(module.removesuffix(".__init__"))
        built_on[own] |= {part(name) for name in imported(path)} - {own}
    assert {"kunster.assets", "kunster.errors"} <= built_on["kunster.data"]
    assert len(list(TopologicalSorter(built_on).static_order())) >= len(built_on)  # or CycleError
