"""The views on localhost, below a token that only the printed address has."""

import json
from functools import partial
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from kunster.errors import UserError
from kunster.open.runs import SHOWN, described, run_folders
from kunster.open.starting import Trainings
from kunster.page.server import Handler

RUNS_JSON, RUN_FILES = "runs/runs.json", "runs/files"
LARGEST = 100_000_000  # bytes of a painting


def runs_json(folder: Path, trainings: Trainings | None = None) -> bytes:
    """Runs as JSON, which the view reads again and again where trainings can be started."""
    runs = [described(run, folder) for run in run_folders(folder)]
    started = trainings.state() if trainings else {}
    return json.dumps({"live": bool(trainings), "runs": runs, "started": started}).encode()


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
        if self.path.partition("?")[0] != self.prefix + RUNS_JSON:
            return super().send_head()
        return self._json(HTTPStatus.OK, runs_json(self.trainings.folder, self.trainings))

    def do_POST(self) -> None:  # noqa: N802
        """`runs/start`, `runs/stop`, `runs/go_on`; what went wrong comes back in words."""
        address = urlsplit(self.path)
        wish = dict(parse_qsl(address.query))
        size = int(self.headers.get("Content-Length") or 0)
        verb = address.path.removeprefix(f"{self.prefix}runs/")
        if verb not in ("start", "stop", "go_on") or size > LARGEST:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        content = self.rfile.read(size)
        try:
            if verb == "start":
                self.trainings.start(wish, content)
            else:
                getattr(self.trainings, verb)(wish.get("name", ""))
        except UserError as error:
            answer = self._json(HTTPStatus.BAD_REQUEST, json.dumps({"said": str(error)}).encode())
        else:
            answer = self._json(HTTPStatus.OK, b"{}")
        self.copyfile(answer, self.wfile)

    def _json(self, status: HTTPStatus, content: bytes) -> BytesIO:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
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
