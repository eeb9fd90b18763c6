"""The part of W&B's server that `wandb sync` and workspaces need, to see what reaches it."""

import gzip
import json
import re
import sys
from collections.abc import Callable
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread
from typing import Any


class Backend:
    """Requests and files that came in.

    Attributes:
        runs: what each was registered with, by id.
        lines: of its history, by id; a line that comes again takes the place of the first.
        files: sizes in bytes of its files, by id and path.
        artifacts: what each was registered with, by the id that it was given here.
        contents: sizes in bytes of their files, by that id and path.
        views: specifications of saved views, by the name that is shown.
    """

    def __init__(self) -> None:
        self.url = ""
        self.runs: dict[str, dict[str, Any]] = {}
        self.lines: dict[str, dict[int, dict[str, Any]]] = {}
        self.files: dict[str, dict[str, int]] = {}
        self.artifacts: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, dict[str, int]] = {}
        self.views: dict[str, dict[str, Any]] = {}
        self._numbers = count()

    def stream(self, run: str, sent: dict[str, Any]) -> None:
        chunk = sent.get("files", {}).get("wandb-history.jsonl", {"offset": 0, "content": []})
        for number, line in enumerate(chunk["content"], chunk["offset"]):
            self.lines.setdefault(run, {})[number] = json.loads(line)

    def store(self, path: str, size: int) -> None:
        kind, owner, name = path.lstrip("/").split("/", 2)
        shelf = {"file": self.files, "content": self.contents}.get(kind, {})
        shelf.setdefault(owner, {})[name] = size

    def answer(self, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        """To a GraphQL operation; nothing to those that sync can do without."""
        answers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "Viewer": lambda _: {"viewer": {"id": "u", "username": "me", "entity": "me"}},
            "UpsertView2": self._view,
            "UpsertBucket": self._run,
            "CreateRunFiles": self._run_files,
            "CreateArtifact": self._artifact,
            "CreateArtifactManifest": self._manifest,
            "CreateArtifactFiles": self._artifact_files,
            "CommitArtifact": lambda given: {
                "commitArtifact": {"artifact": {"id": given["artifactID"], "digest": ""}}
            },
        }
        return answers[operation](given) if operation in answers else {}

    def _view(self, given: dict[str, Any]) -> dict[str, Any]:
        self.views[given["displayName"]] = json.loads(given["spec"])
        return {"upsertView": {"view": {"id": "v", "name": given["name"]}, "inserted": True}}

    def _run(self, given: dict[str, Any]) -> dict[str, Any]:
        known = {name: value for name, value in given.items() if value is not None}
        self.runs.setdefault(given["name"], {}).update(known)
        project = {"id": "p", "name": given["project"], "entity": {"id": "e", "name": "me"}}
        bucket = {"id": "b", "name": given["name"], "displayName": "", "project": project}
        return {"upsertBucket": {"bucket": bucket, "inserted": True}}

    def _run_files(self, given: dict[str, Any]) -> dict[str, Any]:
        run = given["run"]
        files = [{"name": n, "uploadUrl": f"{self.url}/file/{run}/{n}"} for n in given["files"]]
        return {"createRunFiles": {"runID": "b", "uploadHeaders": [], "files": files}}

    def _artifact(self, given: dict[str, Any]) -> dict[str, Any]:
        name = f"artifact{next(self._numbers)}"
        self.artifacts[name] = given["input"]
        sequence = {"id": "s", "latestArtifact": None}
        artifact = {"id": name, "state": "PENDING", "artifactSequence": sequence}
        return {"createArtifact": {"artifact": artifact}}

    def _manifest(self, given: dict[str, Any]) -> dict[str, Any]:
        url = f"{self.url}/manifest/{given['artifactID']}/{next(self._numbers)}"
        file = {"id": "f", "name": "", "displayName": "", "uploadUrl": url, "uploadHeaders": []}
        return {"createArtifactManifest": {"artifactManifest": {"id": "m", "file": file}}}

    def _artifact_files(self, given: dict[str, Any]) -> dict[str, Any]:
        nodes = []
        for file in given["input"]["artifactFiles"]:
            owner, name = file["artifactID"], file["name"]
            node = {"id": "f", "name": name, "displayName": name, "artifact": {"id": owner}}
            node |= {"uploadUrl": f"{self.url}/content/{owner}/{name}", "uploadHeaders": []}
            nodes.append({"node": {**node, "storagePath": "", "uploadMultipartUrls": None}})
        return {"createArtifactFiles": {"files": {"edges": nodes}}}


@contextmanager
def serving(backend: Backend):
    """Lets the backend answer on this machine as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self._body()
            if match := re.fullmatch(r"/files/.*/(?P<run>[^/]+)/file_stream", self.path):
                backend.stream(match["run"], json.loads(body))
                self._reply({})
            elif self.path == "/graphql":
                asked = json.loads(body)
                operation = re.search(r"(?:query|mutation)\s+(\w+)", asked["query"])
                found = backend.answer(
                    operation[1] if operation else "", asked.get("variables", {})
                )
                self._reply({"data": found})
            else:
                self._reply({})

        def do_PUT(self) -> None:
            backend.store(self.path, len(self._body()))
            self._reply({})

        def _body(self) -> bytes:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            return gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body

        def _reply(self, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, address: Any) -> None:
            if not isinstance(sys.exception(), ConnectionError):  # W&B hangs up when it is done
                super().handle_error(request, address)

    with Server(("127.0.0.1", 0), Handler) as server:
        backend.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()
