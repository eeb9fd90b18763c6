"""Damage as transfers, disks and careless programs do it to files."""

import random
import struct

FIELD = 8  # bytes, at most, of a number in a header
BLOCK = 512


def damaged(data: bytes, draw: random.Random) -> bytes:
    """The file with one to three kinds of damage."""
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        data = draw.choice(KINDS)(data, draw)
    return data


def cut(data: bytes, draw: random.Random) -> bytes:
    return data[: draw.randrange(len(data) + 1)]


def flipped(data: bytes, draw: random.Random) -> bytes:
    """A few bits, anywhere."""
    found = bytearray(data)
    for _ in range(draw.choice((1, 3, 30)) if found else 0):
        found[draw.randrange(len(found))] ^= 1 << draw.randrange(8)
    return bytes(found)


def header(data: bytes, draw: random.Random) -> bytes:
    """A number near the beginning, or near the end where some have an index, becomes an odd one."""
    found = bytearray(data)
    odd = draw.choice((0, 1, 0x7F, 0xFF, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 40, draw.getrandbits(32)))
    order, width = draw.choice("<>"), draw.choice("BHIQ")
    size = struct.calcsize(width)
    near = min(len(found), BLOCK)
    place = draw.randrange(near + 1)
    place = draw.choice((place, max(0, len(found) - near + place - size)))
    found[place : place + size] = struct.pack(order + width, odd % (1 << 8 * size))
    return bytes(found)


def zeroed(data: bytes, draw: random.Random) -> bytes:
    """A block that was never written."""
    begin = draw.randrange(len(data) + 1)
    length = min(draw.randrange(1, BLOCK), len(data) - begin)
    return data[:begin] + bytes(length) + data[begin + length :]


def without(data: bytes, draw: random.Random) -> bytes:
    """A block that was lost."""
    begin = draw.randrange(len(data) + 1)
    return data[:begin] + data[begin + draw.randrange(1, BLOCK) :]


def twice(data: bytes, draw: random.Random) -> bytes:
    """A block that came again."""
    begin = draw.randrange(len(data) + 1)
    end = begin + draw.randrange(1, BLOCK)
    return data[:end] + data[begin:]


def noise(data: bytes, draw: random.Random) -> bytes:
    """The rest is something else."""
    begin = draw.randrange(len(data) + 1)
    return data[:begin] + draw.randbytes(len(data) - begin)


KINDS = (cut, flipped, header, header, zeroed, without, twice, noise)
