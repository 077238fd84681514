"""Engines over models with other fields, for one test."""

from dataclasses import replace
from typing import Any, cast

import pytest

from seine_core import engines
from seine_core.engines.native_clip import Native
from seine_core.engines.seine.engine import Seine
from seine_core.engines.stills.image_model import ImageModel
from seine_core.engines.video.video_model import VideoModel

_AREA = 32 * 32
_STEPS = 2


def use_few_pixels_and_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """What tiny models can do, and quickly."""
    for name in ("wan", "ltx", "ltx-13b"):
        video = cast(VideoModel, engines.get_engine(name))
        uses = {
            task: replace(use, native=_small(use.native), steps=_STEPS)
            for task, use in video.uses.items()
        }
        change_row(monkeypatch, name, uses=uses)
    for name in ("seine", "seine-mini"):
        seine = cast(Seine, engines.get_engine(name))
        native = {task: _small(each) for task, each in seine.recipe().native.items()}
        change_recipe(monkeypatch, seine, native=native, steps=_STEPS)
    for name, work in (("vqgan", {}), ("sd", {"opening": _STEPS, "steps": _STEPS})):
        images = cast(ImageModel, engines.get_engine(name))
        change_row(monkeypatch, name, native=_small(images.native), **work)


def change_row(monkeypatch: pytest.MonkeyPatch, name: str, **changes: Any) -> None:
    """The engine `name`, which is a row of data, has other fields."""
    usual = engines._engine
    row: Any = replace(cast(Any, usual(name)), **changes)
    monkeypatch.setattr(engines, "_engine", lambda asked: row if asked == name else usual(asked))


def change_recipe(monkeypatch: pytest.MonkeyPatch, engine: Seine, **changes: Any) -> None:
    """The engine's recipe has other fields."""
    usual = engine.recipe
    monkeypatch.setattr(engine, "recipe", lambda: replace(usual(), **changes))


def _small(native: Native) -> Native:
    return replace(native, area=_AREA)
