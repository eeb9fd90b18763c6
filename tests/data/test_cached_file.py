"""What is kept in the cache is made once, though several ask for it at the same time."""

import gzip
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from kunster.bench import clip
from kunster.data.cached_file import cached_file
from kunster.errors import UserError
from kunster.evaluate.optimal import Optimum
from kunster.evaluate.optimum_cache import OptimumCache
from kunster.page import runtime, samples

from ..thin_vgg import thin_vgg

ASKING = 3


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("KUNSTER_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def made():
    """When each making began and ended."""
    return []


def slowly(made, result=None):
    begun = time.monotonic()
    time.sleep(0.2)  # so long that the others ask meanwhile
    made.append((begun, time.monotonic()))
    return result


def video(module, monkeypatch, made):
    def write(path, *rest):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(slowly(made, b"a clip"))

    monkeypatch.setattr(module, "write_video", write)


def of_the_benchmark(root, monkeypatch, made):
    video(clip, monkeypatch, made)
    return lambda: clip.own_clip().read_bytes()


def of_the_page(root, monkeypatch, made):
    video(samples, monkeypatch, made)
    return lambda: samples.sample_clip().read_bytes()


def of_the_optima(root, monkeypatch, made):
    judge, optima = thin_vgg(), [Optimum(torch.zeros(1, 3, 4, 4), [2.0], False)]

    def take():
        (found,) = OptimumCache(judge, [2], []).take(0, lambda: slowly(made, optima))
        return found.picture.tolist(), found.curve

    return take


def of_the_runtime(root, monkeypatch, made):
    (root / "site").mkdir()
    program = root / "program.wasm"
    program.write_bytes(b"a program")
    compress = gzip.compress
    monkeypatch.setattr(
        gzip, "compress", lambda content, mtime: slowly(made, compress(content, mtime=mtime))
    )

    def copy():
        runtime._copy(program, root / "site")
        return gzip.decompress((root / "program.wasm.gz").read_bytes())

    return copy


@pytest.mark.parametrize("prepare", [of_the_benchmark, of_the_page, of_the_optima, of_the_runtime])
def test_one_makes_it_and_the_others_wait(root, monkeypatch, made, prepare):
    ask = prepare(root, monkeypatch, made)
    with ThreadPoolExecutor(ASKING) as several:  # a lock that threads share keeps processes off too
        first, *others = several.map(lambda _: ask(), range(ASKING))
    assert others == [first] * (ASKING - 1)
    assert len(made) == 1


def test_a_making_that_fails_lets_the_next_one_try(root):
    def fail(path):
        raise UserError("no")

    with pytest.raises(UserError, match="no"):
        cached_file(root / "it.txt", fail)
    assert cached_file(root / "it.txt", lambda path: path.write_text("made")).read_text() == "made"


def test_a_cache_that_cannot_be_written_is_the_users_to_mend(root):
    (root / "cache").write_text("a file where the folder should be")
    with pytest.raises(UserError, match=r"it\.txt: cannot be written: .*; set KUNSTER_CACHE"):
        cached_file(root / "cache" / "it.txt", lambda path: None)
