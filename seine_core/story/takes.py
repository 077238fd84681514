"""Takes: thinking up new ones, and the least story in which one can be rendered by itself."""

import random
from collections.abc import Sequence
from typing import Any

from seine_core.camera import move_from_prompt
from seine_core.engines.protocol import Capabilities
from seine_core.errors import BadInput
from seine_core.story.edits import take_fields, wish_of
from seine_core.story.model import CardSource, Shot, Story, Take, Transition, VideoSource

_STRENGTHS = (0.5, 1.6, 0.75, 1.3)  # times the present one: each step can be seen


def as_take(wish: Shot | Transition) -> Take:
    """How the shot or edge is made at present."""
    return Take(**{name: getattr(wish, name) for name in take_fields(wish)})


def variations(
    wish: Shot | Transition,
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
    if isinstance(wish, Shot) and isinstance(wish.source, CardSource):
        raise BadInput("variations: a title card has none; change its words or its colour")
    if not engine.uses_seed:
        raise BadInput(
            f"variations: {engine.title} makes the same clip with every seed; "
            "choose another engine first"
        )
    open_fields: Sequence[dict[str, Any]] = [{}]
    if keep_seed or not engine.seed_shows:
        open_fields = _open(wish, engine, rng)
    present = as_take(wish)
    return [
        present.model_copy(
            update={
                "seed": wish.seed if keep_seed else rng.randrange(2**32),
                **open_fields[n % len(open_fields)],
            }
        )
        for n in range(count)
    ]


def _open(
    wish: Shot | Transition, engine: Capabilities, rng: random.Random
) -> Sequence[dict[str, Any]]:
    moves = [move for move in engine.cameras if move not in ("auto", "still")]
    if not moves or (isinstance(wish, Shot) and isinstance(wish.source, VideoSource)):
        raise BadInput(
            f"variations: they would all look the same, {engine.title} has one way to make this; "
            "unlock the seed or choose another engine"
        )
    if wish.camera == "auto" and move_from_prompt(wish.prompt) is None:
        return [{"camera": move} for move in rng.sample(moves, len(moves))]
    styles = engine.styles[1:] if isinstance(wish, Transition) else ()
    if styles and getattr(wish, "style", "") == "auto":
        return [{"style": style} for style in rng.sample(styles, len(styles))]
    return [{"strength": round(min(4.0, (wish.strength or 1.0) * by), 2)} for by in _STRENGTHS]


def alone(story: Story, owner: str, take: Take) -> Story:
    """The least story in which the shot or edge is made as `take` says, with the very clips that
    the whole one would have: its own shots, and the fades where they are its."""
    settings = story.settings.model_copy(update={"quality": "draft"})
    left, is_edge, right = owner.partition(">")
    wish = wish_of(story, owner)
    if is_edge:
        shots = tuple(story.shot(i).model_copy(update={"takes": ()}) for i in (left, right))
        fades = (0.0, 0.0)
    else:
        shots = ()
        ends = (story.shots[0].id == left, story.shots[-1].id == left)
        fades = (settings.fade_in_s * ends[0], settings.fade_out_s * ends[1])
    made = wish.model_copy(
        update={"takes": (), **{name: getattr(take, name) for name in take_fields(wish)}}
    )
    return Story(
        shots=(made,) if isinstance(made, Shot) else shots,
        transitions=(made,) if isinstance(made, Transition) else (),
        settings=settings.model_copy(update={"fade_in_s": fades[0], "fade_out_s": fades[1]}),
    )
