"""Takes: thinking up new ones, and the least story in which one can be rendered by itself."""

import random
from collections.abc import Sequence
from typing import Any

from seine_core.camera import move_from_prompt
from seine_core.engines.protocol import Capabilities
from seine_core.errors import BadInput
from seine_core.story.edits import element_of, take_fields
from seine_core.story.model import CardSource, Element, Shot, Story, Take, Transition, VideoSource

_STRENGTHS = (0.5, 1.6, 0.75, 1.3)  # times the present one: each step can be seen


def as_take(element: Element) -> Take:
    """How the shot or edge is made at present."""
    return Take(**{name: getattr(element, name) for name in take_fields(element)})


def variations(
    element: Element,
    engine: Capabilities,
    count: int,
    rng: random.Random,
    *,
    keep_seed: bool = False,
) -> list[Take]:
    """`count` other ways to make the shot or edge: with another seed each. Where the seed is kept,
    or shows little in this engine, they also differ in what the user left open: the camera's
    move, else the style, else its strength.

    Raises:
        BadInput: all of them would look the same.
    """
    if isinstance(element, Shot) and isinstance(element.source, CardSource):
        raise BadInput(
            "a title card has none", subject="variations", advice="change its words or its colour"
        )
    if not engine.uses_seed:
        raise BadInput(
            f"{engine.title} makes the same clip with every seed",
            subject="variations",
            advice="choose another engine first",
        )
    open_fields: Sequence[dict[str, Any]] = [{}]
    if keep_seed or not engine.seed_shows:
        open_fields = _open(element, engine, rng)
    present = as_take(element)
    return [
        present.model_copy(
            update={
                "seed": element.seed if keep_seed else rng.randrange(2**32),
                **open_fields[n % len(open_fields)],
            }
        )
        for n in range(count)
    ]


def _open(element: Element, engine: Capabilities, rng: random.Random) -> Sequence[dict[str, Any]]:
    moves = [move for move in engine.cameras if move not in ("auto", "still")]
    if not moves or (isinstance(element, Shot) and isinstance(element.source, VideoSource)):
        raise BadInput(
            f"they would all look the same, {engine.title} has one way to make this",
            subject="variations",
            advice="unlock the seed or choose another engine",
        )
    if element.camera == "auto" and move_from_prompt(element.prompt) is None:
        return [{"camera": move} for move in rng.sample(moves, len(moves))]
    styles = engine.styles[1:] if isinstance(element, Transition) else ()
    if styles and getattr(element, "style", "") == "auto":
        return [{"style": style} for style in rng.sample(styles, len(styles))]
    return [{"strength": round(min(4.0, (element.strength or 1.0) * by), 2)} for by in _STRENGTHS]


def alone(story: Story, owner: str, take: Take) -> Story:
    """The least story in which the shot or edge is made as `take` says, with the very clips that
    the whole one would have: its own shots, and the fades where they are its."""
    settings = story.settings.model_copy(update={"quality": "draft"})
    left, is_edge, right = owner.partition(">")
    element = element_of(story, owner)
    if is_edge:
        shots = tuple(story.shot(i).model_copy(update={"takes": ()}) for i in (left, right))
        fades = (0.0, 0.0)
    else:
        shots = ()
        ends = (story.shots[0].id == left, story.shots[-1].id == left)
        fades = (settings.fade_in_s * ends[0], settings.fade_out_s * ends[1])
    made = element.model_copy(
        update={"takes": (), **{name: getattr(take, name) for name in take_fields(element)}}
    )
    return Story(
        shots=(made,) if isinstance(made, Shot) else shots,
        transitions=(made,) if isinstance(made, Transition) else (),
        settings=settings.model_copy(update={"fade_in_s": fades[0], "fade_out_s": fades[1]}),
    )
