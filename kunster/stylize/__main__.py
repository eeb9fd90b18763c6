"""`python -m kunster.stylize IN OUT --model …`: stylizes pictures, videos, a camera or a pipe."""

import argparse
import re
import sys
from fractions import Fraction
from pathlib import Path
from typing import get_args

from kunster.console.command import Arguments, verb
from kunster.data.photos import SUFFIXES
from kunster.errors import UserError
from kunster.stylize.jobs import (
    Request,
    stylize_camera,
    stylize_folder,
    stylize_photo,
    stylize_pipe,
    stylize_video,
)
from kunster.video.choose_engine import AUTO, EngineName
from kunster.video.looks import Look
from kunster.video.models import open_stylizer
from kunster.video.sizes import COARSEST, FINEST, NetworkSize, Texture, parsed_sides
from kunster.video.steady import DEFAULT, Steady

PIPE = "-"
SLOWEST, FASTEST = 0.001, 1000.0  # frames a second; files tell them apart down to 1/1001


@verb(interrupted="interrupted; no unfinished file is left")
def main(arguments: Arguments = None) -> None:
    options = _parser().parse_args(arguments)
    look = Look(options.strength, options.keep_colors, options.preview)
    size = None if options.size is None else NetworkSize.parse(options.size)
    texture = Texture(options.texture)
    steady = Steady(options.steady).amount
    network, description = open_stylizer(options.model)
    request = Request(
        network=network,
        style=f"{description.style} ({description.parameters:,} parameters)",
        look=look,
        engine=options.engine,
        size=size,
        texture=texture,
        steady=steady,
        full_size=options.output == "source",
        quality=options.quality,
        overwrite=options.overwrite,
    )
    _stylize(options, request)


def _stylize(options: argparse.Namespace, request: Request) -> None:
    """Calls the function for the kind of input."""
    camera = re.fullmatch(r"camera:(\d+)", options.source)
    if camera:
        stylize_camera(int(camera[1]), _target(options.out), request)
        return
    if options.out is None:
        raise UserError(f"{options.source}: OUT is missing: give a file, a folder or -")
    if options.source == PIPE:
        stylize_pipe(*_raw(options), _target(options.out), request)
        return
    source = Path(options.source).expanduser()
    if not source.exists():
        raise UserError(f"{source}: no such file, folder or camera (camera:0)")
    if not source.is_dir() and source.suffix.lower() not in SUFFIXES:
        stylize_video(source, _target(options.out), request)
        return
    target = _target(options.out)
    if target is None:
        raise UserError(f"{source}: pictures do not go into a pipe; give OUT as a file or a folder")
    (stylize_folder if source.is_dir() else stylize_photo)(source, target, request)


def _target(out: str | None) -> Path | None:
    """Output path; None for a pipe, or for a camera's window alone."""
    return None if out in (None, PIPE) else Path(out).expanduser()


def _raw(options: argparse.Namespace) -> tuple[tuple[int, int], Fraction]:
    """(height, width) and rate of raw frames."""
    sides = parsed_sides(options.raw or "")
    if len(sides) != 2:
        raise UserError("-: frames from stdin need their size, width x height: --raw 480x320")
    width, height = sides
    if min(height, width) < 1:
        raise UserError(f"--raw {options.raw}: both sides must be 1 or more")
    if not SLOWEST <= options.fps <= FASTEST:
        raise UserError(f"--fps {options.fps:g}: must be from {SLOWEST:g} to {FASTEST:g}")
    return (height, width), Fraction(options.fps).limit_denominator(1001)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kunster.stylize",
        description="Stylizes pictures, folders of pictures, videos, a camera or a pipe.",
    )
    parser.add_argument(
        "source",
        metavar="IN",
        help="a picture, a folder of pictures, a video, camera:0, or - for raw rgb24 frames",
    )
    parser.add_argument(
        "out",
        metavar="OUT",
        nargs="?",
        help="a file, a folder for a folder, or - for raw rgb24 frames; a camera needs none",
    )
    parser.add_argument(
        "--model",
        required=True,
        help="a run folder, a .safetensors, .ckpt or .onnx file, or a style that ships: scream, "
        "scream:8 (its id), scream:8:perceptual (and stage)",
    )
    parser.add_argument(
        "--size",
        help="size of the network's input: its short side (480, the default for videos), width x "
        "height (480x320), or source (the default for pictures and pipes)",
    )
    parser.add_argument(
        "--output",
        choices=["network", "source"],
        default="network",
        help="size of the output: the network's (default), or enlarged to that of IN",
    )
    parser.add_argument(
        "--strength", type=float, default=1.0, help="0 is IN, 1 (default) the full style"
    )
    parser.add_argument(
        "--texture",
        type=float,
        default=1.0,
        metavar="SCALE",
        help=f"size of the strokes: 1 (default) as trained, {COARSEST:g} twice as large, "
        f"{FINEST:g} half; the network works at --size divided by this, the output keeps its size",
    )
    parser.add_argument(
        "--steady",
        type=float,
        default=DEFAULT,
        metavar="AMOUNT",
        help="how still strokes hold in a video: 0 paints each frame by itself, 1 holds them as "
        f"long as possible; default {DEFAULT:g}",
    )
    parser.add_argument("--keep-colors", action="store_true", help="only luminance is stylized")
    parser.add_argument(
        "--preview", action="store_true", help="IN on the left, the style beside it"
    )
    parser.add_argument(
        "--engine",
        choices=[AUTO, *get_args(EngineName)],
        default=AUTO,
        help="default: torch on a CUDA card, else openvino; coreml needs macOS",
    )
    parser.add_argument(
        "--quality", type=int, default=18, help="of H.264: 0 (largest file) to 51; default 18"
    )
    parser.add_argument("--raw", metavar="WxH", help="size of the frames that come through stdin")
    parser.add_argument("--fps", type=float, default=25.0, help="their rate in a file; default 25")
    parser.add_argument("--overwrite", action="store_true", help="replace existing files")
    return parser


if __name__ == "__main__":
    sys.exit(main())
