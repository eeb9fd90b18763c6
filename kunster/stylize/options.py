"""The command line of `kunster stylize`."""

from kunster.assets.trained import DEFAULT
from kunster.console.options import QUALITY, number, one_of, whole
from kunster.console.parser import Parser

RATE = 25.0  # frames a second of a pipe


def parser() -> Parser:
    made = Parser(
        "stylize",
        "IN [OUT] [--model MODEL] [options], or IN … --out FOLDER [options]",
        "Paints pictures, videos with their sound, folders of both, a camera or a pipe in a style. "
        "Without --out there is one IN, and a second word is OUT; with --out every word is an IN.",
        [
            "photo.jpg",
            "photo.jpg painted.jpg --model scream:8",
            "film.mp4 painted.mp4 --model starry_night:8 --size 720",
            "a.jpg b.jpg clips/*.mp4 --out painted",
            "camera:0 --model runs/scream_a0.25_b0.5",
        ],
        {"--output": "--output-size"},
    )
    made.add_argument(
        "source",
        metavar="IN",
        help="a picture, a video, a folder of both, camera:0, or - for raw rgb24 frames; a pattern "
        "in quotes, 'clips/*.mp4', is every file that fits",
    )
    made.add_argument(
        "more",
        metavar="OUT",
        nargs="*",
        default=[],
        help="a file, a folder for a folder, or - for raw rgb24 frames (default: photo_scream.jpg "
        "of photo.jpg, in the current folder; none for a camera)",
    )
    made.share(
        "--out",
        metavar="FOLDER",
        help="the folder for the results of several IN, each "
        "under its own name; one that cannot be read stops no other, and the exit code is 2 then",
    )
    made.share("--model", use=f" (default: {DEFAULT})")
    made.share("--style")
    made.add_argument(
        "--style-from",
        metavar="STYLE",
        help="of a model of several styles: a video begins in this style or mixture",
    )
    made.add_argument("--style-to", metavar="STYLE", help="and ends in this one")
    made.add_argument(
        "--size",
        help="size of the network's input: its short side (480, the default for videos), width x "
        "height (480x320), or source (the default for pipes and GIFs); by default larger pictures "
        "are painted at 720 and brought back to their own size",
    )
    made.add_argument(
        "--native",
        action="store_const",
        dest="size",
        const="source",
        help="the same as --size source: every pixel is painted, a large picture in tiles, with "
        "strokes that are fine for its size",
    )
    made.add_argument(
        "--output-size",
        type=one_of("network", "source"),
        default="network",
        metavar="SIZE",
        help="size of the output: the network's, or source: enlarged to that of IN",
    )
    made.add_argument(
        "--strength", type=number(), default=1.0, metavar="S", help="0 is IN, 1 the full style"
    )
    made.add_argument(
        "--texture",
        type=number(),
        default=1.0,
        metavar="SCALE",
        help="size of the strokes, 0.5 to 2: 1 as trained, 2 twice as large, 0.5 half; the network "
        "works at --size divided by this, the output keeps its size",
    )
    made.share("--steady")
    made.add_argument("--keep-colors", action="store_true", help="only luminance is stylized")
    made.add_argument("--preview", action="store_true", help="IN on the left, the style beside it")
    made.share("--engine")
    made.add_argument(
        "--quality",
        type=whole(0, 51),
        default=QUALITY,
        metavar="Q",
        help="of a video: 0 (best, largest) to 51",
    )
    made.add_argument(
        "--interlaced",
        type=one_of("whole", "keep"),
        default="whole",
        metavar="HOW",
        help="interlaced film: whole makes its frames whole, keep leaves them combed",
    )
    made.add_argument(
        "--strip",
        action="store_true",
        help="leave out what IN tells beside pictures and sound: dates, places, camera, chapters",
    )
    made.add_argument(
        "--virtual-camera",
        action="store_true",
        help="let other programs see camera:0 as it is painted, as a camera: v4l2loopback's on "
        "Linux, OBS Studio's elsewhere",
    )
    made.add_argument("--raw", metavar="WxH", help="size of the frames that come through stdin")
    made.add_argument(
        "--fps",
        type=number(),
        default=RATE,
        metavar="RATE",
        help="rate of the frames that come through stdin",
    )
    made.share("--overwrite")
    return made
