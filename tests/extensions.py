"""Two steps with each change of docs/extend.md, in a folder where they were made."""

import json
import runpy
import sys
from pathlib import Path

from kunster.callbacks.curve import CURVE, final_terms
from kunster.data.preview_photos import preview_pictures
from kunster.export.targets import Job, chosen
from kunster.networks.model_file import load_model
from kunster.run import configuration
from kunster.run.configuration import composed, resolved
from kunster.run.preparation import PreparedStage, Run
from kunster.run.settings import check_config
from kunster.run.training import fit

HERE = Path.cwd()
SMALL = [
    *("+experiment=scream", "stages=[perceptual]", "logger=csv", "trainer.precision=32-true"),
    *("photos=array", f"photos.path={HERE / 'photos.npy'}", "photos.size=64", "style.size=96"),
    *("objective.perceptual.steps=2", "clips.size=[64,64]", "export.enabled=false"),
    *("~callbacks.preview", "callbacks.weight_norm.every_n_steps=1", "trainer.accelerator=cpu"),
]


def trained(name: str, *overrides: str) -> tuple[PreparedStage, dict[str, float]]:
    """Stage 1 after two steps, and what was logged."""
    run = Run(composed([*SMALL, *overrides]), HERE / name)
    stage = run.stage("perceptual")
    stage.folder.mkdir(parents=True)
    trainer = fit(run, stage, run.entries("callbacks", stage), [])
    return stage, {name: float(value) for name, value in trainer.callback_metrics.items()}


def cases_that_hold(file: Path) -> int:
    """Runs the parametrized tests of a file; their number."""
    names = runpy.run_path(str(file))
    count = 0
    for test in (value for name, value in names.items() if name.startswith("test_")):
        (mark,) = test.pytestmark
        for case in mark.args[1]:
            test(*case)
            count += 1
    return count


def main() -> None:
    commands = json.loads(sys.argv[1])
    kept, configuration.CONF = configuration.CONF, HERE / "plain_conf"
    for words in commands:
        check_config(resolved(composed(words)))
    configuration.CONF = kept
    stage, logged = trained("term")
    shallow, _ = trained("network", "network=shallow")
    network, description = load_model(shallow.folder / "last.ckpt")
    job = Job(network, description, list(preview_pictures()[:1]))
    target = chosen(["small"])["small"]
    target.write(job, HERE / target.file)
    _, differences = target.check(HERE / target.file, job)
    found = {
        "commands": len(commands),
        "tests": cases_that_hold(HERE / "tests" / "losses" / "test_clipped.py"),
        "terms": final_terms(stage.folder / CURVE),
        "network": {"kind": description.kind, "parameters": description.parameters},
        "data": stage.record["source"],
        "callback": logged["weight_norm"],
        "target": max(each.maximum for each in differences),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
