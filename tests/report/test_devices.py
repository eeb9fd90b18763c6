"""Figures of "Measure this device": read, checked, drawn in Fig. 6."""

import json
from pathlib import Path

import pytest

from kunster.errors import UserError
from kunster.report.__main__ import main
from kunster.report.devices import Speed, read_device
from kunster.report.drawing import LIGHT
from kunster.report.plots import draw_speed
from kunster.report.sweep import Sweep

TIMES = {"p10": 20, "median": 25.0, "p90": 50.0}  # ms


def row(**changes):
    values = {"engine": "wasm", "threads": 4, "size": "480x320", "id": 14, "parameters": 15_195}
    return {**values, "pictures": 30, "milliseconds": TIMES, **changes}


def saved(folder: Path, *rows) -> Path:
    path = folder / "pixel $8.json"
    path.write_text(json.dumps({"agent": "Chrome", "cores": 8, "rows": rows}))
    return path


def test_frames_a_second_are_those_of_the_median_and_the_percentiles(tmp_path):
    smaller = row(id=15, parameters=3_999)
    file = saved(tmp_path, row(), smaller, row(engine="webgpu", size="320x240"))
    wasm, webgpu = read_device(file)

    assert (wasm.name, webgpu.name) == ("pixel $8, WebAssembly", "pixel $8, WebGPU")
    assert wasm.speeds == {"480x320": [Speed(3_999, 40, 20, 50), Speed(15_195, 40, 20, 50)]}
    assert webgpu.speeds == {"320x240": [Speed(15_195, 40, 20, 50)]}


def test_fig_6_shows_them_beside_the_phones(tmp_path):
    devices = read_device(saved(tmp_path, row()))
    large, small = draw_speed(Sweep(tmp_path, [], "vgg19", devices=devices), LIGHT).axes

    drawn = [tuple(map(tuple, line.get_data())) for line in large.lines]
    assert ((15_195,), (40,)) in drawn
    names = {text.get_text() for text in large.texts}
    assert names == {"iPhone 11 Pro", "iPhone 6s", "pixel $8, WebAssembly"}
    assert len(small.texts) == 2


def test_names_of_lines_that_end_together_stand_apart(tmp_path):
    last = row(id=1, parameters=469_731, milliseconds=dict.fromkeys(TIMES, 1000 / 12.26))
    devices = read_device(saved(tmp_path, last))  # as fast as the iPhone 11 Pro
    figure = draw_speed(Sweep(tmp_path, [], "vgg19", devices=devices), LIGHT)

    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    pairs = [(one, other) for one in boxes for other in boxes if one is not other]
    assert not any(one.overlaps(other) for one, other in pairs)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"engine": "webgl"}, "rows.0.engine"),
        ({"size": "640x480"}, "rows.0.size"),
        ({"id": 16}, "rows.0.id"),
        ({"parameters": "many"}, "rows.0.parameters"),
        ({"milliseconds": TIMES | {"p10": 0}}, "rows.0.milliseconds.p10"),
        ({"milliseconds": TIMES | {"p90": 24}}, "p10, median and p90 must rise"),
    ],
)
def test_what_no_page_saved_is_refused(tmp_path, change, words):
    with pytest.raises(UserError, match=words):
        read_device(saved(tmp_path, row(**change)))


def test_a_file_that_holds_none_ends_the_command_and_writes_nothing(small_sweep, tmp_path, capsys):
    (tmp_path / "list.json").write_text("[]")
    for file in (tmp_path / "list.json", tmp_path / "none.json", saved(tmp_path)):
        assert main([str(small_sweep), "--devices", str(file)]) == 2
        error = capsys.readouterr().err
        assert str(file) in error
        assert error.count("\n") == 1
    assert not (small_sweep / "report").exists()
