"""Scores of a story: found out in the background, kept, told once, and right about what is bad."""

import re
import shutil
import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.served.senders import Senders
from app.stories.sessions import Session
from app.stories.workspace import Workspace
from app.work import score_parts
from app.work import scores as scores_module
from app.work.beside import Beside
from app.work.renders import RenderJob
from app.work.score_words import overall, part_view, seam_words
from app.work.studio import Studio
from engine_calls import transition
from flawed_engine import add_flawed_engine, write_flawed_story
from message_types import holds
from mixed_scenes import cut, dissolve, scene, torn, whip, wipe
from seine_core.engines import get_engine
from seine_core.engines.protocol import ClipSpec
from seine_core.evaluate.clip_similarity import clip_is_here
from seine_core.evaluate.story_quality import judge_transition
from seine_core.story import edits
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.render import render
from waiting import wait_for

GOOD, BAD, EXTENDED = "shot-1>shot-2", "shot-2>shot-3", "shot-3"


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a story that is rendered, and of the workspace that it was opened in."""
    folder = tmp_path_factory.mktemp("rendered")
    with pytest.MonkeyPatch.context() as patch:
        add_flawed_engine(patch)
        write_flawed_story(folder / "story")
        studio, session = open_again(folder)
        render(studio.plan(session), studio.cache)
    return folder


@pytest.fixture(scope="module")
def looked_at(rendered: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same once its scores are kept."""
    folder = tmp_path_factory.mktemp("looked-at")
    with pytest.MonkeyPatch.context() as patch:
        add_flawed_engine(patch)
        shutil.copytree(rendered, folder, dirs_exist_ok=True)
        scored(*open_again(folder))
    return folder


@pytest.fixture
def opened(
    rendered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Studio, Session]:
    """A story that is rendered, and not scored."""
    return open_copy(rendered, tmp_path, monkeypatch)


@pytest.fixture
def known(
    looked_at: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Studio, Session]:
    """A story whose scores were found before."""
    return open_copy(looked_at, tmp_path, monkeypatch)


def open_copy(source: Path, to: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Studio, Session]:
    add_flawed_engine(monkeypatch)
    shutil.copytree(source, to, dirs_exist_ok=True)
    return open_again(to)


def open_again(folder: Path) -> tuple[Studio, Session]:
    studio = Studio(Workspace(folder / "workspace", opened=folder / "story"))
    _, session, _ = studio.workspace.enter(None)
    return studio, session


def scored(studio: Studio, session: Session) -> dict[str, Any]:
    """The scores once all are there."""
    wait_for(lambda: studio.scores.view(session).waiting == 0, 60)
    return studio.scores.view(session).plain()


def test_bad_joins_and_drifts_are_flagged_and_good_ones_not(
    opened: tuple[Studio, Session],
) -> None:
    view = scored(*opened)
    holds(view, "ScoresAnswer")
    assert view["owners"].keys() == {GOOD, BAD, EXTENDED}
    good, bad, extended = (view["owners"][owner] for owner in (GOOD, BAD, EXTENDED))
    assert good["tone"] != "bad" and not good["flags"] and good["says"].startswith("Smooth")
    (flag,) = bad["flags"]
    assert flag == {"kind": "seam", "says": "The brightness jumps where it begins", "at_s": 0}
    assert view["overall"] == "1 of 2 transitions smooth; 1 seam jumps; 1 shot drifts in colour"
    assert [flag["kind"] for flag in extended["flags"]] == ["drift"]
    drift = extended["drift"]
    assert len(drift["curve"]) == 24 and max(drift["curve"][:8]) < drift["limit"]
    assert 8 < drift["cut"] < 20 and drift["curve"][drift["cut"]] > drift["limit"]
    assert f"end it at {drift['cut'] / 8:.1f} s" in extended["says"]
    for row in (*good["rows"], *bad["rows"]):
        assert 0 <= row["bar"] <= 1 and row["text"][0].isupper()
    detail = next(row for row in good["rows"] if row["name"] == "detail")
    assert detail["text"].startswith("Keeps ") and detail["text"].endswith("% of the detail")
    assert detail["tone"] == "plain", "a fact and no verdict"


START, END = scene("02"), scene("04")
FAULTS = {
    "torn": (torn, r"Shreds of both pictures at 0\.\d s: try another style"),
    "cut": (cut, r"A hard cut at 0\.\d s: try another style or a longer transition"),
}


@pytest.mark.parametrize("name", [*FAULTS, "dissolve", "wipe", "whip", "morph"])
def test_a_torn_clip_and_a_cut_are_flagged_and_no_honest_transition(name: str) -> None:
    if name == "morph":
        moved = np.ascontiguousarray(START[8:-8, 20:])  # the scene from a little nearer
        start, end = START, cv2.resize(moved, START.shape[1::-1])
        clip = transition(
            get_engine("morph"), start, end, "", ClipSpec(frames=10, width=384, height=216)
        )
    else:
        makers = {"torn": torn, "cut": cut, "dissolve": dissolve, "wipe": wipe, "whip": whip}
        start, end = START, END
        clip = makers[name](start, end, 10)
    judged = judge_transition([start], clip[1:-1], [end])
    fact = {
        "figures": judged.figures,
        "faults": [[what, at / 8] for what, at in judged.faults.items()],
        "seams": [],
    }
    view = part_view(fact, draft=False).plain()
    holds(view, "PartScores")
    if name in FAULTS:
        (flag,) = view["flags"]
        assert flag["kind"] == name and re.fullmatch(FAULTS[name][1], flag["says"])
        assert view["tone"] == "bad" and view["says"] == flag["says"]
    else:
        assert not view["flags"] and view["tone"] == "good", view["says"]


def test_what_goes_on_softer_is_flagged() -> None:
    curve = {"curve": [0.0], "limit": 6.0, "cut": None, "step_s": 1.0}
    view = part_view({"seams": [], "drift": curve, "sharpness": 0.5}, draft=True)
    assert view.says == "It goes on with 50 % of the sharpness: try another engine"
    assert part_view({"seams": [], "drift": curve, "sharpness": 0.95}, draft=True).flags == []


def test_only_what_changed_is_told(known: tuple[Studio, Session]) -> None:
    studio, session = known
    view = scored(studio, session)
    assert studio.scores.view(session, since=view["changes"]).owners == {}
    edited = edits.set_transition(session.story, "shot-1", "shot-2", duration_s=0.5)
    session.update("tab", lambda _: edited)
    after = studio.scores.view(session, since=view["changes"]).plain()
    assert after["owners"] == {GOOD: None}, "it is not rendered any more"
    assert after["overall"].endswith("1 transition not rendered")
    session.turn_to(session.history.undone(), "tab")
    again = studio.scores.view(session, since=after["changes"]).plain()
    assert again["waiting"] == 0 and again["owners"].keys() == {GOOD}, "still known"


def test_scores_are_found_after_a_restart_and_made_once(
    known: tuple[Studio, Session], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> None:
        raise AssertionError("scored twice")

    monkeypatch.setattr(score_parts, "judge_transition", refuse)
    monkeypatch.setattr(score_parts, "drift", refuse)
    view = scored(*known)
    assert view["owners"].keys() == {GOOD, BAD, EXTENDED} and all(view["owners"].values())
    for file in (tmp_path / "workspace/clips").glob("*/*/quality.json"):
        file.write_text("[")
    damaged = scored(*open_again(tmp_path))
    assert not any(damaged["owners"].values()), "a damaged file is made anew, which fails here"


def test_nothing_is_scored_while_something_renders(opened: tuple[Studio, Session]) -> None:
    studio, session = opened
    gate = threading.Event()

    def wait(job: RenderJob) -> None:
        assert gate.wait(60)

    job = RenderJob(story="other", label="Shot", kind="preview", owners={}, do=wait)
    studio.queue.submit(job)
    for _ in range(2):
        assert studio.scores.view(session).waiting == 3
    assert any(thread.name == "scores" for thread in threading.enumerate()), "it waits"
    gate.set()
    assert scored(studio, session)["owners"].keys() == {GOOD, BAD, EXTENDED}


def test_a_damaged_clip_costs_only_its_own_scores(opened: tuple[Studio, Session]) -> None:
    studio, session = opened
    (key,) = studio.states(session)[GOOD].clips[0][:1]
    studio.cache.clip_path(key).write_bytes(b"nothing")
    view = scored(studio, session)
    assert view["owners"].get(GOOD) is None
    assert view["owners"][BAD]["flags"]


def test_the_route_gives_a_story_to_who_knows_its_name(known: tuple[Studio, Session]) -> None:
    studio, session = known
    scored(studio, session)
    server = FastAPI()
    server.add_middleware(Senders, username=lambda request: None)
    server.include_router(studio.scores.router(studio.at_address))
    client = TestClient(server)
    address = studio.pulse.address(session.name, "scores")
    assert session.name not in address
    assert client.get(address).json()["owners"].keys() == {GOOD, BAD, EXTENDED}
    assert client.get(address, params={"since": 2**53}).json()["owners"] == {}
    for wrong in ("scores/opened", "scores/" + "0" * 32, "scores/%2e%2e", "scores/x/../y"):
        answer = client.get(wrong)
        assert answer.status_code == 204 and not answer.content
    for since in ("-1", "1e3", "9" * 40, "x", "NaN"):
        assert client.get(address, params={"since": since}).status_code == 422
    studio.pulse.forget(session.name)
    assert client.get(address).status_code == 204


def test_facts_in_memory_are_bounded_and_the_rest_is_on_disk(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    facts = Beside(cache, "fact.json", most=2)
    keys = [digit * 64 for digit in "abc"]
    for n, key in enumerate(keys):
        cache.clip_path(key).parent.mkdir(parents=True)
        facts.write(key, n, of="x")
    assert [facts.known(key, "x") for key in keys] == [None, 1, 2]
    assert facts.read(keys[0], "x") == 0 and facts.read(keys[0], "y") is None
    assert Beside(cache, "fact.json").read(keys[2], "x") == 2
    facts.write("d" * 64, 3)  # its folder is gone: kept in memory alone
    assert facts.read("d" * 64) == 3


def test_words() -> None:
    assert seam_words("colour", "at 1.2 s") == "The colours jump at 1.2 s"
    assert overall([]) == ""
    assert overall([True] * 5, seams=2) == "5 of 5 transitions smooth; 2 seams jump"
    assert overall([True, False], broken=1) == "1 of 2 transitions smooth; 1 torn or cut"
    assert overall([], waiting=1, missing=3) == "1 part still looked at; 3 transitions not rendered"


def test_what_nobody_asks_for_is_left(
    opened: tuple[Studio, Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, session = opened
    monkeypatch.setattr(scores_module, "_WATCHED_S", -1)
    assert studio.scores.view(session).waiting == 3
    wait_for(lambda: not any(each.name == "scores" for each in threading.enumerate()))
    assert studio.scores.view(session).waiting == 3
    monkeypatch.setattr(scores_module, "_WATCHED_S", 60)
    assert len(scored(studio, session)["owners"]) == 3


@pytest.mark.usefixtures("draft_of_the_sample")
def test_the_samples_draft_comes_with_its_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if get_engine("auto").capabilities.name != "layers" or clip_is_here():
        pytest.skip("another engine or CLIP is there: its scores are others")

    def refuse(*args: Any) -> None:
        raise AssertionError("the scores are of an older draft; run `make sample-draft`")

    monkeypatch.setattr(score_parts, "judge_transition", refuse)
    studio = Studio(Workspace(tmp_path))
    _, session, _ = studio.workspace.enter(None)
    view = scored(studio, session)
    assert len(view["owners"]) == 5 and " of 5 transitions smooth" in view["overall"]
    assert all(seen["rows"] and seen["draft"] for seen in view["owners"].values())
