"""The two tables of a run: what it will do, and what came out.

They are lines that nothing wraps or cuts, so that paths stay whole.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from kunster.measures.ratios import ratio
from kunster.networks.description import Stage
from kunster.networks.table2 import megabytes, row_of_table2
from kunster.run.preparation import PreparedStage, Run

PAINTED = (
    "stroke {stroke:.2f} (the painting: 1), tint {tint:.2f} and masses {masses:.2f} (a colour "
    "filter: 1), content4 {content4:.2f} (the photo: 0), relu4_1 {relu4_1:.2f} (the painting: 0)"
)
SAMPLES = {"perceptual": "crop", "temporal": "pair"}
BASE = "base.safetensors"  # the network of several styles with one more, where train=norms adds it
FILES = (
    *(BASE, "preview.png", "preview.mp4", "curve.png", "last.ckpt"),
    *("model.safetensors", "model.onnx", "model.mlpackage", "model.tflite"),
)

Row = tuple[str, str]  # a name, and what there is to say of it


def print_rows(rows: Iterable[Row], console: Console) -> None:
    for name, text in rows:
        console.print(f"{name:<11} {text}", markup=False, soft_wrap=True)


def plan_rows(
    run: Run, stages: Sequence[PreparedStage], material: Sequence[Mapping[str, str]]
) -> Iterator[Row]:
    """Network, assets and where each came from, steps, device: before anything is trained."""
    description, perceptual = run.description, run.perceptual
    number = row_of_table2(description)
    of_table2 = f", id {number} of Table II" if number else ""
    shape = "" if description.alpha is None else f" α={description.alpha:g} β={description.beta:g}"
    yield (
        "network",
        f"{description.kind}{shape}, {description.norm} norm: "
        f"{description.parameters:,} parameters, "
        f"{megabytes(description.parameters):.2f} MB{of_table2}",
    )
    for painting in run.paintings:
        source, checksum = painting.record["source"], painting.record["sha256"]
        yield "style", f"{source} (sha256 {checksum[:12]})"
    yield (
        "perceptual",
        f"{perceptual.source['name']}, {perceptual.source['source']} "
        f"(sha256 {perceptual.source['sha256'][:12]})",
    )
    for record in material:
        checksum = f" (sha256 {record['sha256'][:12]})" if "sha256" in record else ""
        yield record["name"], record["source"] + checksum + _learned(record)
    for stage in stages:
        plural = "s" if stage.data.batch > 1 else ""
        steps = (
            f"{stage.objective.steps} steps of {stage.data.batch} {SAMPLES[stage.stage]}{plural}"
        )
        yield stage.stage, f"{steps}, about {stage.expected_seconds / 60:.1f} minutes"
    yield "device", f"{run.device}, {run.probe.precision}, channels last"
    yield "folder", str(run.folder)


def _learned(record: Mapping[str, str]) -> str:
    """Styles that a network to begin from was trained on, for its row."""
    if record["name"] != "start":
        return ""
    learned, begun = record.get("learned"), record.get("from")
    said = f", trained on {learned}" if learned else ", trained on what it does not say"
    return said + (f"; from its style {begun}" if begun else "")


def result_rows(folder: Path, stages: Mapping[Stage, Mapping[str, Any]]) -> Iterator[Row]:
    """Figures and files of each stage, after the run."""
    for stage, figures in stages.items():
        yield (
            stage,
            f"{figures['steps']} steps in {figures.get('seconds', 0):.0f} s "
            f"(expected: {figures['expected_seconds']:.0f}), "
            f"{figures.get('images_per_second', 0):.1f} images/s",
        )
        judged = figures["evaluation"]
        yield (
            "",
            f"style distance {judged['style']:.3f} (the photo itself: 1), content distance "
            f"{judged['content']:.3f} (0), under {judged['judge']}; e_stab {judged['e_stab']:.4f}",
        )
        if judged["painted"]:
            yield "", PAINTED.format(**judged["painted"])
        for name in FILES:
            path = folder / stage / name
            if path.exists():
                yield "", str(path)
    if {"perceptual", "temporal"} <= stages.keys():
        before, after = (stages[stage]["evaluation"] for stage in ("perceptual", "temporal"))
        yield "", str(ratio(folder.name, before, after))
