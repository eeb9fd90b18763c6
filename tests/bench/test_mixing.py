"""A file that mixes styles, timed beside the mixture folded."""

import json

from kunster.bench.__main__ import main
from kunster.networks.model_file import save_model

from ..random_networks import describe, random_network

QUICK = ["--rounds", "2", "--seconds", "0.01"]


def test_both_files_of_each_format_are_timed_by_turns(tmp_path, capsys):
    several = describe(kind="multistyle", alpha=0.125, beta=0.25)
    save_model(random_network(several), several, tmp_path / "base.safetensors")
    words = ["mixing", str(tmp_path / "base.safetensors"), *QUICK]
    assert main([*words, "--out", str(tmp_path / "bench.json")]) == 0
    assert "FPS folded" in capsys.readouterr().out
    rows = json.loads((tmp_path / "bench.json").read_text())["rows"]
    assert [row["format"] for row in rows] == ["onnx", "litert"]
    for row in rows:
        mixing, folded = row["fps"]
        assert len(mixing) == len(folded) == 2
        assert min(mixing + folded) > 0
        shares = sorted(a / b for a, b in zip(mixing, folded, strict=True))
        assert shares[0] <= row["ratio"] <= shares[1]


def test_a_network_of_one_style_is_refused_in_a_line(tmp_path, capsys):
    save_model(random_network(describe()), describe(), tmp_path / "one.safetensors")
    assert main(["mixing", str(tmp_path / "one.safetensors"), *QUICK]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "has one style" in line
