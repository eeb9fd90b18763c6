"""A web server on this machine that behaves as badly as the real ones."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

Behaviour = Callable[[BaseHTTPRequestHandler, int], None]  # the request, how often asked before


class Site:
    """A server's pages. Every verb puts a page there and returns its address."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.pages: dict[str, Behaviour] = {}
        self.asked: list[tuple[str, str | None]] = []  # path, Range header

    def serve(self, path: str, data: bytes, ranges: bool = True) -> str:
        """The data, or the rest of it that a Range asks for."""
        return self._put(path, lambda request, before: _send(request, data, ranges=ranges))

    def drop(
        self,
        path: str,
        data: bytes,
        after: int,
        times: int = 1,
        ranges: bool = True,
        silence: float = 0,
    ) -> str:
        """Breaks off `after` bytes of an answer, the first times, after so many silent seconds."""

        def behave(request: BaseHTTPRequestHandler, before: int) -> None:
            stop = after if before < times else None
            _send(request, data, stop=stop, ranges=ranges, silence=silence)

        return self._put(path, behave)

    def lie(self, path: str, data: bytes, length: int | None) -> str:
        """All the data with a wrong Content-Length, or without one."""
        return self._put(
            path, lambda request, before: _send(request, data, length=length, ranges=False)
        )

    def misplace(self, path: str, data: bytes, start: int) -> str:
        """Answers every Range with the one that begins at `start`."""
        return self._put(
            path,
            lambda request, before: _send(
                request, data, start=start if request.headers.get("Range") else None
            ),
        )

    def change(self, path: str, old: bytes, new: bytes, after: int) -> str:
        """Breaks off after so many bytes of the old data, and has the new ones from then on."""

        def behave(request: BaseHTTPRequestHandler, before: int) -> None:
            _send(request, new if before else old, stop=None if before else after)

        return self._put(path, behave)

    def hang(self, path: str, data: bytes, seconds: float) -> str:
        """Says nothing for so long when it is first asked."""

        def behave(request: BaseHTTPRequestHandler, before: int) -> None:
            if before == 0:
                time.sleep(seconds)
            _send(request, data)

        return self._put(path, behave)

    def fail(
        self, path: str, status: int, times: int = 1_000, data: bytes = b"", **headers: str
    ) -> str:
        """An error the first times, then the data."""

        def behave(request: BaseHTTPRequestHandler, before: int) -> None:
            if before >= times:
                _send(request, data)
            else:
                request.send_response(status)
                for name, value in headers.items():
                    request.send_header(name.replace("_", "-"), value)
                request.end_headers()

        return self._put(path, behave)

    def redirect(self, path: str, url: str) -> str:
        def behave(request: BaseHTTPRequestHandler, before: int) -> None:
            request.send_response(302)
            request.send_header("Location", url)
            request.end_headers()

        return self._put(path, behave)

    @property
    def ranges(self) -> list[str | None]:
        return [sought for _, sought in self.asked]

    def _put(self, path: str, behaviour: Behaviour) -> str:
        self.pages[path] = behaviour
        return f"{self.address}/{path}"


def _send(
    request: BaseHTTPRequestHandler,
    data: bytes,
    stop: int | None = None,
    ranges: bool = True,
    length: int | None = -1,
    silence: float = 0,
    start: int | None = None,
) -> None:
    sought = request.headers.get("Range") if ranges else None
    if start is None:
        start = int(sought.removeprefix("bytes=").removesuffix("-")) if sought else 0
    if sought and start >= len(data):
        request.send_response(416)
        request.send_header("Content-Range", f"bytes */{len(data)}")
        request.end_headers()
        return
    request.send_response(206 if sought else 200)
    if sought:
        request.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
    if length is not None:
        request.send_header("Content-Length", str(len(data) - start if length < 0 else length))
    request.end_headers()
    request.wfile.write(data[start:] if stop is None else data[start : start + stop])
    if stop is not None:
        request.wfile.flush()
        time.sleep(silence)
        request.connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server on 127.0.0.1 with nothing on it yet."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.lstrip("/")
            before = sum(asked == path for asked, _ in home.asked)
            home.asked.append((path, self.headers.get("Range")))
            if path in home.pages:
                home.pages[path](self, before)
            else:
                self.send_error(404)

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *args: object) -> None:
            pass  # clients that give up early are part of the game

    monkeypatch.setenv("NO_PROXY", "*")
    with Server(("127.0.0.1", 0), Handler) as server:
        home = Site(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield home
        server.shutdown()
        thread.join()


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> str:
    """An address at which nothing listens."""
    monkeypatch.setenv("NO_PROXY", "*")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to unpack to; two levels down, so that `../..` would still be seen by the tests."""
    return tmp_path / "home" / "data" / "coco"
