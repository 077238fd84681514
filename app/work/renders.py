"""Renders: clips and films that are made in the background, and how far each is."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from app.served.media_files import LivePicture
from app.work.background import Background, Work
from app.work.pace import Pace
from seine_core.errors import RenderCancelled, SeineError
from seine_core.story.make.checking import NotReady
from seine_core.story.make.render import ClipsFailed, Progress

_LIVE_EVERY_S = 0.4  # how often a frame in the making is encoded for the page
# Hard bounds: below them whatever does not fit waits its turn.
EACH = 24  # jobs of one person, in all their stories and calls
ALL = 400
_NICE = 10  # a render leaves the processor to whoever edits meanwhile


@dataclass(kw_only=True, eq=False)
class RenderJob(Work):
    """One thing to render; `report` also cancels it. `owner` is the shot or edge that is previewed
    or varied. `command` is what asked for it, and what a retry sends again."""

    stopped: ClassVar[str] = "Cancelled; the clips that were finished are kept."

    kind: Literal["preview", "takes", "story"]
    owners: dict[str, tuple[str, ...]]  # each shot's and edge's clips, by key
    out: Path | None = None
    owner: str = ""
    command: dict[str, Any] | None = None
    pace: Pace | None = None
    progress: Progress | None = None
    failed: Mapping[str, SeineError] = field(default_factory=dict)  # said at once, not at the end
    live: LivePicture = field(default_factory=LivePicture)
    _shown: float = 0.0

    def __post_init__(self) -> None:
        self.same = self.kind, self.owners, self.command

    def run(self) -> str | None:
        try:
            return super().run()
        except (ClipsFailed, NotReady) as error:
            self.failed = error.failed
            raise
        finally:
            self.live.clear()

    def report(self, progress: Progress) -> None:
        """Take in how far it is.

        Raises:
            RenderCancelled: it is to stop.
        """
        if self.cancel.is_set():
            raise RenderCancelled()
        self.progress, self.failed = progress, progress.failed
        now = time.monotonic()
        if self.pace is not None:
            self.pace.saw(progress, now)
        if progress.preview is not None and now - self._shown >= _LIVE_EVERY_S:
            self._shown = now
            self.live.show(progress.preview)


class RenderQueue(Background[RenderJob]):
    """The renders of all stories. Only one at a time: it takes the whole machine."""

    def __init__(self, changed: Callable[[str], object] = lambda story: None) -> None:
        super().__init__("render", each=EACH, most=ALL, nice=_NICE, changed=changed)
