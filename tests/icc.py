"""Small ICC profiles with a closed form (ICC.1:2001-04: a matrix and a curve)."""

import struct

# of sRGB, adapted to D50, in XYZ
RED, GREEN, BLUE = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
D50 = (0.9642, 1.0, 0.8249)


def rgb(red=RED, green=GREEN, blue=BLUE, gamma=2.2):
    """A profile of RGB whose primaries have these XYZ."""
    primaries = {b"rXYZ": _xyz(red), b"gXYZ": _xyz(green), b"bXYZ": _xyz(blue)}
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _curve(gamma))
    return _profile(b"RGB ", {**primaries, **curves})


def srgb(stored, gamma=2.2):
    """One channel of 255 under a curve, in sRGB: IEC 61966-2-1."""
    linear = (stored / 255) ** gamma
    return 255 * (12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055)


def grey(gamma):
    return _profile(b"GRAY", {b"kTRC": _curve(gamma)})


def _xyz(values):
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(65536 * value) for value in values))


def _curve(gamma):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(256 * gamma)) + b"\0\0"


def _profile(space, tags):
    text = b"test\0"
    name = b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(81)
    tags = {b"desc": name, b"wtpt": _xyz(D50), **tags}
    at, table, content = 128 + 4 + 12 * len(tags), b"", b""
    for key, value in tags.items():
        value += bytes(-len(value) % 4)
        table += key + struct.pack(">II", at + len(content), len(value))
        content += value
    body = struct.pack(">I", len(tags)) + table + content
    head = struct.pack(
        ">I4x4s4s4s4s12x4s", 128 + len(body), b"\2\x10\0\0", b"mntr", space, b"XYZ ", b"acsp"
    )
    return head.ljust(68, b"\0") + _xyz(D50)[8:] + bytes(48) + body
