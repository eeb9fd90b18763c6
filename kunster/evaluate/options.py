"""Options of `kunster evaluate`."""

from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from kunster.console.options import MODEL, number, path, whole
from kunster.console.parser import Parser
from kunster.errors import UserError

STYLE_WEIGHT = 2.0  # 2 × style.weight; conf/objective/perceptual_paper.yaml
NEEDS = {"gatys": ("painting",), "ruder": ("painting", "sintel"), "without": ("sintel",)}


@dataclass(frozen=True)
class Options:
    """Options of an evaluation; `kunster evaluate --help` explains each.

    Raises:
        UserError: an option without another that it needs.
    """

    models: tuple[Path, ...]
    judge: str
    painting: str | None
    photos: Path | None
    sintel: Path | None
    without: tuple[str, ...]
    video: Path | None
    steady: float
    out: Path | None
    limit: int
    painted: int
    deep: Path | None
    gatys: int
    gatys_side: int
    ruder: int
    ruder_side: int
    style_weight: float
    accelerator: str

    def __post_init__(self) -> None:
        for name, needed in NEEDS.items():
            for other in needed:
                if getattr(self, name) and not getattr(self, other):
                    raise UserError(
                        f"--{name}: needs --{other}; kunster evaluate --help tells more"
                    )

    @classmethod
    def of(cls, given: Namespace) -> "Options":
        """The options as they were typed."""
        values = {
            name: value for name, value in vars(given).items() if name not in ("json", "overwrite")
        }
        lists = {name: tuple(values[name]) for name in ("models", "without")}
        return cls(**{**values, **lists})


def parser() -> Parser:
    made = Parser(
        "evaluate",
        "MODELS [options]",
        "Measures how good networks are and compares them in one table: style and content "
        "distance, steadiness (e_stab), flicker, strokes, bubbles. What is given decides what is "
        "measured: style needs --painting, e_stab --sintel, flicker --video.",
        [
            "runs/scream_a0.25_b0.5 scream:14 --painting scream",
            "runs/table2/* --painting scream --photos PHOTOS --sintel SINTEL --out runs/table2",
        ],
    )
    made.add_argument("models", type=path, nargs="+", metavar="MODELS", help=f"each {MODEL}")
    made.share("--painting", use=", for all that measures style")
    made.share(
        "--photos", use=" that no network was trained on (default: photos that ship with libraries)"
    )
    made.add_argument("--sintel", type=path, metavar="DIR", help="MPI Sintel, for e_stab")
    made.add_argument(
        "--without",
        nargs="+",
        metavar="SCENE",
        default=[],
        help="scenes of Sintel to leave out: ambush_4 is fog, and moves fastest",
    )
    made.share("--video", use=" or a folder of frames, for flicker without true flow")
    made.share("--steady", use="; measured beside the networks alone")
    made.share("--limit", default=50, use=", and pairs, and frames")
    made.share("--judge")
    made.share(
        "--out",
        use=": evaluation.md, .json and, with --painting and --sintel, .png and .svg (default: "
        "beside the first model; for a style that ships, here)",
    )
    made.share("--overwrite")
    made.share("--json", use="; the files are written as well")
    deep = made.add_argument_group("strokes, tint, masses and deep style, under VGG-19")
    deep.add_argument(
        "--painted", type=whole(0), default=8, metavar="N", help="on how many photos: it is slow"
    )
    deep.add_argument(
        "--deep",
        type=path,
        metavar="FILE",
        help="weights of VGG-19 to relu5_1 (default: what `kunster fetch vgg19` brought, else "
        "what ships, to relu4_3)",
    )
    optimised = made.add_argument_group(
        "the best there can be: pictures that are optimised one by one",
        "Each takes minutes on a CPU, and is kept in $KUNSTER_CACHE/optimised.",
    )
    optimised.add_argument(
        "--gatys",
        type=whole(0),
        default=0,
        metavar="N",
        help="how many photos (Gatys et al. 2016); needs --painting; gatys_1.png … in --out",
    )
    optimised.add_argument(
        "--gatys-side", type=whole(64), default=256, metavar="PIXELS", help="their short side"
    )
    optimised.add_argument(
        "--ruder",
        type=whole(0),
        default=0,
        metavar="N",
        help="how many pairs of Sintel, consistent along the motion (Ruder et al. 2016); needs "
        "--painting and --sintel; ruder_1.png … in --out",
    )
    optimised.add_argument(
        "--ruder-side", type=whole(64), default=180, metavar="PIXELS", help="their height"
    )
    optimised.add_argument(
        "--style-weight",
        type=number(0),
        default=STYLE_WEIGHT,
        metavar="W",
        help="weight of style in their loss; a run's own is 2 × its style.weight, 1 or 3",
    )
    made.share("--accelerator", group=optimised)
    return made
