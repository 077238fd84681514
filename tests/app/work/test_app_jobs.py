"""A story's renders: how far each part is, what failed, what is made again, and the videos."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.page.commands import parse
from app.page.perform import perform
from app.page.progress import progress_view
from app.page.view import story_view
from app.stories.sessions import Session
from app.stories.workspace import Workspace
from app.work.films import film_path
from app.work.studio import Studio
from app_stories import Gated, add_gated_engine, open_gated, open_studio, session_of
from seine_core.engines.crossfade import Crossfade
from seine_core.errors import BadInput, MissingWeights, download
from seine_core.media.video import read_frames
from seine_core.story import edits
from seine_core.story.model import CardSource
from seine_core.story.takes import as_take
from waiting import wait_for


def test_states_follow_a_preview(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    studio, session = open_gated(tmp_path, monkeypatch)
    edge = "shot-1>shot-2"
    assert studio.states(session)[edge].state == "stale"
    one = studio.preview(session, edge)
    wait_for(lambda: studio.states(session)[edge].state == "rendering")
    assert studio.states(session)["shot-1"].state == "ready"
    assert studio.states(session)["shot-3"].state == "stale"
    Gated.gate.set()
    wait_for(lambda: not one.busy)
    assert studio.states(session)[edge].state == "ready"
    view = progress_view(session, studio).plain()
    assert [clip["frames"] for clip in view["clips"][edge]] == [4]
    assert "shot-3" not in view["clips"]
    session.update("tab", lambda story: edits.set_shot(story, "shot-2", duration_s=1))
    assert studio.states(session)[edge].state == "stale", "its right scene has changed"


def test_a_draft_is_told_from_the_final(tmp_path: Path) -> None:
    studio, token = open_studio(tmp_path)
    session = session_of(studio, token)
    session.update("tab", lambda story: edits.set_settings(story, quality="final"))
    one = studio.preview(session, "shot-1>shot-2")
    wait_for(lambda: not one.busy)
    state = studio.states(session)["shot-1>shot-2"]
    assert state.state == "draft" and len(state.clips) == 1


def test_a_failed_edge_says_why_until_it_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, session = open_gated(tmp_path, monkeypatch)
    Gated.gate.set()
    good = session.story
    session.update("tab", lambda _: edits.set_transition(good, "shot-1", "shot-2", prompt="fail"))
    one = studio.render(session, "mp4")
    wait_for(lambda: not one.busy)
    state = studio.states(session)["shot-1>shot-2"]
    assert one.state == "failed" and state.state == "failed" and "this prompt fails" in state.reason
    assert studio.states(session)["shot-2>shot-3"].state == "ready", "what is finished is kept"
    session.update("tab", lambda _: good)
    assert studio.states(session)["shot-1>shot-2"].state == "stale"


def test_a_rendered_story_is_found_after_a_restart(tmp_path: Path) -> None:
    studio, token = open_studio(tmp_path)
    session = session_of(studio, token)
    one = studio.render(session, "mp4")
    wait_for(lambda: not one.busy)
    assert one.state == "done", one.message
    (film,) = type(studio)(studio.workspace).films(session)
    assert film.name == "small-story.mp4"
    assert sum(1 for _ in read_frames(film.path, 8)) == studio.plan(session).frames == 20


def test_a_story_that_cannot_be_planned_says_why(tmp_path: Path) -> None:
    studio, token = open_studio(tmp_path)
    session = session_of(studio, token)
    for file in (session.folder / "media").iterdir():
        file.unlink()
    view = progress_view(session, studio).plain()
    assert "no such file" in view["plan_problem"]
    assert {state["state"] for state in view["states"].values()} == {"failed"}
    assert view["states"]["shot-1>shot-2"]["reason"] == "needs shot 1, which cannot be made"
    with pytest.raises(BadInput):
        studio.render(session, "mp4")


def test_a_part_that_cannot_be_made_costs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_gated_engine(monkeypatch)
    why = MissingWeights("its weights are not here", subject="Gated", advice=download("gated"))
    lacking = replace(Gated.capabilities, missing=why)
    monkeypatch.setattr(Gated, "capabilities", lacking)
    studio, token = open_studio(tmp_path)
    session = session_of(studio, token)
    owner, whole = "shot-1>shot-2", studio.render(session, "mp4")
    wait_for(lambda: not whole.busy)
    session.update(
        "tab", lambda story: edits.set_transition(story, "shot-1", "shot-2", engine="gated")
    )
    view = progress_view(session, studio).plain()
    said = "Gated: its weights are not here; get them in Models"
    lost = {"state": "failed", "percent": 0, "reason": said, "weights": True}
    assert view["states"].pop(owner) == lost
    assert {state["state"] for state in view["states"].values()} == {"ready"}
    assert view["clips"].keys() == view["states"].keys()
    assert view["plan_problem"] == f"transition 1 to 2: {said}"
    for ask in (lambda: studio.render(session, "mp4"), lambda: studio.preview(session, owner)):
        with pytest.raises(MissingWeights, match=r"^transition 1 to 2: Gated: its weights"):
            ask()
    monkeypatch.setattr(Gated, "capabilities", replace(lacking, missing=None))
    monkeypatch.setattr("app.work.studio._REFUSED_S", 0.0)
    assert progress_view(session, studio).plain()["plan_problem"] == "", "the weights have arrived"
    monkeypatch.setattr(Gated, "capabilities", lacking)
    session.update("tab", lambda story: edits.set_shot(story, "shot-3", prompt="fog", seed=3))
    other = studio.preview(session, "shot-2>shot-3")
    wait_for(lambda: not other.busy)
    assert other.state == "done", other.message


def test_a_cut_has_nothing_to_preview(tmp_path: Path) -> None:
    studio, token = open_studio(tmp_path)
    session = session_of(studio, token)
    session.update(
        "tab", lambda story: edits.set_transition(story, "shot-1", "shot-2", duration_s=0)
    )
    assert "shot-1>shot-2" not in studio.states(session)
    with pytest.raises(BadInput, match="cut"):
        studio.preview(session, "shot-1>shot-2")


def test_a_failed_clip_is_told_while_the_others_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, session = open_gated(tmp_path, monkeypatch)
    session.update(
        "tab", lambda story: edits.set_transition(story, "shot-1", "shot-2", prompt="fail")
    )
    one = studio.render(session, "mp4")
    wait_for(lambda: studio.states(session)["shot-2>shot-3"].state == "rendering")
    state = studio.states(session)["shot-1>shot-2"]
    assert (state.state, state.reason, state.job) == (
        "failed",
        "ValueError: this prompt fails",
        one.id,
    )
    shown = progress_view(session, studio).job
    assert one.busy and shown is not None and list(shown.failed) == ["shot-1>shot-2"]
    Gated.gate.set()
    wait_for(lambda: not one.busy)
    assert studio.states(session)["shot-2>shot-3"].state == "ready"


def test_a_retry_makes_only_what_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    studio, session = open_gated(tmp_path, monkeypatch)
    Gated.gate.set()
    session.update(
        "tab", lambda story: edits.set_transition(story, "shot-1", "shot-2", prompt="fail")
    )
    one = studio.render(session, "webm", name="My film", captions=False)
    wait_for(lambda: not one.busy)
    view = progress_view(session, studio).plain()
    assert view["states"]["shot-1>shot-2"]["job"] == one.id == view["jobs"][0]["id"]
    assert list(view["jobs"][0]["failed"]) == ["shot-1>shot-2"]
    made = {path: path.stat().st_mtime_ns for path in studio.cache.root.rglob("clip.mp4")}
    monkeypatch.setattr(Gated, "tasks", Crossfade.tasks)
    perform(parse({"op": "retry", "job": one.id}), session, studio, "tab")
    (again,) = studio.queue.of("opened")
    wait_for(lambda: not again.busy)
    assert again.state == "done", again.message
    clips = {path: path.stat().st_mtime_ns for path in studio.cache.root.rglob("clip.mp4")}
    assert made.items() <= clips.items() and len(clips) == len(made) + 1
    (film,) = studio.films(session)
    assert film.name == "my-film.webm"
    with pytest.raises(BadInput, match="no longer"):
        perform(parse({"op": "retry", "job": one.id}), session, studio, "tab")


def test_an_interrupted_render_is_offered_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, session = open_gated(tmp_path, monkeypatch)
    studio.render(session, "gif", name="Later")
    studio.preview(session, "shot-3")
    wait_for(lambda: studio.cache.has(studio.plan(session).jobs[0].key))
    assert progress_view(session, studio).plain()["interrupted"] == 0, "it is under way"

    def restarted() -> tuple[Studio, Session]:
        studio = Studio(Workspace(tmp_path / "workspace", opened=tmp_path / "story"))
        return studio, session_of(studio, studio.workspace.enter(None)[0])

    kept = studio.intents.read("opened")
    assert len(kept) == 2
    studio.queue.cancel("opened")
    # Two were submitted, one began, two were cancelled and one ended: all is written.
    wait_for(lambda: studio.queue.changes("opened") == 6)
    assert studio.intents.read("opened") == [], "nobody wants it any more"
    studio.intents.write("opened", kept)  # as a server leaves it that is killed
    second, session_2 = restarted()
    assert progress_view(session_2, second).plain()["interrupted"] == 2
    perform(parse({"op": "resume", "go_on": True}), session_2, second, "tab")
    jobs = second.queue.of("opened")
    assert [job.command for job in jobs] == kept
    Gated.gate.set()
    wait_for(lambda: not any(job.busy for job in jobs))
    assert [job.state for job in jobs] == ["done", "done"]
    assert [film.name for film in second.films(session_2)] == ["later.gif"]
    assert second.intents.read("opened") == []

    second.intents.write("opened", kept)
    third, session_3 = restarted()
    perform(parse({"op": "resume", "go_on": False}), session_3, third, "tab")
    assert third.queue.of("opened") == [] and third.intents.read("opened") == []
    assert restarted()[0].intents.read("opened") == []


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"op": "render"}',
        "[" * 5000,
        '[{"op": "remove", "ids": ["shot-1"]}]',
        '[{"op": "resume", "go_on": true}]',
    ],
)
def test_what_an_earlier_version_kept_of_a_render_is_checked(tmp_path: Path, text: str) -> None:
    (tmp_path / "workspace" / "renders").mkdir(parents=True)
    (tmp_path / "workspace" / "renders" / "opened.json").write_text(text)
    studio, token = open_studio(tmp_path)
    session = session_of(studio, token)
    before = session.story
    assert not any((tmp_path / "workspace" / "renders").iterdir()), "it is taken over"
    perform(parse({"op": "resume", "go_on": True}), session, studio, "tab")
    assert session.story == before and studio.queue.of("opened") == []


def test_only_the_newest_videos_are_kept(tmp_path: Path) -> None:
    studio, token = open_studio(tmp_path)
    session = session_of(studio, token)
    for n in range(7):
        one = studio.render(session, "gif", name=f"Film {n} / ünï")
        wait_for(lambda one=one: not one.busy)  # type: ignore[misc]
    names = [film.name for film in studio.films(session)]
    assert names == [f"film-{n}-ünï.gif" for n in (6, 5, 4, 3, 2)]
    view = progress_view(session, studio).plain()
    assert [video["name"] for video in view["videos"]] == names
    assert view["video"] == view["videos"][0] and view["video"]["bytes"] > 100


def test_videos_that_go_while_they_are_listed_are_left_out(tmp_path: Path) -> None:
    """A newer render removes the oldest ones, whoever looks at them then."""
    studio, token = open_studio(tmp_path)
    session = session_of(studio, token)
    folder = studio.workspace.videos(session)
    folder.mkdir(parents=True)
    kept = film_path(folder, "kept", "0" * 16, "mp4")
    kept.write_bytes(b"film")
    gone = film_path(folder, "gone", "1" * 16, "mp4")
    gone.symlink_to("nowhere")  # listed, and not there
    (film,) = studio.films(session)
    assert film.path == kept
    both = [film, replace(film, path=gone)]
    studio.films = lambda session: both  # type: ignore[method-assign]
    assert [video.name for video in progress_view(session, studio).videos] == ["kept.mp4"]


def test_of_two_answers_the_later_one_is_known(tmp_path: Path) -> None:
    studio, token = open_studio(tmp_path)
    session = session_of(studio, token)
    first = progress_view(session, studio)
    second = story_view(session, studio)
    assert first.answer < second.answer and first.rev == second.rev
    again = Studio(Workspace(tmp_path / "workspace", opened=tmp_path / "story"))
    assert again.next_answer() > second.answer, "also after a restart"


def test_without_captions_title_cards_keep_their_words(tmp_path: Path) -> None:
    studio, token = open_studio(tmp_path)
    session = session_of(studio, token)
    plain = studio.plan(session).jobs
    words = {"text": "Words", "place": "bottom"}
    story = edits.set_shot(session.story, "shot-1", captions=[words])
    story = edits.insert(story, [CardSource()], captions=[words])
    session.update("tab", lambda _: story)
    one = studio.render(session, "mp4", captions=False)
    assert one.owners["shot-1"] == (plain[0].key,)
    card = session.story.shots[-1].id
    assert one.owners[card] == studio.render(session, "mp4").owners[card]
    wait_for(lambda: not any(job.busy for job in studio.queue.of("opened")))


def test_the_view_of_a_running_render(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    studio, session = open_gated(tmp_path, monkeypatch)
    one = studio.render(session, "mp4")
    edge = "shot-1>shot-2"
    wait_for(
        lambda: one.progress and (one.progress.owner, one.progress.clip_fraction) == (edge, 0.5)
    )
    view = progress_view(session, studio).plain()["jobs"][0]
    clips = dict(view["clips"])
    assert clips["shot-1"] == 100 and 0 < clips[edge] < 100 and clips["shot-3"] == 0
    assert view["seconds_left"] is not None and view["live"]
    Gated.gate.set()
    wait_for(lambda: not one.busy)
    after = progress_view(session, studio).plain()
    assert "clips" not in after["jobs"][0] and after["seconds_to_render"] is not None


def test_a_film_is_outdated_by_what_is_seen_in_it_alone(tmp_path: Path) -> None:
    studio, token = open_studio(tmp_path, shots=2)
    session, owner = session_of(studio, token), "shot-1>shot-2"
    one = studio.render(session, "mp4")
    wait_for(lambda: not one.busy)

    def outdated() -> list[bool | None]:
        return [studio.filmed.is_outdated(film, session.story) for film in studio.films(session)]

    assert outdated() == [False]
    other = as_take(session.story.edges()[0]).model_copy(update={"seed": 7})
    session.update("", lambda story: edits.add_takes(story, owner, [other]))
    assert outdated() == [False]
    session.update("", lambda story: edits.keep_take(story, owner, 0))
    assert outdated() == [True]
    another = studio.render(session, "mp4")
    wait_for(lambda: not another.busy)
    session.update("", lambda story: edits.keep_take(story, owner, 1))  # rendered, all of it
    assert sorted(map(str, outdated())) == ["False", "True"]
    assert {state.state for state in studio.states(session).values()} == {"ready"}
