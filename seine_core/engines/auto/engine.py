"""The engine "auto": transitions by the engine and the style that suit the two stills."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar

from seine_core.clips import Clip
from seine_core.engines import get_engine, make
from seine_core.engines.auto.choice import STYLE_WORDS, STYLES, choose
from seine_core.engines.protocol import Capabilities, Reading, Request, Task

_CHOICE = 1  # raised whenever other engines or styles are chosen for the same stills
_ANIMATES = "layers"


def _transition(request: Request) -> Clip:
    maker = STYLES[Auto.choice(request)]
    engine, spec = get_engine(maker.engine), request.spec
    camera = spec.camera if spec.camera in engine.capabilities.cameras else "auto"
    return make(engine, replace(request, spec=replace(spec, style=maker.style, camera=camera)))


def _animate_or_extend(request: Request) -> Clip:
    return make(get_engine(_ANIMATES), request)


class Auto:
    """What a user gets who chooses nothing, on any machine."""

    tasks: ClassVar[Mapping[Task, Callable[[Request], Clip]]] = {
        "transition": _transition,
        "animate": _animate_or_extend,
        "extend": _animate_or_extend,
    }

    @staticmethod
    def choice(request: Request) -> str:
        """The style that a transition is made in."""
        start, end = request.given
        return choose(start, end, request.prompt, request.spec)

    @property
    def capabilities(self) -> Capabilities:
        names = sorted({_ANIMATES, *(maker.engine for maker in STYLES.values())})
        makers = [get_engine(name).capabilities for name in names]
        versions = repr([_CHOICE, *(engine.version for engine in makers)])
        return Capabilities(
            name="auto",
            title="Automatic",
            description="Looks at both pictures: one scene is morphed, else the camera goes from "
            "the one to the other in a way that suits them. Fast on any computer, needs no model.",
            version=int.from_bytes(hashlib.blake2b(versions.encode(), digest_size=6).digest()),
            tasks=frozenset(self.tasks),
            styles=("auto", *STYLES),
            reads=Reading(styles=STYLE_WORDS),
            context_frames=max(engine.context_frames for engine in makers),
            piece_frames=min(engine.piece_frames or 96 for engine in makers),
            seed_shows=False,
            joins_unlike=True,
            framing=True,
            looks_with=tuple(sorted({part for engine in makers for part in engine.looks_with})),
        )
