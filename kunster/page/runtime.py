"""onnxruntime-web, copied from its npm package or hosted elsewhere."""

import gzip
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from kunster.assets.unpack import is_unpacked, unpack
from kunster.data.cache import cache_root
from kunster.data.cached_file import cached_file
from kunster.errors import UserError
from kunster.files.checksum import sha256
from kunster.files.replacing import replacing

VERSION = "1.30.0"
PACKAGE = f"onnxruntime-web@{VERSION}"
SHA256 = "d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71"  # of its archive
LIMIT = 100_000_000  # bytes that the files may fill
LARGE = ".wasm"  # what is worth compressing: a quarter of the bytes travel
FOLDER = "runtime"

# for each engine the library, and of the program behind it the loader and the code
FILES = {
    "wasm": {
        "script": "ort.wasm.min.mjs",
        "module": "ort-wasm-simd-threaded.mjs",
        "binary": "ort-wasm-simd-threaded.wasm",
    },
    "webgpu": {
        "script": "ort.webgpu.min.mjs",
        "module": "ort-wasm-simd-threaded.asyncify.mjs",
        "binary": "ort-wasm-simd-threaded.asyncify.wasm",
    },
}


def hosted_runtimes(url: str) -> dict[str, dict[str, str]]:
    """Addresses of the files below a URL where they are hosted.

    Raises:
        UserError: not an http(s) address.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise UserError(
            f"--runtime-url {url}: must be an address that begins with https://, of a folder that "
            f"holds {FILES['wasm']['script']} (dist/ of {PACKAGE})"
        )
    base = url.rstrip("/")
    return {
        kind: {part: f"{base}/{name}" for part, name in files.items()}
        for kind, files in FILES.items()
    }


def copy_runtimes(folder: Path) -> dict[str, dict[str, str]]:
    """Copies the files into `folder`/runtime, the large ones compressed; returns their addresses.

    Raises:
        UserError: npm is absent, or what it fetched is not what it should be.
    """
    package = _package(cache_root() / f"onnxruntime-web-{VERSION}")
    target = folder / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    return {
        kind: {part: f"{FOLDER}/{_copy(package / name, target)}" for part, name in files.items()}
        for kind, files in FILES.items()
    }


def _copy(file: Path, folder: Path) -> str:
    """Copies a file; returns its name in the folder."""
    if file.suffix != LARGE:
        shutil.copyfile(file, folder / file.name)
        return file.name
    # takes seconds: once, beside the original in the cache
    packed = cached_file(file.with_name(f"{file.name}.gz"), lambda path: _pack(file, path))
    shutil.copyfile(packed, folder / packed.name)
    return packed.name


def _pack(file: Path, packed: Path) -> None:
    with replacing(packed) as part:
        part.write_bytes(gzip.compress(file.read_bytes(), mtime=0))


def _package(folder: Path) -> Path:
    """The package's dist folder in the cache, fetched if it is not there yet."""
    if not is_unpacked(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as place:
            names = [name for files in FILES.values() for name in files.values()]
            wanted = [f"package/dist/{name}" for name in names]
            unpack(_fetched(Path(place)), folder, LIMIT, strip="package/dist", only=wanted)
    return folder


def _fetched(folder: Path) -> Path:
    """The package's archive, fetched by npm with the settings of the user."""
    npm = shutil.which("npm")
    if npm is None:
        raise UserError(
            f"npm is not installed; it brings {PACKAGE}, which runs networks in browsers. Install "
            "it (it comes with Node.js), or give --runtime-url, a hosted copy of that package's "
            "dist folder"
        )
    command = [npm, "pack", PACKAGE, "--ignore-scripts", "--silent"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    archives = list(folder.glob("*.tgz"))
    if done.returncode or len(archives) != 1:
        reason = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise UserError(
            f"npm pack {PACKAGE} failed ({reason[-1]}); --runtime-url takes a hosted copy instead"
        )
    found = sha256(archives[0])
    if found != SHA256:
        raise UserError(
            f"{PACKAGE}: npm brought another package (sha256 {found[:8]}… instead of "
            f"{SHA256[:8]}…); check which registry it asks"
        )
    return archives[0]
