"""Commands and code in README and docs: overrides compose, and docs/extend.md works as printed."""

import json
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from kunster.run.configuration import composed, resolved
from kunster.run.settings import check_config
from kunster.sweep.grid import read_grid

from .small_runs import run

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXTEND = ROOT / "docs" / "extend.md"
PLACEHOLDERS = {"=STEPS": "=10", "=SEED": "=0", "…": "_"}
COMMAND = re.compile(r"python -m kunster\.(run|sweep) +(.*)")


def commands(page: Path) -> list[tuple[str, list[str]]]:
    """Verb and words of every training command on a page, without options and comments."""
    text = re.sub(r"\\\n\s*", " ", page.read_text())
    lines = [line.strip() for line in text.splitlines()]
    spans = [span.replace("\n", " ") for span in re.findall(r"`(python -m [^`]*)`", text)]
    found = [COMMAND.match(each) for each in (*lines, *spans)]
    return [(match[1], words(match[2])) for match in found if match]


def words(command: str) -> list[str]:
    command = re.sub(r" \[[^\]]*\]|--cfg \w+|--out \S+|--[\w-]+|(^| )-m |#.*", " ", command)
    for name, value in PLACEHOLDERS.items():
        command = command.replace(name, value)
    given = [word for word in command.split() if not word.startswith("hydra")]
    return [word for word in given if not re.match(r"(alpha|beta|.*steps)=_$", word)]


def overrides(verb: str, given: list[str]) -> list[str]:
    """One run of a command: the first value of each axis."""
    if verb == "sweep":
        grid = read_grid(ROOT / given[0], given[1:])
        return [*grid.common, *(f"{name}={value}" for name, value in grid.points()[0].items())]
    parsed = OverridesParser.create().parse_overrides(given)
    return [
        f"{each.input_line.split('=')[0]}={next(each.sweep_string_iterator())}"
        if each.is_sweep_override()
        else str(each.input_line)
        for each in parsed
    ]


COMMANDS = {
    f"{page.stem}: {' '.join(given)}": (verb, given)
    for page in PAGES
    if page != EXTEND
    for verb, given in commands(page)
    if given
}


def test_commands_are_found():
    assert len(COMMANDS) > 15


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_on_a_page_composes(name):
    check_config(resolved(composed(overrides(*COMMANDS[name]))))


def blocks() -> list[tuple[str, str]]:
    """Language and text of the fenced blocks of docs/extend.md."""
    return re.findall(r"^```(\w+)\n(.*?)^```", EXTEND.read_text(), re.MULTILINE | re.DOTALL)


def apply(folder: Path) -> None:
    """Writes the new files and makes the changes of docs/extend.md."""
    for language, text in blocks():
        if language == "diff":
            name, _, hunk = text.partition("\n")[2].partition("\n")
            change(folder / name.removeprefix("+++ b/"), hunk.splitlines())
        else:
            name, _, content = text.partition("\n")
            path = folder / name.removeprefix("# ")
            assert not path.exists()
            path.write_text(content)


def change(path: Path, hunk: list[str]) -> None:
    before, after = ("\n".join(line[1:] for line in hunk if line[0] != sign) for sign in "+-")
    content = path.read_text()
    assert f"\n{content}".count(f"\n{before}\n") == 1, f"{path.name}: {before}"
    path.write_text(f"\n{content}".replace(f"\n{before}\n", f"\n{after}\n")[1:])


@pytest.fixture(scope="module")
def extended(tmp_path_factory) -> dict:
    """Results of tests/extensions.py in a copy of the repository with the changes made."""
    folder = tmp_path_factory.mktemp("extended")
    for name in ("kunster", "conf"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(folder / "conf", folder / "plain_conf")
    apply(folder)
    for new in re.findall(r"^# conf/(\S+)", EXTEND.read_text(), re.MULTILINE):
        shutil.copy(folder / "conf" / new, folder / "plain_conf" / new)
    np.save(folder / "photos.npy", np.random.default_rng(0).integers(0, 256, (2, 96, 96, 3), "u1"))
    given = [words for verb, words in commands(EXTEND)]
    script = str(ROOT / "tests" / "extensions.py")
    done = run(sys.executable, script, json.dumps(given), cwd=folder, PYTHONPATH=str(folder))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_commands_of_the_page_compose(extended):
    assert extended["commands"] == len(commands(EXTEND)) > 3


def test_a_loss_term_is_trained_and_in_the_curve(extended):
    assert extended["terms"]["clipped"] >= 0
    assert {"loss", "clipped", "content", "style"} < extended["terms"].keys()


def test_a_network_is_trained_and_loads_from_its_checkpoint(extended):
    assert extended["network"]["kind"] == "shallow"
    assert extended["network"]["parameters"] == 12243


def test_a_data_set_is_trained_on(extended):
    assert extended["data"] == "array, 2 photos"


def test_a_callback_is_called(extended):
    assert extended["callback"] > 0


def test_an_export_target_is_checked_against_the_network(extended):
    assert 0 < extended["target"] <= 8
