"""What the server sends is what `types.d.ts` says, to which the page's scripts are held."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from app.page import handlers
from app.page.catalogue import catalogue
from app.page.stories_panel import StoryCards
from app.work.model_downloads import models_view
from app.work.studio import Studio
from app_stories import TAB, Gated, add_gated_engine, open_studio, session_of
from message_types import holds, misfits
from waiting import wait_for

NUMBERS = itertools.count(1)  # of batches


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Studio, str]:
    add_gated_engine(monkeypatch)
    return open_studio(tmp_path, engine="gated")


def send(studio: Studio, token: str, *ops: dict[str, Any]) -> handlers.Answer:
    """The page's answer to these commands; none may be refused."""
    told: list[str] = []
    now = handlers.enter(token, studio, told.append).story
    batch = {
        "seq": next(NUMBERS),
        "tab": TAB,
        "story": now["story"],
        "rev": now["rev"],
        "ops": list(ops),
    }
    answer = handlers.command(token, batch, studio, told.append)
    assert not told
    return answer


def test_a_misfit_is_found() -> None:
    film = {"url": "u", "name": "n", "download": "d", "kind": "mp4", "bytes": 1, "made": 1.5}
    film |= {"outdated": None}
    holds(film, "Film")
    assert list(misfits(film | {"bytes": "1", "new": 1}, "Film | null", "film")) == [
        "film.new: not in the types",
        "film.bytes: '1' is no number",
    ]
    del film["url"]
    assert list(misfits(film, "Film", "film")) == ["film.url: never sent"]
    assert list(misfits("x", "'a' | 'b'", "x"))
    assert list(misfits([1], "[a: number, b: string]", "x"))
    assert list(misfits(True, "number", "x"))


def test_a_story_and_how_far_it_is(opened: tuple[Studio, str]) -> None:
    studio, token = opened
    answer = send(studio, token, {"op": "add_card", "before": None})
    holds(answer.story, "Story")
    holds(answer.progress, "Progress")
    card = answer.story["shots"][-1]["id"]
    answer = send(
        studio,
        token,
        {"op": "set_shot", "id": card, "fields": {"captions": [{"text": "T", "place": "centre"}]}},
        {"op": "set_edge", "left": "shot-2", "right": "shot-3", "fields": {"engine": "layers"}},
        {"op": "preview", "owner": "shot-1>shot-2"},
        {"op": "vary", "owner": "shot-2>shot-3", "count": 2, "keep_seed": False},
    )
    session = session_of(studio, token)
    wait_for(lambda: "live" in handlers.poll(token, studio).plain()["job"])
    running = handlers.poll(token, studio).plain()  # still, since the gate is shut
    holds(running, "Progress")
    assert running["job"]["state"] == "running" and len(running["jobs"]) == 2
    Gated.gate.set()
    wait_for(lambda: not any(job.busy for job in studio.queue.of(session.name)))
    answer = send(studio, token, {"op": "render", "format": "mp4"})
    wait_for(lambda: not any(job.busy for job in studio.queue.of(session.name)))
    done = handlers.poll(token, studio).plain()
    holds(done, "Progress")
    assert done["video"] and done["takes"]["shot-2>shot-3"][0]["score"] and done["clips"]


def test_what_depends_on_no_story(opened: tuple[Studio, str]) -> None:
    studio, token = opened
    holds(catalogue(studio).plain(), "Catalogue")
    holds(StoryCards(studio).view(token).plain(), "StoriesList")
    holds(models_view(studio.downloads, studio.speeds).plain(), "ModelsList")
