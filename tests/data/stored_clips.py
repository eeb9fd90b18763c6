"""Clips of a video as files hold them."""

from itertools import chain

import torch
from PIL import Image

from kunster.data.clip_modules import VideoClips


def clips_of(path, **settings):
    return VideoClips(path, **settings).load()


def save(frames, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for number, frame in enumerate(frames):
        Image.fromarray(frame).save(folder / f"{number:04d}.png")
    return folder


def stored(clips):
    """All pairs as they are stored."""
    return [clips.pairs[index] for index in range(len(clips.pairs))]


def assert_equal(pairs, others):
    assert len(pairs) == len(others)
    for part, other in zip(chain(*pairs), chain(*others), strict=True):
        assert torch.equal(part, other)
