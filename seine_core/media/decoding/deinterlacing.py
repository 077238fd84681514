"""Interlaced pictures as whole ones."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import av
    from av.filter.graph import Graph

_LEAST_SIDE = 16  # the filter takes none that are smaller, colour planes of half the size included
_THREADS = 4
NEIGHBOURS = 2  # pictures before one that have a say in it


def deinterlaced(pictures: "Iterable[av.VideoFrame]") -> "Iterator[av.VideoFrame]":
    """`pictures`, with each of two fields made into a whole one of the first field's moment.

    By FFmpeg's `bwdif`: along edges as in `yadif`, through time as in the deinterlacer of Weston
    (BBC R&D). As many pictures come out as went in, at their times; from the first interlaced one
    on, each after the next has gone in.
    """
    graph: Graph | None = None
    latest: tuple[object, ...] = ()
    for picture in pictures:
        fits = min(picture.width, picture.height) >= _LEAST_SIDE
        kind = (picture.width, picture.height, picture.format.name)
        if graph is not None and kind != latest:
            yield from _pushed(graph, None)
            graph = None
        if graph is None and picture.interlaced_frame and fits:
            graph, latest = _bwdif(picture), kind
        if graph is None:
            yield picture
        else:
            yield from _pushed(graph, picture)
    if graph is not None:
        yield from _pushed(graph, None)


def _bwdif(picture: "av.VideoFrame") -> "Graph":
    from av.filter import Graph

    graph = Graph()
    graph.threads = _THREADS
    source = graph.add_buffer(
        width=picture.width,
        height=picture.height,
        format=picture.format,
        time_base=picture.time_base,
    )
    # One picture for each, and those that say that they are whole are left as they are.
    graph.link_nodes(
        source, graph.add("bwdif", mode="send_frame", deint="interlaced"), graph.add("buffersink")
    ).configure()
    return graph


def _pushed(graph: "Graph", picture: "av.VideoFrame | None") -> "Iterator[av.VideoFrame]":
    """What comes out of the filter, which counts in half ticks, with `picture` given to it."""
    import av

    graph.vpush(picture)
    while True:
        try:
            made = graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return
        if made.pts is not None:
            made.pts //= 2
        made.duration //= 2
        yield made
