"""How video is encoded: H.264, and codecs with transparency where a format has some."""

from typing import Literal, NamedTuple

Speed = Literal["thorough", "fast"]
QUALITIES = range(52)  # x264's constant rate factor; 18 looks like the original
FORMATS = {
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mov",
    ".mkv": "matroska",
    ".webm": "webm",
}  # FFmpeg's, by suffix
WITH_ALPHA = (".mov", ".mkv", ".webm")
X264: dict[Speed, dict[str, str]] = {
    "thorough": {"preset": "medium"},
    # superfast's speed with, thanks to a short look ahead, about the size of veryfast
    "fast": {"preset": "superfast", "x264-params": "mbtree=1:rc-lookahead=10"},
}
VP9: dict[Speed, dict[str, str]] = {
    "thorough": {"deadline": "good", "cpu-used": "2"},
    "fast": {"deadline": "realtime", "cpu-used": "6"},
}
VP9_WORST = 63  # of its constant rate factor


class Codec(NamedTuple):
    """An encoder of FFmpeg, its format of pixels and its options."""

    name: str
    pix_fmt: str
    options: dict[str, str]


def codec_for(suffix: str, alpha: bool, quality: int, speed: Speed) -> Codec:
    """The codec for a suffix of `FORMATS`: VP9 in WebM and for transparency in Matroska, ProRes
    for transparency in QuickTime, else H.264.

    Args:
        quality: of `QUALITIES`; ProRes has one only.
    """
    if suffix == ".mov" and alpha:
        return Codec("prores_ks", "yuva444p10le", {"profile": "4444"})
    if suffix == ".webm" or (suffix == ".mkv" and alpha):
        factor = round(quality * VP9_WORST / QUALITIES[-1])
        options = {"crf": str(factor), "b": "0", "row-mt": "1", **VP9[speed]}
        return Codec("libvpx-vp9", "yuva420p" if alpha else "yuv420p", options)
    return Codec("libx264", "yuv420p", {"crf": str(quality), **X264[speed]})
