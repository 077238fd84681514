"""What decoding one file from outside may take."""

import math
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

MAX_SIDE = 8192  # pixels of a decoded picture
MAX_BYTES = MAX_SIDE * MAX_SIDE * 3  # of what is decoded at a time
_PIXELS = "SEINE_MAX_MEGAPIXELS"


def max_pixels() -> int:
    """Pixels that a picture may have as it is stored: 64 million, or as many as the environment
    variable SEINE_MAX_MEGAPIXELS says, 1 to 1000 millions."""
    text = os.environ.get(_PIXELS, "")
    millions = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 64
    return min(max(millions, 1), 1000) * 1_000_000


def _memory() -> int:
    """A picture of all pixels in four bytes each, turned and made smaller; or a few pictures of a
    video, which are as large together."""
    return 560_000_000 + 10 * max_pixels()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a decoder may take for one file. Seconds are the processor's, of all its threads; a good
    file takes less than a tenth of them."""

    memory: int = field(default_factory=_memory)  # bytes beside the decoder's own code
    base_s: float = 5.0
    megapixel_s: float = 0.25  # more for each million pixels of each picture
    picture_s: float = 0.05  # more for each picture of a video
    frame_s: float = 0.001  # more for each frame that is asked for: a picture may be many of them
    sound_s: float = 0.1  # more for each second of sound
    hundred_megabytes_s: float = 2.0  # more for a file that is read to its end
    wall_s: float = 120.0  # until a reply: for what waits for something else than the processor

    def too_much_memory(self) -> str:
        return (
            f"takes more memory to decode than allowed ({self.memory // 1_000_000:,} MB); "
            "make it smaller first"
        )

    def too_much_time(self) -> str:
        return (
            f"takes more processor time to decode than allowed ({self.base_s:g} s, and "
            f"{self.megapixel_s:g} s for each million pixels); export it again, or make it smaller"
        )


class Budget(Protocol):
    """Processor time, granted as a decoder gets on."""

    def picture(self, width: int, height: int) -> None:
        """A picture of this size is there, or is known to come."""

    def frame(self) -> None:
        """A frame is there that was asked for."""

    def sound(self, seconds: float) -> None:
        """So much sound is there."""


class Unlimited:
    """The budget of what this program wrote itself."""

    def picture(self, width: int, height: int) -> None: ...

    def frame(self) -> None: ...

    def sound(self, seconds: float) -> None: ...


class ProcessorTime:
    """The budget of this process for a file of `size` bytes, beginning now: the system ends the
    process when it is used up."""

    def __init__(self, limits: Limits, size: int) -> None:
        self._limits = limits
        self._until = time.process_time()
        self._set = 0  # the whole second at which the system ends this process
        self._grant(limits.base_s + limits.hundred_megabytes_s * size / 1e8)

    def picture(self, width: int, height: int) -> None:
        self._grant(self._limits.picture_s + self._limits.megapixel_s * width * height / 1e6)

    def frame(self) -> None:
        self._grant(self._limits.frame_s)

    def sound(self, seconds: float) -> None:
        self._grant(self._limits.sound_s * seconds)

    def _grant(self, seconds: float) -> None:
        self._until += seconds
        end = math.ceil(self._until)
        if resource is not None and end != self._set:
            most = resource.getrlimit(resource.RLIMIT_CPU)[1]
            soft = end if most == resource.RLIM_INFINITY else min(end, most)
            resource.setrlimit(resource.RLIMIT_CPU, (soft, most))
            self._set = end


def confine(memory: int, handles: int) -> None:
    """From now on this process takes at most `memory` more bytes, has no file open whose number is
    `handles` or more, and writes to none. What a system does not know is left out."""
    if resource is None:
        return
    size = _address_space()
    wanted = [(resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)]
    wanted += [(resource.RLIMIT_NOFILE, handles)]
    if size:
        wanted += [(resource.RLIMIT_AS, size + memory)]
    for kind, value in wanted:
        try:
            resource.setrlimit(kind, (value, value))
        except (OSError, ValueError):
            if sys.platform == "linux":
                raise


def first_to_go() -> None:
    """When the whole machine is out of memory, let this process be the one that is ended."""
    try:
        Path("/proc/self/oom_score_adj").write_text("1000")
    except OSError:
        return


def _address_space() -> int:
    """Bytes that this process has mapped; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
