"""Run folders as training leaves them, but untrained, and an evaluation of them."""

import json
from functools import cache
from pathlib import Path

import pytest
import yaml

from kunster.data import preview_photos
from kunster.evaluate import report as evaluation
from kunster.evaluate.origin import Origin
from kunster.evaluate.report import Report, Row, write_report
from kunster.files.checksum import sha256
from kunster.networks.model_file import save_model
from kunster.networks.table2 import ROWS
from kunster.run.configuration import composed, resolved

from ..random_networks import describe, random_network
from ..report.conftest import write_run

SOMEWHERE = "/somewhere"


@pytest.fixture(autouse=True)
def small_pictures(monkeypatch):
    """Small photos to pack by, and evaluations without their picture."""
    monkeypatch.setattr(preview_photos, "SIZE", (64, 96))
    monkeypatch.setattr(evaluation, "save_figure", lambda *_: None)


@cache
def _configuration(style: str, alpha: float, beta: float) -> str:
    """The config.yaml of a run in the folder `SOMEWHERE`."""
    overrides = [
        *("+experiment=scream", f"style.name={style}", f"alpha={alpha}", f"beta={beta}"),
        f"style.image={SOMEWHERE}/picture.jpg",
        *("photos=folder", f"photos.path={SOMEWHERE}/photos"),
    ]
    return yaml.safe_dump(resolved(composed(overrides)), sort_keys=False, width=10_000)


def finished_run(
    folder: Path, number: int = 14, stages=("perceptual", "temporal"), style="scream", start=None
) -> Path:
    """Stages of a random network of Table II; paths of this machine stand wherever they can."""
    row = ROWS[number - 1]
    write_run(folder, row, style)
    for stage in {"perceptual", "temporal"} - set(stages):
        (folder / stage / "model.safetensors").unlink()
    config = _configuration(style, row.alpha, row.beta).replace(SOMEWHERE, str(folder))
    (folder / "config.yaml").write_text(config)
    results = json.loads((folder / "results.json").read_text())
    results["stages"] = {stage: results["stages"][stage] for stage in stages}
    results["assets"] = [
        {"name": style, "source": f"the picture {folder}/picture.jpg", "sha256": "a" * 64},
        {"name": "vgg16", "source": str(folder / "vgg16"), "sha256": "b" * 64},
        {"name": "photos", "source": "folder_photos, 1234 photos"},
        {"name": "clips", "source": "synthetic, camera motion over 1234 photos"},
    ]
    if start:
        started = {"name": "start", "source": str(start), "sha256": sha256(start)}
        results["assets"].append({**started, "learned": style})
    results["versions"] = {"kunster": "0.1.0", "torch": "2.14.1"}
    (folder / "results.json").write_text(json.dumps(results))
    return folder


def run_of_two(folder: Path, name: str = "base") -> Path:
    """A finished run of a network of two styles, of id 14's size."""
    finished_run(folder)
    styles = ("scream", "senecio")
    for stage in ("perceptual", "temporal"):
        description = describe(kind="multistyle", styles=styles, style=name, stage=stage)
        save_model(random_network(description), description, folder / stage / "model.safetensors")
    config = yaml.safe_load((folder / "config.yaml").read_text())
    entries = [{**config["style"], "name": style} for style in styles]
    config["style"] = {"name": name, "size": 384, "styles": entries}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    results = json.loads((folder / "results.json").read_text())
    results |= {"style": name, "id": None, "parameters": description.parameters}
    results["assets"].insert(1, {"name": "senecio", "source": "of nowhere", "sha256": "d" * 64})
    (folder / "results.json").write_text(json.dumps(results))
    return folder


def evaluated(run: Path, out: Path) -> Path:
    """An evaluation.json of stage 2 of a run, as `python -m kunster.evaluate` writes it."""
    figures = {
        "style": 0.0123,
        "content": 0.4567,
        "e_stab": 0.0321,
        "bubbles": 2,
        "grid": 0.75,
        "border": -1.25,
    }
    rows = [
        Row(
            "(the input itself)",
            style=1.0,
            content=0.0,
            e_stab=0.0333,
            bubbles=0,
            grid=0.125,
            border=0.0,
            painted={"tint": 1.0, "relu4_1": 1.5},
        ),
        Row(
            *(f"{run}/temporal", 15195),
            origin=Origin(str(run), "temporal", 300.0),
            painted={"stroke": 0.5, "tint": 0.625, "relu4_1": 0.125},
            **figures,
        ),
    ]
    report = Report({"name": "vgg19", "source": f"{run}/vgg19.npz", "sha256": "c" * 64}, rows)
    report.measured_on = {
        "painting": f"{run}/picture.jpg",
        "photos": f"25 of 5,000, {run}/photos",
        "sintel": f"12 pairs at 640x360, without ambush_4, of {run}/sintel: clean/cave_2",
        "video": "none given, so no flicker: --video FILE",
    }
    report.formulas = [
        *("style = Σ", "e_stab = √", "flicker = of nothing", "tint = share"),
        "relu3_3, relu4_1 = ‖G‖",
    ]
    report.own_painting = {"stroke": 1.0, "relu4_1": 0.0}
    write_report(report, out)
    return out / "evaluation.json"
