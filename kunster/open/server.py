"""The views on localhost, below a token that only the printed address has."""

import json
from email import message_from_bytes
from functools import partial
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any

from kunster.errors import UserError
from kunster.open.runs import SHOWN, described, packed_folder, run_folders
from kunster.open.starting import Trainings
from kunster.page.server import Handler

RUNS_JSON, RUN_FILES = "runs/runs.json", "runs/files"
LARGEST = 200_000_000  # bytes of a painting and photos


def runs_json(folder: Path, trainings: Trainings | None = None) -> bytes:
    """Runs as JSON, which the view reads again and again where trainings can be started."""
    runs = [described(run, folder) for run in run_folders(folder)]
    started = trainings.state() if trainings else {}
    return json.dumps({"live": bool(trainings), "runs": runs, "started": started}).encode()


def form(kind: str, content: bytes) -> tuple[dict[str, str], dict[str, list[bytes]]]:
    """Words and files of a posted form (multipart/form-data), by field; empty files are left out.

    Args:
        kind: the Content-Type, with the boundary.
    """
    message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + content)
    words: dict[str, str] = {}
    files: dict[str, list[bytes]] = {}
    for part in message.walk():
        field, found = (
            part.get_param("name", header="Content-Disposition"),
            part.get_payload(decode=True),
        )
        if not field or not isinstance(found, bytes):
            continue
        if part.get_filename() is None:
            words[str(field)] = found.decode(errors="replace")
        elif found:
            files.setdefault(str(field), []).append(found)
    return words, files


def views_handler(token: str, roots: list[Path], trainings: Trainings) -> "partial[Views]":
    """Serves what the first of the roots has, else the next, and what the runs show."""
    folder = str(trainings.folder)
    return partial(Views, token=token, roots=roots, trainings=trainings, directory=folder)


class Views(Handler):
    """Answers what is asked for below the token, and nothing else."""

    def __init__(
        self, *request: Any, token: str, roots: list[Path], trainings: Trainings, directory: str
    ) -> None:
        self.prefix, self.roots, self.trainings = f"/{token}/", roots, trainings
        super().__init__(*request, directory=directory)

    def send_head(self) -> Any:
        if not self.path.startswith(self.prefix):
            self.send_error(HTTPStatus.NOT_FOUND, "the address that kunster open printed is longer")
            return None
        asked = self.path.partition("?")[0]
        if asked == self.prefix + RUNS_JSON:
            return self._json(HTTPStatus.OK, runs_json(self.trainings.folder, self.trainings))
        file = Path(self.translate_path(self.path))
        if file.suffix == ".zip" and file.with_suffix("").is_dir():
            return self._answer(
                HTTPStatus.OK, packed_folder(file.with_suffix("")), "application/zip"
            )
        return super().send_head()

    def do_POST(self) -> None:  # noqa: N802
        """`runs/start`, `runs/stop`, `runs/go_on`; what went wrong comes back in words."""
        size = int(self.headers.get("Content-Length") or 0)
        verb = self.path.removeprefix(f"{self.prefix}runs/")
        if verb not in ("start", "stop", "go_on") or size > LARGEST:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        wish, files = form(self.headers.get("Content-Type", ""), self.rfile.read(size))
        try:
            if verb == "start":
                painting = [b"", *files.get("painting", [])][-1]
                self.trainings.start(wish, painting, files.get("photos", []))
            else:
                getattr(self.trainings, verb)(wish.get("name", ""))
        except UserError as error:
            answer = self._json(HTTPStatus.BAD_REQUEST, json.dumps({"said": str(error)}).encode())
        else:
            answer = self._json(HTTPStatus.OK, b"{}")
        self.copyfile(answer, self.wfile)

    def _json(self, status: HTTPStatus, content: bytes) -> BytesIO:
        return self._answer(status, content, "application/json")

    def _answer(self, status: HTTPStatus, content: bytes, kind: str) -> BytesIO:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return BytesIO(content)

    def translate_path(self, path: str) -> str:
        """The file behind a path below the token."""
        asked = super().translate_path(path.removeprefix(self.prefix))
        below = Path(asked).relative_to(self.directory)
        if below.is_relative_to(RUN_FILES):
            file = self.trainings.folder / below.relative_to(RUN_FILES)
            return str(file if file.name in SHOWN else self.roots[0] / below)  # which is not there
        found = [root / below for root in self.roots if (root / below).exists()]
        return str(found[0] if found else self.roots[0] / below)
