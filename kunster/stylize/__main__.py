"""`kunster stylize IN [OUT] [--model …]`: stylizes pictures, videos, a camera or a pipe."""

import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from kunster.console.command import verb
from kunster.errors import UserError
from kunster.stylize.options import parser


def _main(options: Namespace) -> None:
    # what paints takes a second to import: not for --help
    from kunster.assets.trained import BASE, DEFAULT
    from kunster.stylize.dispatch import stylize
    from kunster.stylize.request import Request
    from kunster.video.live_styles import styles_around
    from kunster.video.looks import Look
    from kunster.video.models import open_change, open_chosen
    from kunster.video.sizes import NetworkSize, Texture
    from kunster.video.steady import Steady

    look = Look(options.strength, options.keep_colors, options.preview)
    size = None if options.size is None else NetworkSize.parse(options.size)
    texture = Texture(options.texture)
    of_many = options.style or options.style_from or options.style_to
    model, change = options.model or (BASE if of_many else DEFAULT), None
    if options.style_from or options.style_to:
        if options.style:
            raise UserError("--style: not beside --style-from and --style-to")
        change, description = open_change(model, options.style_from, options.style_to)
        network = change.at(0)
    else:
        network, description = open_chosen(model, options.style)
    said = description.style
    if not (options.model or of_many):
        said += ", the default style"
    request = Request(
        network=network,
        change=change,
        styles=styles_around(network, model, options.style or options.style_from)
        if options.source.startswith("camera:")
        else None,
        style=f"{said} ({description.parameters:,} parameters)",
        look=look,
        engine=options.engine,
        size=size,
        texture=texture,
        holding=Steady(options.steady),
        full_size=options.output_size == "source",
        quality=options.quality,
        overwrite=options.overwrite,
        interlaced=options.interlaced == "keep",
        strip=options.strip,
        virtual_camera=options.virtual_camera,
    )
    with _ended_like_ctrl_c(signal.SIGTERM):
        stylize(options, request, description.style)


@contextmanager
def _ended_like_ctrl_c(number: signal.Signals) -> Iterator[None]:
    """Lets a signal end the block as Ctrl-C does, which leaves no unfinished file."""

    def end(*unused: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(number, end)
    try:
        yield
    finally:
        signal.signal(number, before)


main = verb(parser, _main, interrupted="interrupted; no unfinished file is left")

if __name__ == "__main__":
    sys.exit(main())
