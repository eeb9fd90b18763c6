"""index.html of a run folder: what it learns, in one file that needs no server and no network."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2

from kunster.callbacks.curve import CURVE, PICTURE, final_terms, read_curve
from kunster.files.replacing import replacing
from kunster.networks.description import STAGES, Description, Stage
from kunster.networks.table2 import network_facts
from kunster.results.run_folder import CONFIG, RESULTS, read_config, read_results

PAGE = "index.html"
REFRESH = 15  # seconds after which a browser loads the page of a run that is trained again
TEMPLATE = Path(__file__).with_name("run.html.j2")
JPEG_QUALITY = 85
LEARNS: Mapping[Stage, str] = {"perceptual": "the painting’s style", "temporal": "steady on video"}
FILES = {
    "model.onnx": "Android, Windows, the browser",
    "model.mlpackage": "iOS and macOS",
    "model.tflite": "Android",
    "model.pte": "ExecuTorch",
    "model.safetensors": "the weights",
    "last.ckpt": "the checkpoint",
    "manifest.json": "how the exports were checked",
    "preview.mp4": "a clip, before and after",
    CURVE: "the losses",
}
MEASURES = {  # of the first look, with what they are compared with
    "style": ("style distance", "the photo itself: 1"),
    "content": ("content distance", "the photo itself: 0"),
    "e_stab": ("e_stab", "lower is steadier"),
}

Facts = list[tuple[str, str]]  # a name, and what there is to say of it


@dataclass(frozen=True)
class Training:
    """Progress of a stage.

    Attributes:
        left: seconds of it, None while that is not known.
    """

    stage: Stage
    step: int
    steps: int
    left: float | None = None


def write_page(folder: Path, description: Description, training: Training | None = None) -> None:
    """Writes the page of a run folder, from what lies in it.

    Args:
        description: of its network.
        training: None once the run is finished.
    """
    text = page(folder, description, training)
    with replacing(folder / PAGE) as part:
        part.write_text(text, encoding="utf-8")


def page(folder: Path, description: Description, training: Training | None) -> str:
    """The page; see `write_page`. Text from files is escaped, and no script can run."""
    from kunster.web.pages import RUNS, render_page

    config = read_config(folder)
    results = read_results(folder) if (folder / RESULTS).is_file() else {}
    stages = [stage for stage in reversed(list(STAGES)) if (folder / stage).is_dir()]
    return render_page(
        TEMPLATE,
        RUNS,
        False,
        {"img-src": "data:"},
        refresh=REFRESH if training else None,
        title=config["style"].get("title") or config["style"]["name"],
        painted_by=_painted_by(config["style"]),
        network=_network(description),
        state=_under_way(config, training) if training else _finished(results),
        stages=[_stage(folder / stage, results) for stage in stages],
        command=config.get("command"),
        facts=_facts(config, description, results),
        files=[name for name in (CONFIG, RESULTS) if (folder / name).is_file()],
    )


def _painted_by(style: Mapping[str, Any]) -> str:
    known = (style.get(key) for key in ("painter", "year"))
    return ", ".join(str(value) for value in known if value not in (None, "unknown"))


def _network(description: Description) -> str:
    number = network_facts(description)["id"]
    where = f", id {number} of Table II" if number else ""
    return f"{description.parameters:,} parameters{where}"


def _under_way(config: Mapping[str, Any], training: Training) -> str:
    of = f" of {len(STAGES)}" if len(config["stages"]) == len(STAGES) else ""
    left = "" if training.left is None else f", {timedelta(seconds=round(training.left))} left"
    return (
        f"{STAGES[training.stage].capitalize()}{of}: step {training.step:,} of "
        f"{training.steps:,}{left}, at {datetime.now():%H:%M:%S}. This page loads itself again "
        f"every {REFRESH} seconds. If the training was stopped, the same command with resume=true "
        "goes on."
    )


def _finished(results: Mapping[str, Any]) -> str:
    trained = [
        f"{STAGES[stage]} {figures['steps']:,} steps in {figures.get('seconds', 0):.0f} s"
        for stage, figures in results["stages"].items()
    ]
    return f"Finished: {', '.join(trained)}, on {results['device']}."


def _stage(folder: Path, results: Mapping[str, Any]) -> dict[str, Any]:
    """A stage as the template shows it; pictures are None before there are any."""
    stage: Stage = folder.name  # type: ignore[assignment]
    preview, curve = folder / "preview.png", folder / PICTURE
    rows = read_curve(folder / CURVE)
    steps = f" at step {rows[-1]['step']:,.0f}" if rows else ""
    return {
        "name": stage,
        "heading": f"{STAGES[stage].capitalize()}: {LEARNS[stage]}",
        "preview": _jpeg(preview, preview.stat().st_mtime_ns) if preview.is_file() else None,
        "preview_alt": "The painting on the left; beside it four photos, and below them what the "
        f"network makes of them after {' and after '.join(_until(stage))}{steps}.",
        "curve": _data("png", curve.read_bytes()) if curve.is_file() else None,
        "curve_alt": _fall(rows),
        "facts": {
            "Measures": _measures(results, stage),
            "Losses, terms unweighted": _losses(folder),
        },
        "files": [(name, words) for name, words in FILES.items() if (folder / name).exists()],
    }


def _until(stage: Stage) -> Iterator[str]:
    """Words for the stages up to this one."""
    for each, words in STAGES.items():
        yield words
        if each == stage:
            return


def _fall(rows: list[dict[str, float]]) -> str:
    """The curve in words."""
    if not rows:
        return ""
    first, last = rows[0], rows[-1]
    return (
        f"Losses over the steps: from {first.get('loss', 0):.3g} at step {first['step']:,.0f} to "
        f"{last.get('loss', 0):.3g} at step {last['step']:,.0f}."
    )


def _measures(results: Mapping[str, Any], stage: Stage) -> Facts:
    """The figures of the first look, once they are measured."""
    figures = results.get("stages", {}).get(stage, {})
    judged = figures.get("evaluation", {})
    found = [
        (name, f"{judged[key]:.3f} ({compared})")
        for key, (name, compared) in MEASURES.items()
        if judged.get(key) is not None
    ]
    if "images_per_second" in figures:
        found.append(("training", f"{figures['images_per_second']:.1f} images/s"))
    return found


def _losses(folder: Path) -> Facts:
    """The loss and its terms, as the last rows of the curve have them."""
    return [(name, f"{value:.4g}") for name, value in final_terms(folder / CURVE).items()]


def _facts(
    config: Mapping[str, Any], description: Description, results: Mapping[str, Any]
) -> Facts:
    """Facts of the run by their names, beside the command."""
    found = [("network", description.architecture)]
    for stage in (stage for stage in STAGES if stage in config["stages"]):
        objective = config["objective"][stage]
        terms = [f"{name} {term['weight']:g}" for name, term in objective["terms"].items()]
        found.append((STAGES[stage], f"{objective['steps']:,} steps; weights: {', '.join(terms)}"))
    found.append(("seed", str(config["seed"])))
    found += [(asset["name"], asset["source"]) for asset in results.get("assets", ())]
    if results:
        versions = [f"{name} {version}" for name, version in results["versions"].items()]
        found += [("device", results["device"]), ("versions", ", ".join(versions))]
    return found


@lru_cache(maxsize=2)  # one a stage: the first is done while the second is trained
def _jpeg(path: Path, changed: int) -> str:
    """A picture file, as it was when it was `changed`, as the address of a JPEG."""
    picture = cv2.imread(str(path))
    assert picture is not None
    _, data = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
    return _data("jpeg", data.tobytes())


def _data(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
