"""The page of `kunster run --help`; Hydra's own, with every key, takes seconds."""

from textwrap import wrap

from kunster.files.conf import groups

WIDTH, INDENT = 98, 26  # characters
# how a command line names the groups whose names say nothing yet
NAMED = {
    "experiment": "+experiment",
    "profile": "+profile",
    "objective": "objective@objective.STAGE",
}
PAGE = """usage: kunster run [+experiment=STYLE] [GROUP=CHOICE …] [KEY=VALUE …] [options]

Trains a network that paints in a style: stage 1 on photos, stage 2 on moving pictures, so that
videos are steady. Leaves a run folder with both stages' checkpoints, exports and previews.

groups, and what there is to choose:
{groups}

keys: any value of the configuration; --cfg job prints them all
{keys}

options, Hydra's:
{options}

examples:
  kunster run +experiment=scream
  kunster run style.name=mine style.image=my_painting.jpg
  kunster run +experiment=scream photos=folder photos.path=~/Pictures
  kunster run -m +experiment=scream alpha=1,0.5,0.25 beta=1,0.5

conf/ has every key with its meaning; docs/extend.md shows how to add choices."""
KEYS = {
    "alpha=0.5 beta=0.75": "width and depth of the network",
    "start=scream:14:perceptual": "a network to begin from: a style that ships, or a file",
    "objective.STAGE.steps=350": "how long; STAGE is perceptual or temporal",
    "hydra.run.dir=runs/mine": "the run folder",
    "resume=true": "go on where a run of the same configuration stopped",
    "overwrite=true": "start again in a folder that holds a run",
}
OPTIONS = {
    "-h, --help": "show this page",
    "-V, --version": "show kunster's version",
    "-m, --multirun": "several runs: alpha=1,0.5 is two; `kunster sweep` resumes them, too",
    "-c, --cfg job": "print the configuration instead; --resolve fills in automatic choices",
    "--hydra-help": "all other options of Hydra",
}


def page() -> str:
    """Groups and their choices as they are in the configuration's folder, keys and options."""
    choices = {
        NAMED.get(group, group): ", ".join(names)
        for group, names in groups().items()
        if group in NAMED or len(names) > 1 or group == "hydra/launcher"
    }
    return PAGE.format(groups=_rows(choices), keys=_rows(KEYS), options=_rows(OPTIONS))


def _rows(meanings: dict[str, str]) -> str:
    """Names on the left, what they stand for on the right."""
    lines = []
    for name, meaning in meanings.items():
        first, *rest = wrap(meaning, WIDTH - INDENT - 4) or [""]
        lines += [f"  {name:<{INDENT}}  {first}", *(f"{'':<{INDENT + 4}}{line}" for line in rest)]
    return "\n".join(lines)
