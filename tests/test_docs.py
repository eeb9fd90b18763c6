"""Commands and code in README and docs: they run, compose or are read as printed."""

import json
import re
import shlex
import shutil
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from PIL import Image

import kunster
from kunster.assets.trained import find_trained
from kunster.run import training
from kunster.run.configuration import composed, resolved
from kunster.run.settings import check_config
from kunster.sweep.grid import find_sweep, read_grid

from .small_runs import run
from .video.clips import numbered, write_clip

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINKING = [*PAGES, ROOT / "CHANGELOG.md", ROOT / "kunster" / "assets" / "NOTICE.md"]
EXTEND = ROOT / "docs" / "extend.md"
PLACEHOLDERS = {"=STEPS": "=10", "=SEED": "=0", "…": "_"}
COMMAND = re.compile(r"(?:python -m kunster\.|(?:\.venv/bin/)?kunster )([a-z]+) +([^|<>]*)")
HYDRA = ("run", "sweep")
ANSWERED = {"--help", "--version"}  # before anything else is read


def commands(page: Path) -> list[tuple[str, list[str]]]:
    """Verb and words of every command on a page, in blocks and between backticks."""
    text = re.sub(r"\\\n\s*", " ", page.read_text())
    fenced = "\n".join(re.findall(r"^```(?:sh)?\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    indented = re.findall(r"^ {4,}(.*)", text, re.MULTILINE)
    spans = [span.replace("\n", " ") for span in re.findall(r"`([^`]+)`", text)]
    lines = [part.strip() for line in fenced.splitlines() for part in line.split(" | ")]
    found = [COMMAND.match(each.split(" #")[0]) for each in (*lines, *indented, *spans)]
    return [(match[1], shlex.split(match[2])) for match in found if match]


def overrides(verb: str, words: list[str]) -> list[str]:
    """One run of a training command: the first value of each axis."""
    command = re.sub(r"--cfg \w+|--out \S+|--[\w-]+|(^| )-m |\[key.*\]", " ", shlex.join(words))
    for name, value in PLACEHOLDERS.items():
        command = command.replace(name, value)
    given = [word for word in shlex.split(command) if not word.startswith("hydra")]
    given = [word for word in given if not re.match(r"(alpha|beta|.*steps)=_$", word)]
    if verb == "sweep":
        grid = read_grid(find_sweep(Path(given[0])), given[1:])
        return [*grid.common, *(f"{name}={value}" for name, value in grid.points()[0].items())]
    parsed = OverridesParser.create().parse_overrides(given)
    return [
        f"{each.input_line.split('=')[0]}={next(each.sweep_string_iterator())}"
        if each.is_sweep_override()
        else str(each.input_line)
        for each in parsed
    ]


COMMANDS = {
    f"{page.stem}: {verb} {' '.join(words)}": (verb, words)
    for page in PAGES
    for verb, words in commands(page)
    if words and not ANSWERED & set(words)
}
TRAINING = [
    name
    for name, (verb, _) in COMMANDS.items()
    if verb in HYDRA and not name.startswith(EXTEND.stem)
]
FLAGS = [name for name, (verb, _) in COMMANDS.items() if verb not in HYDRA]


def test_commands_are_found():
    assert len(TRAINING) > 15
    assert len(FLAGS) > 30


@cache
def check(*words: str) -> None:
    """Composes a configuration and checks it; once, where several pages print it."""
    check_config(resolved(composed(words)))


@pytest.mark.parametrize("name", TRAINING)
def test_a_training_command_on_a_page_composes(name):
    check(*overrides(*COMMANDS[name]))


@pytest.mark.parametrize("name", FLAGS)
def test_a_command_on_a_page_is_read_by_its_verb(name, monkeypatch):
    parser = pytest.importorskip("kunster.console.parser").Parser
    verb, words = COMMANDS[name]
    plain = parser.read

    class Read(Exception):  # noqa: N818
        """The words are options of the verb; nothing is done with them."""

    def read(self, arguments=None):
        plain(self, arguments)
        raise Read

    monkeypatch.setattr(parser, "read", read)
    with pytest.raises(Read):
        import_module(f"kunster.{verb}.__main__").main(words)


def test_the_readme_begins_with_painting_learning_exporting_and_the_browser():
    block = re.search(r"^```sh\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)[1]
    setup, *lines = [line.partition(" #")[0].strip() for line in block.splitlines()]
    assert setup == "make setup"
    assert [line.removeprefix(".venv/bin/kunster ").split()[0:2] for line in lines] == [
        ["stylize", "docs/photo.jpg"],
        ["make", "run"],
        ["export", "scream"],
        ["open"],
    ]


def test_make_run_composes():
    """`.ci/run` types what the README begins with; it trains for minutes."""
    makefile = (ROOT / "Makefile").read_text()
    words = re.search(r"-m kunster\.run (.*?)\$\(MORE\)", makefile, re.DOTALL)[1]
    check(*words.replace("\\\n", " ").split())


@pytest.fixture
def in_an_empty_folder(tmp_path, monkeypatch):
    """A folder with a photo and a film, where `kunster.train` leaves a network that ships."""

    def trained(config, folder):
        place = Path(folder) / "temporal"
        place.mkdir(parents=True)
        shutil.copy(find_trained("scream"), place / "model.safetensors")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(training, "execute", trained)
    picture = np.random.default_rng(0).integers(0, 256, (160, 256, 3), np.uint8)
    Image.fromarray(picture).save("photo.jpg")
    write_clip(tmp_path / "film.mp4", [numbered(number) for number in range(3)], sound="aac")


def python_of(page: Path) -> list[str]:
    """The Python of a page or a notebook, block by block."""
    text = page.read_text()
    if page.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", ["README.md", "docs/python.md", "docs/kunster.ipynb"])
def test_python_on_a_page_runs(name, in_an_empty_folder, tmp_path, capsys):
    page, names = ROOT / name, {}
    for block in python_of(page):
        exec(compile(block, page.name, "exec"), names)
    assert "'scream'" in capsys.readouterr().out
    painted = {path.name for path in tmp_path.glob("painted.*")}
    assert painted >= {"painted.jpg", "painted.mp4"}


@pytest.mark.parametrize("page", LINKING, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert not [target for target in targets if not (page.parent / target).exists()]


def test_every_page_is_in_the_index():
    index = (ROOT / "docs" / "index.md").read_text()
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert pages <= set(re.findall(r"\]\(([a-z]+\.md)\)", index))


def test_the_version_is_one():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[1]
    assert citation["version"] == newest == kunster.__version__


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
            path.parent.mkdir(parents=True, exist_ok=True)
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
        shutil.copytree(ROOT / name, folder / name)  # and what Python has compiled of it
    shutil.copytree(folder / "conf", folder / "plain_conf")
    apply(folder)
    for new in re.findall(r"^# conf/(\S+)", EXTEND.read_text(), re.MULTILINE):
        shutil.copy(folder / "conf" / new, folder / "plain_conf" / new)
    np.save(folder / "photos.npy", np.random.default_rng(0).integers(0, 256, (2, 96, 96, 3), "u1"))
    given = [words for verb, words in commands(EXTEND) if verb == "run"]
    script = str(ROOT / "tests" / "extensions.py")
    done = run(sys.executable, script, json.dumps(given), cwd=folder, PYTHONPATH=str(folder))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_commands_of_the_page_compose(extended):
    assert extended["commands"] > 3


def test_the_test_of_a_loss_term_holds(extended):
    assert extended["tests"] == 4


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
