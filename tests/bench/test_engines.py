"""Networks timed by turns in each engine."""

import json

from kunster.bench.__main__ import main
from kunster.networks.model_file import save_model

from ..random_networks import describe, random_network

QUICK = ["--rounds", "2", "--seconds", "0.01"]


def test_each_network_is_timed_in_each_engine_beside_the_first(tmp_path, capsys):
    several = describe(kind="multistyle", alpha=0.125, beta=0.25)
    for name, description in (("plain", describe()), ("base", several)):
        save_model(random_network(description), description, tmp_path / f"{name}.safetensors")
    plain, base = (str(tmp_path / f"{name}.safetensors") for name in ("plain", "base"))
    assert main(["engines", plain, base, *QUICK, "--out", str(tmp_path / "bench.json")]) == 0
    assert "1.00 x" in capsys.readouterr().out

    rows = json.loads((tmp_path / "bench.json").read_text())["rows"]
    names = plain, f"{base}, folded", f"{base}, mixing"
    assert [(row["engine"], row["model"]) for row in rows] == [
        *(("OpenVINO", name) for name in names[:2]),  # it takes no weights
        *(("onnxruntime", name) for name in names),
        *(("LiteRT", name) for name in names),
    ]
    for row in rows:
        first = next(each["fps"] for each in rows if each["engine"] == row["engine"])
        assert len(row["fps"]) == 2
        shares = sorted(a / b for a, b in zip(row["fps"], first, strict=True))
        assert 0 < shares[0] <= row["ratio"] <= shares[1]
