"""The configuration's folder and the choices in it, read without Hydra."""

from pathlib import Path

PACKAGE = Path(__file__).parents[1]
# inside an installed package, beside it in a checkout
CONF = next(path for path in (PACKAGE / "conf", PACKAGE.parent / "conf") if path.is_dir())


def groups() -> dict[str, list[str]]:
    """The choices of each group, as a command line names both."""
    found: dict[str, list[str]] = {}
    for file in sorted(CONF.glob("*/**/*.yaml")):
        found.setdefault(file.parent.relative_to(CONF).as_posix(), []).append(file.stem)
    return found
