"""HTTP server on localhost, with the headers under which browsers allow threads."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from kunster.errors import UserError

HOST = "127.0.0.1"  # the camera needs https or this machine itself
ISOLATED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm"}


@contextmanager
def serving(
    folder: Path, port: int = 0, handler: Callable[..., "Handler"] | None = None
) -> Iterator[str]:
    """Serves `folder` while the block runs, at the address that this gives.

    Args:
        port: 0 for any that is free.
        handler: answers instead of one that serves the whole folder.

    Raises:
        UserError: the port is taken.
    """
    handler = handler or partial(Handler, directory=str(folder))
    try:
        server = ThreadingHTTPServer((HOST, port), handler)
    except (OSError, OverflowError) as error:
        raise UserError(f"--port {port}: cannot be used ({error}); 0 takes any") from error
    with server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://localhost:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


class Handler(SimpleHTTPRequestHandler):
    extensions_map = SimpleHTTPRequestHandler.extensions_map | TYPES

    def end_headers(self) -> None:
        for name, value in ISOLATED.items():
            self.send_header(name, value)
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *words: object) -> None:
        """Prints nothing."""
