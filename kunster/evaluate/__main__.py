"""python -m kunster.evaluate MODELS… [judge=vgg19] [painting=FILE] [photos=DIR] [sintel=DIR]
                                     [without=SCENES] [video=FILE] [steady=0.85] [out=DIR]
                                     [limit=50] [painted=8] [deep=FILE]
                                     [gatys=0] [gatys_side=256] [ruder=0] [ruder_side=180]
                                     [style_weight=2] [accelerator=auto]

Measures how good networks are and compares them in one table.

MODELS    run folders, .safetensors, .ckpt and .onnx files, or styles that ship (scream:8)
judge     the perceptual network: vgg19, which ships, or a file of VGG-19 or VGG-16 weights
painting  a picture of the painting, or the name of one that ships, for all that measures style
photos    a folder of photos the networks were not trained on; without it, those that ship; for
          content and style, bubbles, grids and borders
sintel    MPI Sintel, for e_stab
without   its scenes to leave out, with commas between: ambush_4 is fog, and moves fastest
video     a video or a folder of frames, for flicker without true flow
steady    as of kunster.stylize: own flicker is measured of each network alone and of what is shown
out       where evaluation.md, .json and, with painting and sintel, the picture .png and .svg go;
          by default beside the first model, of a style that ships in the current folder
limit     the most photos, pairs and frames to use
painted   on how many photos strokes, tint, masses and deep style are measured, under VGG-19; slow
deep      a file of VGG-19 for relu5_1; default what `kunster.fetch vgg19` brought; what ships ends
          at relu4_3
gatys     how many photos to optimise one by one (Gatys et al. 2016), for loss and optimality;
          needs painting; the pictures go beside the report, gatys_1.png …; each takes minutes on
          a CPU and is cached in $KUNSTER_CACHE/optimised
gatys_side  those photos' short side in pixels
ruder     how many pairs of sintel to optimise, consistent along the motion (Ruder et al. 2016);
          needs painting and sintel; the pictures go beside the report, ruder_1.png …
ruder_side  those frames' height in pixels
style_weight  of the loss that is optimised: 2 × `style.weight` of the run, which is 1 or 3
accelerator  where those pictures are optimised: auto, cpu, cuda or mps
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from torch import Tensor

from kunster.assets.paintings import PAINTINGS
from kunster.console.command import Arguments, verb
from kunster.data.decode import decode_photo
from kunster.data.frames import video_frames
from kunster.data.photos import spread
from kunster.data.sintel import SIZE, SintelPair, sintel_pairs
from kunster.errors import UserError
from kunster.evaluate.gatys import write_pictures
from kunster.evaluate.measure import (
    measure_artefacts,
    measure_bubbles,
    measure_distances,
    measure_flicker,
    measure_optimality,
    measure_ruder,
    measure_stability,
)
from kunster.evaluate.options import Options, parse
from kunster.evaluate.origin import origin_of
from kunster.evaluate.report import Report, Row, print_report, write_report
from kunster.evaluate.strokes import measure_painted
from kunster.losses.features import PerceptualNetwork
from kunster.machine.hardware import choose_device
from kunster.measures.distances import PAINTING_SIDE, PHOTO_SIDE
from kunster.measures.judge import load_judge
from kunster.measures.models import Network, open_models
from kunster.measures.painted import SHORT_SIDE
from kunster.measures.photos import EvaluationPhotos, evaluation_photos


@verb()
def main(arguments: Arguments = None) -> None:
    words = sys.argv[1:] if arguments is None else arguments
    if {"-h", "--help"} & set(words):
        print(__doc__)
        return
    options = parse(words)
    console = Console()
    report = evaluate(options)
    written = write_report(report, options.out or _beside(options.models[0]))
    print_report(report, console)
    for path in written:
        console.print(str(path), markup=False, highlight=False, soft_wrap=True)


def evaluate(options: Options) -> Report:
    """Opens the models and computes each measure that the options give data for.

    Raises:
        UserError: an input is missing or unusable; raised before anything is measured.
    """
    models = [model for path in options.models for model in open_models(path)]
    networks: list[Network] = [_unchanged, *(model.network for model in models)]
    judge = load_judge(options.judge)
    accelerator = choose_device(options.accelerator)
    painting = _painting(options.painting, PAINTING_SIDE)
    photos = evaluation_photos(options.photos, options.limit, PHOTO_SIDE)
    pairs = _pairs(options, options.limit)
    if options.video:
        next(video_frames(options.video))

    rows = [Row("(the input itself)")]
    rows += [
        Row(
            model.name,
            model.description.parameters,
            origin=origin_of(model.path, model.description.stage),
        )
        for model in models
    ]
    report = Report(judge.source, rows, _measured_on(options, photos, pairs))
    measure_distances(report, networks, judge, painting, photos)
    report.measured_on["photos"] = photos.origin  # without those that could not be decoded
    measure_bubbles(report, networks, photos)
    measure_artefacts(report, networks, photos)
    if options.painted:
        larger = evaluation_photos(options.photos, min(options.painted, options.limit), SHORT_SIDE)
        measure_painted(
            report, networks, _painting(options.painting, SHORT_SIDE), larger, options.deep
        )
    if pairs:
        measure_stability(report, networks, pairs, options.steady)
    if options.video:
        measure_flicker(report, networks, options.video, options.limit, options.steady)
    if painting is not None:
        _measure_optimised(report, options, networks, judge, painting, accelerator)
    return report


def _measure_optimised(
    report: Report,
    options: Options,
    networks: Sequence[Network],
    judge: PerceptualNetwork,
    painting: np.ndarray,
    accelerator: str,
) -> None:
    """Adds the rows of Gatys and Ruder, which take longest, and writes their pictures."""
    folder = options.out or _beside(options.models[0])
    how = (options.style_weight, accelerator)
    if options.gatys:
        chosen = evaluation_photos(options.photos, options.gatys, options.gatys_side)
        optima = measure_optimality(report, networks, judge, painting, chosen, *how)
        write_pictures((optimum.picture for optimum in optima), folder, "gatys")
    if options.ruder:
        pairs = _pairs(options, options.ruder)
        size = (options.ruder_side, options.ruder_side * SIZE[1] // SIZE[0])
        steady = measure_ruder(report, networks, judge, painting, pairs, size, *how)
        write_pictures(
            (each for pair in steady for each in pair.pictures.chunk(2)), folder, "ruder"
        )


def _pairs(options: Options, most: int) -> list[SintelPair]:
    """At most that many pairs, evenly spread over Sintel; none without it."""
    if options.sintel is None:
        return []
    found = sintel_pairs(options.sintel)
    scenes = {pair.scene for pair in found}
    for scene in options.without:
        if scene not in scenes:
            raise UserError(
                f"without={scene}: no such scene; there are {', '.join(sorted(scenes))}"
            )
    kept = [pair for pair in found if pair.scene not in options.without]
    if not kept:
        raise UserError(f"without={','.join(options.without)}: leaves none of sintel")
    return spread(kept, most)


def _measured_on(
    options: Options, photos: EvaluationPhotos, pairs: Sequence[SintelPair]
) -> dict[str, str]:
    names = ", ".join(pair.name for pair in pairs)
    without = f", without {' '.join(options.without)}" if options.without else ""
    sintel = f"{len(pairs)} pairs at {SIZE[1]}x{SIZE[0]}{without}, of {options.sintel}: {names}"
    return {
        "painting": str(options.painting or "none given, so no style distance: painting=FILE"),
        "photos": photos.origin,
        "sintel": sintel if pairs else "none given, so no e_stab: sintel=DIR",
        "video": str(options.video or "none given, so no flicker: video=FILE"),
    }


def _unchanged(frames: Tensor) -> Tensor:
    return frames


def _painting(path: Path | None, short_side: int) -> np.ndarray | None:
    if path is None:
        return None
    shipped = PAINTINGS.get(str(path))
    if shipped is None and not path.is_file():
        raise UserError(
            f"painting={path}: no such picture; those that ship are {', '.join(PAINTINGS)}"
        )
    return decode_photo(shipped.path if shipped else path, short_side)


def _beside(model: Path) -> Path:
    return model if model.is_dir() else model.parent


if __name__ == "__main__":
    sys.exit(main())
