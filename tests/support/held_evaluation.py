"""`seine_core evaluate` whose cross-fades with a seed from $UNTIL on are never finished, and whose
figures are taken at a small size. Each of its processes begins with this file."""

import os
import time

from seine_core.clips import Clip
from seine_core.engines.crossfade import Crossfade
from seine_core.engines.protocol import Request
from seine_core.evaluate import measures

FLOW_SIDE = 64
_cross = Crossfade.tasks["transition"]


def _held(request: Request) -> Clip:
    while request.spec.seed >= int(os.environ["UNTIL"]):
        time.sleep(60)
    return _cross(request)


if __name__ in ("__main__", "__mp_main__"):
    Crossfade.tasks = Crossfade.tasks | {"transition": _held}
    measures.FLOW_SIDE = FLOW_SIDE

if __name__ == "__main__":
    from seine_core.cli import app

    app()
