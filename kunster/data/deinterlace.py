"""Whole pictures of interlaced film, whose even and odd rows were filmed by turns."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import av
from av.filter import Graph

logger = logging.getLogger(__name__)


def deinterlaced(frames: Iterable[av.VideoFrame], path: Path) -> Iterator[av.VideoFrame]:
    """The frames, from the first interlaced one on through FFmpeg's bwdif; it is said once.

    Frames that are not marked as interlaced stay as they are.
    """
    graph, kind = None, None
    for frame in frames:
        found = frame.width, frame.height, frame.format.name
        if graph is None and not frame.interlaced_frame:
            yield frame
            continue
        if kind is None:
            logger.warning("%s: interlaced; frames are made whole (bwdif)", path)
        if graph is None or found != kind:
            yield from _filtered(graph, None)
            graph, kind = _bwdif(frame), found
        yield from _filtered(graph, frame)
    yield from _filtered(graph, None)


def _bwdif(frame: av.VideoFrame) -> Graph:
    graph = Graph()
    nodes = (
        graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format,
            time_base=frame.time_base,
        ),
        graph.add("bwdif", "mode=send_frame:deint=interlaced"),
        graph.add("buffersink"),
    )
    graph.link_nodes(*nodes).configure()
    return graph


def _filtered(graph: Graph | None, frame: av.VideoFrame | None) -> Iterator[av.VideoFrame]:
    """The frames that a filter has ready after a frame, or after the last one."""
    if graph is None:
        return
    graph.push(frame)
    while True:
        try:
            ready = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        assert isinstance(ready, av.VideoFrame)
        # bwdif counts in half ticks, as it can make a frame of each field
        ready.pts = None if ready.pts is None else ready.pts // 2
        ready.duration //= 2
        ready.time_base = ready.time_base and 2 * ready.time_base
        yield ready
