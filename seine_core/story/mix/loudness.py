"""How loud a mix is, and what brings it to a target: EBU R 128, measured by FFmpeg's `ebur128`."""

import contextlib
import math
from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from seine_core.media.sound import SAMPLE_RATE, Sound
from seine_core.story.sound import Loudness

TARGETS_LUFS: dict[Loudness, float] = {"web": -14.0, "broadcast": -23.0}
_MOST_DB = 20.0  # nobody wants the noise of a silent film made louder than that


def integrated_lufs(sound: Iterable[Sound]) -> float:
    """The loudness of a sound as a whole, LUFS; minus infinity where there is none to speak of."""
    import av
    from av.filter import Graph

    graph = Graph()
    source = graph.add_abuffer(
        sample_rate=SAMPLE_RATE, format="flt", layout="stereo", time_base=Fraction(1, SAMPLE_RATE)
    )
    meter = graph.add("ebur128", "metadata=1")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    found, at = -math.inf, 0
    for block in sound:
        data = np.ascontiguousarray(block, np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(data, format="flt", layout="stereo")
        frame.sample_rate, frame.pts = SAMPLE_RATE, at
        frame.time_base = Fraction(1, SAMPLE_RATE)
        at += len(block)
        graph.push(frame)
        with contextlib.suppress(av.error.BlockingIOError, av.error.EOFError):
            while True:  # the meter tells it with every tenth of a second that it passes on
                found = float(graph.pull().metadata["lavfi.r128.I"])
    return found


def gain_to(target: Loudness, lufs: float) -> float:
    """The factor that brings a sound of `lufs` to the target; 1 where there is none, or nothing to
    be made louder."""
    if target not in TARGETS_LUFS or lufs < -70:
        return 1.0
    return 10.0 ** (min(TARGETS_LUFS[target] - lufs, _MOST_DB) / 20)
