"""The benchmark of data: what it makes, and that its clocks and scales are right."""

import json
from time import process_time, sleep

import numpy as np
import pytest
from PIL import Image

from kunster.bench import __main__ as bench
from kunster.bench import data
from kunster.bench.photo_tree import source_pictures, write_photo_tree
from kunster.errors import UserError

MEGABYTE = 2**20


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tree") / "photos"
    write_photo_tree(folder, 120, source_pictures(None))
    return folder


def test_a_tree_costs_what_cocos_photos_cost(tree):
    files = sorted(tree.iterdir())
    assert len({file.read_bytes() for file in files}) == 120
    for file in files:
        with Image.open(file) as photo:
            assert (photo.format, photo.mode, photo.size) == ("JPEG", "RGB", (640, 480))
    size = np.mean([file.stat().st_size for file in files])
    assert 100_000 < size < 200_000  # train2017 has 19,336,861,798 bytes for 118,287 photos


def test_a_tree_is_a_function_of_its_pictures(tree, tmp_path):
    write_photo_tree(tmp_path / "again", 3, source_pictures(None))
    for file in (tmp_path / "again").iterdir():
        assert file.read_bytes() == (tree / file.name).read_bytes()


def test_crops_come_faster_from_the_cache_than_from_the_files(tree, tmp_path, monkeypatch):
    monkeypatch.setenv("KUNSTER_CACHE", "put back afterwards")
    data.build(tree, tmp_path)
    cached = data.cached_crops(tree, tmp_path, jitter=0.0, seconds=0.3)
    from kunster.data.crops import Crops

    decoded = Crops(data.Decoded(sorted(tree.iterdir())), data.SIZE, scale=data.SCALE)
    began = process_time()
    decoded.batch(0, 20)
    assert cached.cpu_ms < 1000 * (process_time() - began) / 20 / 2


def test_a_rate_counts_what_came_and_the_processors_time_only():
    waiting = data._a_second((sleep(0.01) or 4 for _ in range(1000)), seconds=0.2)
    assert 200 < waiting.a_second <= 400
    assert waiting.cpu_ms < 1.25  # a tenth of the time of the clock would be 0.25

    def busy():
        while True:
            until = process_time() + 0.01
            while process_time() < until:
                pass
            yield 2

    assert data._a_second(busy(), seconds=0.2).cpu_ms == pytest.approx(5, rel=0.2)


def test_the_peak_is_what_was_held_at_most():
    held = np.ones(300 * MEGABYTE, np.uint8)
    peak = data.peak_memory()
    del held
    assert data.peak_memory() == pytest.approx(peak, abs=20 * MEGABYTE)
    assert peak > 300 * MEGABYTE


FIGURES = {
    "photos": 200,
    "bytes_a_photo": 131_000,
    "build": {
        "cache": {"a_second": 300.0, "cpu_ms": 4.0},
        "plain": {"a_second": 100.0, "cpu_ms": 8.0},
        "peak_memory": {"20 photos": 100 * MEGABYTE, "200 photos": 101 * MEGABYTE},
        "seconds_to_open": 0.5,
    },
    "crops": {
        "cache": {"a_second": 3000.0, "cpu_ms": 0.3},
        "plain": {"a_second": 60.0, "cpu_ms": 1.0},
    },
    "training": {"data_wait": 0.004},
}


def test_the_table_shows_what_was_measured(tmp_path, monkeypatch, capsys):
    asked = {}

    def measured(folder, count, pictures, seconds, steps):
        asked.update(count=count, steps=steps, pictures=len(pictures))
        return FIGURES

    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(data, "figures_of", measured)
    out = tmp_path / "figures.json"
    assert bench.main(["data", "--photos", "200", "--out", str(out)]) == 0
    assert asked == {"count": 200, "steps": 300, "pictures": 12}
    shown = capsys.readouterr().out
    rows = [line.split() for line in shown.splitlines()]
    assert ["photos/s", "into", "the", "cache", "300", "4.00", "ms", "3.0x"] in rows
    assert ["crops/s,", "cache", "3000", "0.30", "ms", "50.0x"] in rows
    assert ["training", "waits", "for", "data", "0.4%"] in rows
    assert json.loads(out.read_text())["build"] == FIGURES["build"]


@pytest.mark.parametrize(
    "words", [["--photos", "19"], ["--seconds", "0"], ["--steps", "0"], ["--pictures", "/nowhere"]]
)
def test_what_cannot_be_measured_ends_with_2(words, capsys):
    assert bench.main(["data", *words]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(UserError, match="holds no picture"):
        source_pictures(tmp_path)
