"""Trainings that the view Runs starts, stops and goes on with: commands that one could type."""

import json
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kunster.console.choices import among
from kunster.data.decode import UnusablePhoto, decode_photo
from kunster.errors import UserError
from kunster.files.replacing import replacing

PLACE = "started"  # in the folder of the runs: for each its painting, command and what it printed
COMMAND, LOG, PHOTOS = "command.json", "log.txt", "photos"
NAME = re.compile(r"[\w-]{1,40}")
ENDED = (None, 0, 130, -signal.SIGTERM)  # exit codes of what runs, has ended or was stopped
# words of `kunster run`, by what the view calls them; the first but for the size is the default
CHOICES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "size": {
        "Small": ("alpha=0.25", "beta=0.5"),
        "Medium": ("alpha=0.5", "beta=0.75"),
        "Large": ("alpha=1", "beta=1"),
    },
    "strength": {
        "As what ships": ("style.weight=1",),
        "Calm": ("style.weight=0.5",),
        "Strong": ("style.weight=2",),
    },
    "strokes": {
        "Medium": ("style.size=384",),
        "Fine": ("style.size=256",),
        "Broad": ("style.size=512",),
    },
}


class Trainings:
    """Trainings of a folder of runs; they end when `end` is called, and can go on later."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, wish: Mapping[str, str], picture: bytes, photos: Sequence[bytes] = ()) -> None:
        """Starts `kunster run` for a painting.

        Args:
            wish: `name`, and a key of each of `CHOICES`.
            picture: the painting's file.
            photos: files of the photos that previews are made of; none: those that come along.

        Raises:
            UserError: no picture, a name that is taken or none, or no such choice.
        """
        name = wish.get("name", "")
        place = self.folder / PLACE / name
        if not NAME.fullmatch(name):
            raise UserError(f"“{name}”: a name has 1 to 40 letters, digits, - and _")
        if (self.folder / name).exists() or place.exists():
            raise UserError(f"{name}: is there already; give another name")
        chosen = [word for key, allowed in CHOICES.items() for word in _words(key, allowed, wish)]
        painting = place / "painting.jpg"  # content counts, not the name
        with replacing(place) as part:
            part.mkdir(parents=True)
            (part / painting.name).write_bytes(picture)
            _check_picture(part / painting.name, "the painting")
            words = [f"style.name={name}", f"style.image={_quoted(painting)}", *chosen]
            if photos:
                (part / PHOTOS).mkdir()
                words.append(f"callbacks.preview.photos={_quoted(place / PHOTOS)}")
            for number, photo in enumerate(photos, 1):
                (part / PHOTOS / f"{number}.jpg").write_bytes(photo)
                _check_picture(part / PHOTOS / f"{number}.jpg", f"photo {number}")
            words.append(f"hydra.run.dir={_quoted(self.folder / name)}")
            (part / COMMAND).write_text(json.dumps(words))
        self._begin(name, words)

    def go_on(self, name: str) -> None:
        """Starts it again where it stopped."""
        self._begin(name, [*_command(self._known(name)), "resume=true"])

    def stop(self, name: str) -> None:
        """Ends it as Ctrl-C does, at its last checkpoint."""
        if self._is_running(self._known(name).name):
            self.running[name].terminate()  # SIGINT may be ignored here, and then by it too

    def end(self, say: Callable[[str], None] = lambda words: None) -> None:
        """Stops all, says which, and waits for them."""
        for name in filter(self._is_running, self.running):
            say(f"{name}: ends at its next step; Go on continues it")
            self.stop(name)
        for process in self.running.values():
            process.wait()

    def state(self) -> dict[str, dict[str, Any]]:
        """By name: the command as one types it, its state, and the last line it printed."""
        return {
            place.parent.name: {
                "command": f"kunster run {shlex.join(_command(place.parent))}",
                "running": self._is_running(place.parent.name),
                "failed": self._code(place.parent.name) not in ENDED,
                "said": _last_line(place.parent / LOG),
            }
            for place in sorted((self.folder / PLACE).glob(f"*/{COMMAND}"))
        }

    def _begin(self, name: str, words: list[str]) -> None:
        if self._is_running(name):
            raise UserError(f"{name}: is training already")
        command = [sys.executable, "-u", "-m", "kunster.run", *words]
        with open(self.folder / PLACE / name / LOG, "ab") as log:
            self.running[name] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )

    def _is_running(self, name: str) -> bool:
        return name in self.running and self._code(name) is None

    def _code(self, name: str) -> int | None:
        """With which its process ended; None if it has not, or not been started by this one."""
        return self.running[name].poll() if name in self.running else None

    def _known(self, name: str) -> Path:
        if not NAME.fullmatch(name) or not (self.folder / PLACE / name / COMMAND).is_file():
            raise UserError(f"“{name}”: was not started here")
        return self.folder / PLACE / name


def _check_picture(file: Path, called: str) -> None:
    try:
        decode_photo(file)
    except UnusablePhoto as error:
        raise UserError(f"{called}: no picture, or too small a one") from error


def _words(
    key: str, allowed: Mapping[str, tuple[str, ...]], wish: Mapping[str, str]
) -> tuple[str, ...]:
    chosen = wish.get(key, "")
    if chosen not in allowed:
        raise UserError(f"{key}={chosen}: {among(chosen, allowed)}")
    return allowed[chosen]


def _command(place: Path) -> list[str]:
    words = json.loads((place / COMMAND).read_text())
    return [str(word) for word in words]


def _quoted(path: Path) -> str:
    """A path as Hydra takes any of them."""
    text = str(path.resolve())
    return text if re.fullmatch(r"[\w./-]+", text) else "'" + text.replace("'", r"\'") + "'"


def _last_line(log: Path) -> str:
    if not log.is_file():
        return ""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1][-300:] if lines else ""
