"""Options of `kunster stylize`, apart from input and output."""

import sys
from dataclasses import dataclass

from kunster.networks.mixing import Change
from kunster.networks.stored import StoredNetwork
from kunster.video.live_styles import LiveStyles
from kunster.video.looks import Look
from kunster.video.sizes import NetworkSize, Texture
from kunster.video.steady import Steady


@dataclass(frozen=True)
class Request:
    """Options of the command, for any kind of input.

    Attributes:
        style: name of the network, in words.
        change: of the style on the way from the first frame to the last, instead of `network`.
        styles: that a camera's window changes to, instead of `network`.
        engine: a name of `kunster.video.engines`, or `auto`.
        size: of the network's input; None takes the default of the kind of input.
        texture: size of the strokes, by scaling the network's input.
        holding: holds the strokes of a video still.
        full_size: enlarge the output to the size of the input.
        quality: of H.264, 0 (largest file) to 51.
        overwrite: replace existing files.
        interlaced: leave interlaced film as it is.
        strip: leave out what a file tells beside pictures and sound.
        virtual_camera: show a camera's frames to other programs as well.
        quiet: say nothing but the progress on a terminal.
    """

    network: StoredNetwork
    style: str
    look: Look
    engine: str
    size: NetworkSize | None
    texture: Texture
    holding: Steady
    full_size: bool
    quality: int
    overwrite: bool
    change: Change | None = None
    styles: LiveStyles | None = None
    interlaced: bool = False
    strip: bool = False
    virtual_camera: bool = False
    quiet: bool = False

    def say(self, text: str) -> None:
        """Prints to stderr: stdout may be a pipe of frames."""
        if not self.quiet:
            print(text, file=sys.stderr)
