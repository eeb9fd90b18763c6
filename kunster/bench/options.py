"""Options of the benchmarks, and their values as a run takes them."""

from argparse import Namespace
from typing import TYPE_CHECKING

from kunster.console.options import MODEL, number, one_of, whole
from kunster.console.parser import Parser
from kunster.errors import UserError

if TYPE_CHECKING:
    from kunster.networks.description import Stage

STAGES: dict[str, "Stage"] = {"1": "perceptual", "2": "temporal"}
BENCHMARKS = {
    "train": "steps of both stages, ours beside the plain recipe's",
    "cost": "a step's arithmetic against the machine's, and where its time goes",
    "video": "Table II's FPS columns: 1080p in, resizing included",
    "steady": "what stylize --steady adds to a frame, and speed with and without",
    "memory": "peak memory of kunster stylize on a long video and on a short one",
    "android": "speed of our LiteRT files against what the converter makes",
    "engines": "speed of networks side by side in each engine, mixing styles or folded",
    "page": "speed of kunster page in headless Chromium, from a fake camera",
}


def parser_of(benchmark: str) -> Parser:
    """The parser of `kunster bench BENCHMARK`."""
    made = {
        "train": _train,
        "cost": _cost,
        "video": _video,
        "steady": _steady,
        "memory": _memory,
        "android": _android,
        "engines": _engines,
        "page": _page,
    }[benchmark]()
    made.share("--out", metavar="FILE", help="JSON file; FOLDER/bench.json is for the report")
    made.share("--overwrite")
    return made


def _parser(benchmark: str, usage: str, example: str, more: str = "") -> Parser:
    title = BENCHMARKS[benchmark]
    return Parser(f"bench {benchmark}", usage, f"{title[0].upper()}{title[1:]}.{more}", [example])


def _train() -> Parser:
    made = _parser("train", "[options]", "--stage 1 --rounds 5")
    made.add_argument(
        *("--stage",),
        type=one_of("1", "2", "both"),
        default="both",
        metavar="1|2|both",
        help="of training",
    )
    made.add_argument(
        *("--batch",),
        type=whole(1),
        metavar="N",
        help="photos, or pairs (default: 4, 2 pairs; CUDA: 32, 8 pairs)",
    )
    _add_rounds(made, 3)
    _add_seconds(made, 12.0, "of each way in each round")
    _add_training(made, size=None, sizes=" (default: 256; stage 2 on CUDA: 640x360)")
    return made


def _cost() -> Parser:
    made = _parser(
        *("cost", "[options]", "--stage 2 --batches 4 8 --processes 1 2"),
        " On one device, and with --processes on several.",
    )
    made.add_argument(
        "--stage", type=one_of("1", "2"), default="1", metavar="1|2", help="of training"
    )
    made.add_argument(
        "--recipe",
        type=one_of("default", "paper"),
        default="default",
        metavar="NAME",
        help="default, or paper: its terms and network",
    )
    made.add_argument(
        "--batches",
        type=whole(1),
        nargs="+",
        metavar="N",
        help="crops or pairs (default: 1 2 4 8; CUDA: 16 32 64)",
    )
    made.add_argument(
        "--processes",
        type=whole(1),
        nargs="+",
        metavar="N",
        help="numbers of processes that train one network, each with the largest batch; on CUDA "
        "a GPU each (default there: 1 and all GPUs)",
    )
    _add_rounds(made, 3, " of ten steps of each")
    _add_training(made, size="256", sizes="")
    return made


def _video() -> Parser:
    made = _parser("video", "MODELS [options]", "runs/table2 --out runs/table2/bench.json")
    _add_models(made)
    made.share("--video", use=" (default: one made of photographs in motion)")
    made.share("--engine")
    made.add_argument("--record", action="store_true", help="with H.264 written as well")
    _add_seconds(made, 5.0, "of each plain run")
    return made


def _steady() -> Parser:
    made = _parser("steady", "MODELS [options]", "scream:14 scream:8")
    _add_models(made)
    made.share("--video", use=" (default: one made of photographs in motion)")
    made.share("--engine")
    _add_rounds(made, 3, " of playback with and without it")
    return made


def _memory() -> Parser:
    made = _parser("memory", "MODEL [options]", "scream --long 120")
    made.add_argument("model", metavar="MODEL", help=MODEL)
    made.share("--video", use=", played over and over (default: as of bench video)")
    for name, seconds in (("--short", 20.0), ("--long", 600.0)):
        made.add_argument(
            name,
            type=number(above=0),
            default=seconds,
            metavar="S",
            help=f"the {name[2:]} one's seconds",
        )
    return made


def _android() -> Parser:
    return _by_turns("android", "scream:14 scream:8")


def _engines() -> Parser:
    return _by_turns("engines", "scream:14 scream:8 base:8")


def _by_turns(benchmark: str, example: str) -> Parser:
    """Options of the benchmarks in which files take turns."""
    made = _parser(benchmark, "MODELS [options]", example)
    _add_models(made)
    _add_rounds(made, 5)
    _add_seconds(made, 2.0, "of each file in each round")
    return made


def _page() -> Parser:
    made = _parser("page", "MODELS [options]", "scream:14 --seconds 180")
    _add_models(made)
    sizes = ("160", "240", "320", "480", "720")
    made.add_argument(
        *("--size",),
        type=lambda text: int(one_of(*sizes)(text)),
        default=240,
        metavar="N",
        help=f"the camera's short side on the page: {', '.join(sizes)}",
    )
    _add_seconds(made, 20.0, "of each network; 180 to soak it")
    return made


def _add_models(made: Parser) -> None:
    made.add_argument(
        "models", nargs="+", metavar="MODELS", help=f"each {MODEL}, or a sweep's folder"
    )


def _add_rounds(made: Parser, rounds: int, use: str = "") -> None:
    made.add_argument(
        "--rounds", type=whole(1), default=rounds, metavar="N", help=f"how many rounds{use}"
    )


def _add_seconds(made: Parser, seconds: float, use: str) -> None:
    made.add_argument(
        "--seconds", type=number(above=0), default=seconds, metavar="S", help=f"to measure {use}"
    )


def _add_training(made: Parser, size: str | None, sizes: str) -> None:
    """Options of the benchmarks of training; `sizes` tells the default if `size` does not."""
    made.share("--accelerator")
    made.add_argument("--no-graphs", action="store_true", help="no CUDA graphs")
    made.add_argument("--compile", action="store_true", help="torch.compile")
    made.add_argument(
        "--size", default=size, help=f"pixels, a side or width x height: 640x360{sizes}"
    )


def overrides(options: Namespace) -> tuple[str, ...]:
    """The options as overrides of the configuration of a run."""
    return (
        f"trainer.accelerator={options.accelerator}",
        f"callbacks.acceleration.compile={str(options.compile).lower()}",
        *(["callbacks.acceleration.graphs=false"] if options.no_graphs else []),
    )


def picture_size(text: str, stage: "Stage") -> tuple[int, int]:
    """(height, width) from `256` or `640x360`.

    Raises:
        UserError: something else, no multiples of 4 from 64 up, or a crop that is not square.
    """
    from kunster.video.sizes import parsed_sides

    sides = parsed_sides(text)
    if not sides or any(side < 64 or side % 4 for side in sides):
        raise UserError(
            f"--size {text}: must be a side (256) or width x height (640x360), multiples of 4 "
            "from 64 up"
        )
    if stage == "perceptual" and sides[0] != sides[-1]:
        raise UserError(f"--size {text}: the crops of stage 1 are square; give one side")
    return sides[-1], sides[0]
