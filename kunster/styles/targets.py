"""`python -m kunster.styles.targets PICTURE --name mine`: style targets of a picture, in a file."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from kunster import __version__
from kunster.console.command import Arguments, verb
from kunster.data.decode import decode_photo
from kunster.data.paintings import load_painting
from kunster.data.style_targets import NAME, SUFFIX, StyleTargets, encode_swatch
from kunster.errors import UserError
from kunster.files.checksum import sha256
from kunster.losses.features import PerceptualNetwork
from kunster.losses.texture import colour_gram, synthesize

SCALES = (256, 384, 512)  # px, the short side of the painting
SWATCH_SIDE, SWATCH_STEPS, SWATCH_SEED = 320, 80, 0  # px; network evaluations a scale


def measure(
    picture: Path, network: PerceptualNetwork, credits: Mapping[str, str], with_swatch: bool = True
) -> StyleTargets:
    """The style targets of a picture under a perceptual network, and a swatch made from them.

    Args:
        credits: name, title, painter, year, source, licence; see `StyleTargets`.

    Raises:
        UserError: the file is missing or no usable picture, or a credit is not a line of text.
    """
    height, width, _ = decode_photo(picture).shape
    paintings = {scale: load_painting(picture, scale) for scale in SCALES}
    targets = StyleTargets(
        metadata={
            **credits,
            "picture_sha256": sha256(picture),
            "picture_size": f"{width}x{height}",
            "perceptual": network.source["name"],
            "perceptual_sha256": network.source["sha256"],
            "version": __version__,
        },
        layers=network.style_layers,
        grams={scale: network.style_targets(painting) for scale, painting in paintings.items()},
        colours=colour_gram(paintings[SCALES[-1]])[0],
    )
    return _with_swatch(targets, network) if with_swatch else targets


def _with_swatch(targets: StyleTargets, network: PerceptualNetwork) -> StyleTargets:
    swatch = synthesize(
        network,
        targets.grams,
        (SWATCH_SIDE, SWATCH_SIDE),
        SWATCH_STEPS,
        SWATCH_SEED,
        targets.colours,
    )
    return StyleTargets(
        targets.metadata, targets.layers, targets.grams, targets.colours, encode_swatch(swatch)
    )


@verb()
def main(arguments: Arguments = None) -> None:
    """Makes the file and says how to use it."""
    from kunster.losses.slim import load_slim

    options = _parser().parse_args(arguments)
    if not NAME.fullmatch(options.name):
        raise UserError(f"--name {options.name}: letters, digits, . _ - only")
    file = options.out or Path(f"{options.name}{SUFFIX}")
    if file.suffix != SUFFIX:
        raise UserError(f"--out {file}: must end in {SUFFIX}")
    if file.exists() and not options.overwrite:
        raise UserError(f"{file}: is there already; --overwrite replaces it, --out names another")
    if not options.picture.is_file():
        raise UserError(f"{options.picture}: no such file")
    targets = measure(options.picture, load_slim(), _credits(options), options.swatch)
    targets.save(file)
    _report(targets, file)


def _credits(options: argparse.Namespace) -> dict[str, str]:
    return {
        "name": options.name,
        "title": options.title or options.name,
        "painter": options.painter,
        "year": "" if options.year is None else str(options.year),
        "source": options.source or options.picture.name,
        "licence": options.licence,
    }


def _report(targets: StyleTargets, file: Path) -> None:
    credits = targets.metadata
    work = ", ".join(filter(None, (credits["title"], credits["painter"], credits["year"])))
    swatch = "with a swatch" if targets.jpeg else "without a swatch"
    print(f"{file}  {file.stat().st_size / 1000:.0f} kB, {swatch}")
    print(f"  {work}: {credits['picture_size']}, sha256 {credits['picture_sha256'][:12]}…")
    print(f"  Gram matrices at {', '.join(map(str, targets.scales))} px under", end=" ")
    print(f"{credits['perceptual']} {credits['perceptual_sha256'][:6]}…")
    print(f"learn it: python -m kunster.run style.name={credits['name']} style.targets={file}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kunster.styles.targets",
        description="Makes a small file of style targets from any picture: its Gram matrices under "
        "the shipped perceptual network, its colours, and a swatch synthesised from both.",
    )
    parser.add_argument("picture", type=Path, help="the painting; any format and size")
    parser.add_argument("--name", required=True, help="what the style is called: scream")
    parser.add_argument("--title", help="The Scream; default: the name")
    parser.add_argument("--painter", default="unknown", help="Edvard Munch")
    parser.add_argument("--year", type=int, help="when it was painted")
    parser.add_argument("--source", help="where the picture comes from; default: the file's name")
    parser.add_argument("--licence", default="not stated", help="what may be done with it")
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"default ./<name>{SUFFIX}")
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    parser.add_argument(
        "--no-swatch", dest="swatch", action="store_false", help="skip the texture (about a minute)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
