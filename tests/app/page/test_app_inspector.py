"""The inspector's commands: media and colours replaced, bridges, takes and how alike scenes are."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.page.commands import parse
from app.page.perform import perform
from app.page.progress import progress_view
from app.page.view import story_view
from app.stories.sessions import Session
from app.work.clip_reader import ClipReader
from app.work.studio import Studio
from app_stories import TAB, add_gated_engine, open_studio, session_of, upload
from seine_core.clips import Clip
from seine_core.engines.layers.engine import Layers
from seine_core.engines.protocol import Request
from seine_core.errors import BadInput, RenderCancelled
from seine_core.evaluate.ranking import CLIPSIM_RANGE
from seine_core.story import edits
from seine_core.story.model import CardSource, ImageSource
from seine_core.story.takes import as_take
from waiting import wait_for

EDGE = "shot-1>shot-2"


def many(owners: list[str], fields: dict[str, Any]) -> dict[str, Any]:
    return {"op": "set_many", "changes": [{"owners": owners, "fields": fields}]}


class Desk:
    """One small story, and somebody who sends commands."""

    def __init__(self, folder: Path, engine: str = "layers") -> None:
        self.studio: Studio
        self.studio, token = open_studio(folder, engine=engine)
        self.session: Session = session_of(self.studio, token)

    def do(self, op: str, **fields: Any) -> None:
        perform(parse({"op": op, **fields}), self.session, self.studio, TAB)

    def upload(self, name: str) -> dict[str, str]:
        return upload(self.studio, name)

    def takes(self, owner: str = EDGE) -> list[dict[str, Any]]:
        found: dict[str, Any] = progress_view(self.session, self.studio).plain()["takes"]
        return found.get(owner, [])

    def rendered(self) -> None:
        wait_for(lambda: not any(job.busy for job in self.studio.queue.of(self.session.name)), 60)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    add_gated_engine(monkeypatch)
    return Desk(tmp_path)


def test_a_picture_is_replaced_and_all_else_stays(desk: Desk) -> None:
    desk.do("set_shot", id="shot-2", fields={"prompt": "rain", "focus": [0.2, 0.5], "fit": "blur"})
    before = desk.session.story.shot("shot-2")
    desk.do("replace_media", id="shot-2", file=desk.upload("new.png"))
    after = desk.session.story.shot("shot-2")
    assert after.source != before.source and isinstance(after.source, ImageSource)
    assert after.prompt == "rain" and after.fit == "blur" and after.focus is None
    assert after.duration_s == before.duration_s
    desk.do("undo")
    assert desk.session.story.shot("shot-2") == before


def test_a_card_gets_its_colour(desk: Desk) -> None:
    desk.do("add_card", before="shot-1")
    card = desk.session.story.shots[0].id
    desk.do("set_card", id=card, colour="#AA0011")
    assert desk.session.story.shots[0].source == CardSource(colour="#aa0011")


def test_several_shots_change_in_one_step(desk: Desk) -> None:
    desk.do("set_many", changes=[{"owners": ["shot-1", "shot-3"], "fields": {"duration_s": 2.0}}])
    assert [shot.duration_s for shot in desk.session.story.shots] == [2.0, 0.5, 2.0]
    desk.do("undo")
    assert {shot.duration_s for shot in desk.session.story.shots} == {0.5}


def test_a_bridge_goes_between_two_and_both_its_edges_are_made_alike(desk: Desk) -> None:
    fields = {"style": "iris", "duration_s": 0.75, "prompt": "one into the other"}
    desk.do("set_edge", left="shot-1", right="shot-2", fields=fields)
    desk.do("add_bridge", left="shot-1", right="shot-2", file=desk.upload("half way.png"))
    story = desk.session.story
    assert [shot.title for shot in story.shots][:3] == ["Scene 1", "Half way", "Scene 2"]
    for edge in story.edges()[:2]:
        assert (edge.style, edge.duration_s, edge.engine) == ("iris", 0.75, "layers")
        assert edge.prompt == ""
    with pytest.raises(BadInput, match="no longer neighbours"):
        desk.do("add_bridge", left="shot-1", right="shot-2", file=desk.upload("late.png"))
    desk.do("undo")
    assert len(desk.session.story.shots) == 3


@pytest.mark.parametrize(
    "op",
    [
        {"op": "replace_media", "id": "shot-1", "file": {"path": "/etc/passwd"}},
        {"op": "replace_media", "id": "shot-9", "file": "an upload"},
        {"op": "add_bridge", "left": "shot-1", "right": "shot-3", "file": "an upload"},
        {"op": "add_bridge", "left": "shot-1", "right": "shot-2", "file": {"path": "../x.png"}},
        {"op": "set_card", "id": "shot-1", "colour": "#000000"},
        {"op": "set_card", "id": "card", "colour": "red;background:url(x)"},
        {"op": "set_card", "id": "card", "colour": 7},
        many(["shot-1"], {}),
        many([], {"duration_s": 1}),
        many(["shot-1", "shot-9"], {"duration_s": 1}),
        many(["shot-1"], {"takes": []}),
        many(["shot-1>shot-9"], {"duration_s": 1}),
        many(["shot-1>shot-2"], {"duration_s": 1, "left": "shot-3"}),
        many(["shot-1>shot-2"], {"engine": "nowhere"}),
        many([">"], {"style": "iris"}),
        many(["shot-1"] * 4001, {"duration_s": 1}),
        {"op": "set_many", "changes": []},
        {"op": "set_many", "changes": [{"owners": ["shot-1"], "fields": {"seed": 1}}] * 4001},
        {"op": "set_new_edges", "fields": {"prompt": "sea"}},
        {"op": "set_new_edges", "fields": {"engine": "nowhere"}},
        {"op": "set_new_edges", "fields": {"duration_s": -1}},
        {"op": "set_shot", "id": "shot-1", "fields": {"focus": [2, 0.5]}},
        {"op": "set_shot", "id": "shot-1", "fields": {"focus": "left"}},
        {"op": "set_shot", "id": "shot-1", "fields": {"fit": "stretch"}},
        {"op": "set_shot", "id": "shot-1", "fields": {"past_end": "stop"}},
        {"op": "set_shot", "id": "shot-1", "fields": {"takes": [{"duration_s": 1}]}},
        {"op": "set_edge", "left": "shot-1", "right": "shot-2", "fields": {"takes": []}},
        {"op": "vary", "owner": EDGE, "count": 1},
        {"op": "vary", "owner": EDGE, "count": 9},
        {"op": "vary", "owner": EDGE, "count": "3"},
        {"op": "vary", "owner": EDGE, "count": 3, "keep_seed": "yes"},
        {"op": "vary", "owner": "shot-1>shot-9", "count": 3},
        {"op": "vary", "owner": "../../etc", "count": 3},
        {"op": "vary", "owner": ">", "count": 3},
        {"op": "vary", "owner": "card", "count": 3},
        {"op": "render_takes", "owner": EDGE},
        {"op": "keep_take", "owner": EDGE, "index": 0},
        {"op": "keep_take", "owner": EDGE, "index": -1},
        {"op": "remove_take", "owner": EDGE, "index": 10**9},
        {"op": "remove_take", "owner": {"a": 1}, "index": 0},
        {"op": "compare", "left": "shot-1", "right": "shot-9"},
        {"op": "compare", "left": "<b>", "right": "shot-2"},
    ],
    ids=lambda op: repr(op)[:70],
)
def test_a_hostile_command_changes_nothing(desk: Desk, op: dict[str, Any]) -> None:
    desk.do("add_card", before=None)
    card = desk.session.story.shots[-1].id
    op = {name: card if value == "card" else value for name, value in op.items()}
    if op.get("file") == "an upload":
        op["file"] = desk.upload("new.png")
    before = desk.session.story
    with pytest.raises(BadInput) as error:
        perform(parse(op), desk.session, desk.studio, TAB)
    assert "\n" not in str(error.value)
    assert desk.session.story == before and not desk.studio.queue.of(desk.session.name)


def test_variations_are_rendered_ranked_kept_and_switched_back(desk: Desk, tmp_path: Path) -> None:
    desk.do("vary", owner=EDGE, count=2)
    desk.rendered()
    takes = desk.takes()
    assert [take["state"] for take in takes] == ["ready"] * 3, "the present way is one of them"
    assert all(0 <= take["score"]["value"] <= 1 and take["score"]["says"] for take in takes)
    assert sum(take["best"] for take in takes) == 1
    assert all(take["clips"] and len(take["pictures"]) == 4 for take in takes)
    assert str(tmp_path) not in json.dumps(takes)
    first = desk.session.story.transition("shot-1", "shot-2")
    assert _edge_view(desk)["present"] == 0
    desk.do("keep_take", owner=EDGE, index=2)
    assert desk.session.story.transition("shot-1", "shot-2").seed == first.takes[2].seed
    assert _edge_view(desk)["present"] == 2
    assert desk.studio.states(desk.session)[EDGE].state == "ready", "its clip is there already"
    desk.do("keep_take", owner=EDGE, index=0)
    assert desk.session.story.transition("shot-1", "shot-2") == first
    desk.do("remove_take", owner=EDGE, index=2)
    assert len(desk.takes()) == 2
    desk.do("undo")
    assert [take["state"] for take in desk.takes()] == ["ready"] * 3
    again = Studio(desk.studio.workspace)
    scores = [take.score for take in again.takes.states(desk.session)[EDGE]]
    assert all(scores), "the scores lie beside the clips"


def test_variations_are_ranked_with_clip_once_it_is_there(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.do("vary", owner=EDGE, count=2)
    desk.rendered()
    pixels = {"ends", "clean", "evenness"}
    assert all({name for name, *_ in take["score"]["parts"]} == pixels for take in desk.takes())
    desk.do("set_edge", left="shot-1", right="shot-2", fields={"prompt": "rain"})
    texts = iter((0.25, 0.30, 0.26, 0.26))
    prompts = []

    def seen(self: ClipReader, start: Any, end: Any, clip: Any, prompt: str) -> dict[str, float]:
        prompts.append(prompt)
        assert clip.shape[1:] == start.shape == end.shape
        return {"clipsim_text": next(texts), "clipsim_scenes": 0.7, "clipsim_frames": 0.95}

    monkeypatch.setattr(ClipReader, "is_here", lambda self: True)
    monkeypatch.setattr(ClipReader, "scores", seen)
    desk.do("render_takes", owner=EDGE)
    desk.rendered()
    assert prompts == [take.prompt for take in desk.session.story.edges()[0].takes]
    takes = desk.takes()
    assert [name for name, *_ in takes[1]["score"]["parts"]][:3] == [*CLIPSIM_RANGE]
    assert [most for name, _, most in takes[1]["score"]["parts"] if name == "clipsim_text"] == [
        True
    ]
    assert sum(take["best"] for take in takes) == 1


def _edge_view(desk: Desk) -> dict[str, Any]:
    edge: dict[str, Any] = story_view(desk.session, desk.studio).plain()["edges"][0]
    return edge


def test_variations_of_a_shot(desk: Desk) -> None:
    desk.do("set_shot", id="shot-1", fields={"engine": "layers"})
    desk.do("vary", owner="shot-1", count=3, keep_seed=True)
    desk.rendered()
    takes = desk.session.story.shot("shot-1").takes
    assert {take.seed for take in takes} == {0} and len({take.camera for take in takes}) == 4
    assert [take["state"] for take in desk.takes("shot-1")] == ["ready"] * 4


def test_one_that_fails_costs_no_other_and_cancel_keeps_what_is_there(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def engine(request: Request) -> Clip:
        made.append(request.spec.camera)
        if len(made) == 2:
            raise ValueError("this one fails")
        if len(made) == 4:
            raise RenderCancelled()
        return transition(request)

    transition = Layers.tasks["transition"]
    monkeypatch.setitem(Layers.tasks, "transition", engine)
    desk.do("vary", owner=EDGE, count=4)
    desk.rendered()
    states = [take["state"] for take in desk.takes()]
    assert states == ["ready", "failed", "ready", "stale", "stale"]
    assert "this one fails" in desk.takes()[1]["reason"]
    monkeypatch.undo()
    desk.do("render_takes", owner=EDGE)
    desk.rendered()
    assert [take["state"] for take in desk.takes()] == ["ready"] * 5


@pytest.mark.parametrize(
    ("fields", "says"),
    [({"engine": "crossfade"}, "same clip"), ({"duration_s": 0}, "a cut has no frames")],
)
def test_variations_that_make_no_sense_are_refused_and_nothing_is_added(
    desk: Desk, fields: dict[str, Any], says: str
) -> None:
    desk.do("set_edge", left="shot-1", right="shot-2", fields=fields)
    with pytest.raises(BadInput, match=says):
        desk.do("vary", owner=EDGE, count=3)
    assert not desk.session.story.transition("shot-1", "shot-2").takes


def test_an_edit_of_the_neighbour_makes_takes_stale(desk: Desk) -> None:
    desk.do("vary", owner=EDGE, count=2)
    desk.rendered()
    desk.do("set_shot", id="shot-1", fields={"duration_s": 1.0, "engine": "layers"})
    assert {take["state"] for take in desk.takes()} == {"stale"}


def test_how_alike_two_scenes_are_is_found_in_the_background(desk: Desk) -> None:
    assert progress_view(desk.session, desk.studio).plain()["likeness"] == {}
    desk.do("compare", left="shot-1", right="shot-2")
    wait_for(lambda: not progress_view(desk.session, desk.studio).plain()["comparing"])
    known = progress_view(desk.session, desk.studio).plain()["likeness"]
    assert list(known) == [EDGE] and 0 <= known[EDGE]["value"] <= 1
    desk.do("replace_media", id="shot-2", file=desk.upload("other.png"))
    assert progress_view(desk.session, desk.studio).plain()["likeness"] == {}, "another picture"


@pytest.mark.parametrize("error", [BadInput("damaged"), RuntimeError("secret")], ids=str)
def test_a_comparison_that_fails_is_over(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: Any) -> float:
        raise error

    monkeypatch.setattr("app.work.likeness.scene_similarity", fail)
    desk.do("compare", left="shot-1", right="shot-2")
    wait_for(lambda: not progress_view(desk.session, desk.studio).comparing)
    (found,) = progress_view(desk.session, desk.studio).likeness.values()
    assert found.value == 1.0 and not found.unlike, "nothing is warned of"
    desk.do("compare", left="shot-1", right="shot-2")
    assert not progress_view(desk.session, desk.studio).comparing, "it is not tried again"


def test_the_ends_of_a_transition_are_shown_once_they_are_rendered(desk: Desk) -> None:
    assert progress_view(desk.session, desk.studio).plain()["ends"][EDGE] == [None, None]
    desk.do("preview", owner=EDGE)
    desk.rendered()
    ends = progress_view(desk.session, desk.studio).plain()["ends"][EDGE]
    assert all(ends) and ends[0] != ends[1]


def test_progress_stays_fast_with_many_takes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    story = desk.session.story
    for edge in story.edges():
        takes = [as_take(edge).model_copy(update={"seed": seed}) for seed in range(24)]
        story = edits.add_takes(story, f"{edge.left}>{edge.right}", takes)
    desk.session.update(TAB, lambda _: story)
    desk.takes()
    with monkeypatch.context() as patch:
        patch.delattr("app.work.ranked_takes.make_plan")
        patch.delattr("app.work.studio.plan_parts")
        assert len(desk.takes()) == 24, "planned once, then only looked up"
