"""Damaged files: read, or refused in words; nothing half-written, no traceback, no hang.

`make fuzz` tries 500 variants of each kind (FUZZ=500), `make test` a few. A failure names the seed
and keeps the file.
"""

import faulthandler
import os
import random
import resource
import shutil
import signal
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from kunster.networks.model_file import save_model
from kunster.networks.table2 import ROWS

from ..report.conftest import write_run
from .damage import damaged
from .kinds import HEIGHT, KINDS, MODEL, SMALL, WIDTH

COUNT = int(os.environ.get("FUZZ", 3))
KEPT = Path(os.environ.get("FUZZ_KEPT", "/tmp/kunster-fuzz"))
PATIENCE = 20  # s: none takes one
MEMORY = 1_500_000  # kB more than before, at most: the largest picture that is read is 630 MB


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """What the commands need beside the damaged file."""
    folder = tmp_path_factory.mktemp("fuzz")
    save_model(MODEL, SMALL, folder / "model.safetensors")
    Image.new("RGB", (WIDTH, HEIGHT), (200, 90, 30)).save(folder / "photo.png")
    write_run(folder / "run", ROWS[13])
    return folder


@contextmanager
def patience(seconds: int):
    """Ends what takes longer: with an exception, and where that is not heard, with the process."""

    def late(*unused: object) -> None:
        raise AssertionError(f"takes more than {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    faulthandler.dump_traceback_later(3 * seconds, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.filterwarnings("ignore")  # of libraries, about what they read
def test_a_damaged_file_is_read_or_refused(name, whole, monkeypatch, capfd):
    kind = KINDS[name]
    monkeypatch.chdir(whole)
    source = Path(f"in{kind.suffix}")
    kind.write(source)
    sound = source.read_bytes()
    assert kind.meet(source) == 0, capfd.readouterr().err
    if kind.out:
        Path(kind.out).unlink()
    beside = set(os.listdir())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed in range(COUNT):
        source.write_bytes(damaged(sound, random.Random(f"{name} {seed}")))
        capfd.readouterr()
        try:
            with patience(PATIENCE):
                code = kind.meet(source)
            said = capfd.readouterr().err
            assert code in (0, 2), said
            assert code == 0 or said.strip(), "refused without a word"
            assert "Traceback" not in said
            made = set(os.listdir()) - beside
            assert made == ({kind.out} - {None} if code == 0 else set())
            if code == 0 and kind.check:
                kind.check(Path(kind.out))
                Path(kind.out).unlink()
        except BaseException as error:
            KEPT.mkdir(exist_ok=True)
            shutil.copy(source, KEPT / f"{name} {seed}{kind.suffix}")
            error.add_note(f"{name}, seed {seed}: {KEPT} has the file")
            raise
    source.unlink()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < MEMORY
