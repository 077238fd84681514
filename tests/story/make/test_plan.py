"""The plan: exact lengths, the right dependencies, and keys that change with what matters alone."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letter_clips import numbered, write_numbered
from letter_engines import Letters, letter_story, only
from seine_core.engines.pieces import pieces
from seine_core.engines.protocol import ClipSpec
from seine_core.errors import BadInput, MissingWeights
from seine_core.media.frames import save_png
from seine_core.story import edits
from seine_core.story.make import parts
from seine_core.story.make.jobs import Animate, Card, Decode, Extend, Finish, Join, Plan
from seine_core.story.make.plan import make_plan, plan_parts, with_engine
from seine_core.story.model import Caption, CardSource, Story, Take, VideoSource

KINDS = {
    "at once": {},
    "pieces": {"piece_frames": 5},
    "chains": {"max_frames": 8},
}


# Of one second of the first letter, with no field that came after version 2 of the keys.
KEY_OF_VERSION_2 = "d4665fa38bc484870dcd9cd093a0888227a26557bb1b9c8b58b69c7bfed175b6"


def keys(plan: Plan) -> set[str]:
    return {job.key for job in plan.jobs}


def stale_owners(old: Plan, new: Plan) -> set[str]:
    """Whose clips the new plan has to make anew."""
    return {segment.owner for segment in new.timeline if segment.key not in keys(old)}


@given(st.integers(1, 10_000), st.integers(1, 300))
def test_pieces_cover_everything_once(frames: int, longest: int) -> None:
    position = 0
    for first, count in pieces(frames, longest):
        assert first == position and 1 <= count <= longest
        position += count
    assert position == frames


@pytest.mark.parametrize("kind", KINDS)
@given(
    durations=st.lists(st.integers(1, 30), min_size=1, max_size=6),
    between=st.integers(0, 6),
)
@settings(deadline=None, max_examples=25)
def test_the_timeline_is_exact(
    tmp_path_factory: pytest.TempPathFactory, kind: str, durations: list[int], between: int
) -> None:
    folder = tmp_path_factory.mktemp("story")
    story = letter_story(folder, [n / 8 for n in durations])
    for edge in story.edges():
        story = edits.set_transition(story, edge.left, edge.right, duration_s=between / 8)
    plan = make_plan(story, folder, only(Letters(**KINDS[kind])))
    assert plan.frames == sum(durations) + between * (len(durations) - 1)
    made = set()
    for job in plan.jobs:
        assert set(job.inputs) <= made, "an input stands after the job that needs it"
        made.add(job.key)
    assert {segment.key for segment in plan.timeline} <= made
    frames = {job.key: job.frames for job in plan.jobs}
    assert all(segment.frames == frames[segment.key] > 0 for segment in plan.timeline)


def test_one_scene_stales_only_what_depends_on_it(tmp_path: Path) -> None:
    story, engines = letter_story(tmp_path, [1, 1, 1, 1]), only(Letters())
    before = make_plan(story, tmp_path, engines)
    changed = edits.set_shot(story, "shot-2", prompt="night falls")
    after = make_plan(changed, tmp_path, engines)
    assert stale_owners(before, after) == {"shot-1>shot-2", "shot-2", "shot-2>shot-3"}
    edge = edits.set_transition(story, "shot-3", "shot-4", seed=9)
    assert stale_owners(before, make_plan(edge, tmp_path, engines)) == {"shot-3>shot-4"}


def test_what_changes_no_frame_stales_nothing(tmp_path: Path) -> None:
    story = letter_story(tmp_path, [1, 1])
    engines = only(Letters(uses_prompt=False, uses_seed=False))
    before = make_plan(story, tmp_path, engines)
    story = edits.set_title(edits.set_shot(story, "shot-1", title="Dawn"), "A day")
    story = edits.set_shot(story, "shot-1", prompt="fog", negative_prompt="rain", seed=4)
    for owner in ("shot-1", "shot-1>shot-2"):
        story = edits.add_takes(story, owner, [Take(duration_s=1, prompt="sun")])
    story = edits.set_shot(story, "shot-1", fit="cover", past_end="loop")
    story = edits.set_shot(story, "shot-2", fit="blur")
    blurred = make_plan(story, tmp_path, engines)
    assert stale_owners(before, blurred) == {"shot-1>shot-2", "shot-2"}
    story = edits.set_shot(story, "shot-2", focus=(1, 0))
    assert make_plan(story, tmp_path, engines) == blurred, "nothing is cropped"


def test_keys_of_older_clips_stay(tmp_path: Path) -> None:
    """Fields that came later change the key only where they change frames."""
    story, engines = letter_story(tmp_path, [1]), only(Letters())

    def key(focus: tuple[float, float] | None) -> str:
        (job,) = make_plan(edits.set_shot(story, "shot-1", focus=focus), tmp_path, engines).jobs
        return job.key

    assert key((0.5, 0.5)) == KEY_OF_VERSION_2
    assert len({key((0.5, 0.5)), key((0, 0)), key(None)}) == 3


def test_another_framing_makes_a_picture_anew(tmp_path: Path) -> None:
    story, engines = letter_story(tmp_path, [1]), only(Letters(framing=True))
    before = make_plan(story, tmp_path, engines)
    framing = ({"x": 0.5, "y": 0.5}, {"x": 0.2, "y": 0.4, "zoom": 2})
    framed = make_plan(edits.set_shot(story, "shot-1", framing=framing), tmp_path, engines)
    assert stale_owners(before, framed) == {"shot-1"}
    assert framed.jobs[0].spec.framing == ((0.5, 0.5, 1.0), (0.2, 0.4, 2.0))
    with pytest.raises(BadInput, match="framing"):
        make_plan(edits.set_shot(story, "shot-1", framing=framing), tmp_path, only(Letters()))


def test_a_clip_is_kept_under_the_rule_by_which_its_subject_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A detector that arrives may find another crop."""
    story, engines = letter_story(tmp_path, [1]), only(Letters())
    before = make_plan(story, tmp_path, engines)
    assert make_plan(story, tmp_path, engines) == before
    monkeypatch.setattr("seine_core.story.make.plan.crop_rule", lambda: "another")
    assert stale_owners(before, make_plan(story, tmp_path, engines)) == {"shot-1"}
    monkeypatch.undo()
    looking = only(Letters(looks_with=("depth",)))
    assert make_plan(story, tmp_path, looking) == before
    monkeypatch.setattr("seine_core.engines.protocol.weights_here", lambda *parts: parts)
    assert make_plan(story, tmp_path, looking).jobs[0].key != before.jobs[0].key
    chosen = edits.set_shot(story, "shot-1", focus=(0.2, 0.5))
    assert make_plan(chosen, tmp_path, engines).jobs[0].focus == (0.2, 0.5)


def test_a_caption_leaves_the_transitions_alone(tmp_path: Path) -> None:
    story, engines = letter_story(tmp_path, [1, 1, 1]), only(Letters())
    before = make_plan(story, tmp_path, engines)
    after = make_plan(
        edits.set_shot(story, "shot-2", captions=[Caption(text="Later")]), tmp_path, engines
    )
    assert stale_owners(before, after) == {"shot-2"}
    assert [type(job) for job in after.jobs if job.key not in keys(before)] == [Finish]


def test_a_caption_of_its_time_touches_the_pieces_it_is_seen_in(tmp_path: Path) -> None:
    late = Caption(text="Late", from_s=0.75)
    spec = ClipSpec(frames=6, width=64, height=36, fps=8)
    pieces = (Card(owner="a", spec=spec, quality="draft", colour="#000000"),) * 2
    first, second = parts.finish((late,), parts.PlannedShot(pieces, pieces), 0, 0)
    assert isinstance(first, Card), "it has no words over it"
    assert isinstance(second, Finish) and second.captions == (late,)


@pytest.mark.parametrize(
    ("captions", "key"),
    [
        ((Caption(text="Noon"),), "5356c7f8f24d8064"),
        ((Caption(text="Noon", place="centre"),), "f5bf786fb2515304"),
        ((), "03cff773b05b4a2f"),
    ],
)
def test_what_was_rendered_with_one_caption_stays(captions: tuple[Caption, ...], key: str) -> None:
    """Keys as they were when a shot had one caption and that no look of its own."""
    spec = ClipSpec(frames=24, width=64, height=36, fps=24)
    made = {"quality": "draft", "inputs": ("k",), "lettering": len(captions)}
    times = {"fade_in": 0, "fade_out": 3, "first": 0, "total": 24}
    job = Finish(owner="a", spec=spec, captions=captions, **made, **times)  # type: ignore[arg-type]
    assert job.key.startswith(key)
    styled = tuple(caption.model_copy(update={"style": "outline"}) for caption in captions)
    assert (replace(job, captions=styled).key == job.key) == (not captions)


def test_words_that_no_font_has_refuse_their_shot_alone(tmp_path: Path) -> None:
    story, engines = letter_story(tmp_path, [1, 1, 1]), only(Letters())
    story = edits.set_shot(story, "shot-2", captions=[Caption(text="\U0010fffd")])
    plan = plan_parts(story, tmp_path, engines)
    assert list(plan.refused) == ["shot-2"]
    with pytest.raises(BadInput, match=r"^shot 2 .*caption: no font .*10FFFD"):
        plan.whole()


def test_captions_drawn_otherwise_are_made_anew_and_fades_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story, engines = letter_story(tmp_path, [1, 1, 1], fade_out_s=0.5), only(Letters())
    story = edits.set_shot(story, "shot-2", captions=[Caption(text="Noon")])
    before = make_plan(story, tmp_path, engines)
    monkeypatch.setattr(parts, "LETTERING", parts.LETTERING + 1)
    assert stale_owners(before, make_plan(story, tmp_path, engines)) == {"shot-2"}


def test_moving_a_file_stales_nothing_but_new_pixels_do(tmp_path: Path) -> None:
    engines = only(Letters())
    story = letter_story(tmp_path / "a", [1, 1])
    before = make_plan(story, tmp_path / "a", engines)
    (tmp_path / "a").rename(tmp_path / "b")
    assert keys(make_plan(story, tmp_path / "b", engines)) == keys(before)
    save_png(numbered(7, 64, 64), tmp_path / "b/media/1.png")
    after = make_plan(story, tmp_path / "b", engines)
    assert stale_owners(before, after) == {"shot-1>shot-2", "shot-2"}


def test_quality_size_and_engine_version_are_part_of_the_key(tmp_path: Path) -> None:
    story = letter_story(tmp_path, [1, 1])
    before = keys(make_plan(story, tmp_path, only(Letters())))
    for other, engines in (
        (edits.set_settings(story, quality="draft"), only(Letters())),
        (edits.set_settings(story, width=128), only(Letters())),
        (edits.set_settings(story, fit="blur"), only(Letters())),
        (story, only(Letters(version=2))),
    ):
        assert not before & keys(make_plan(other, tmp_path, engines))


def test_equal_shots_are_made_once(tmp_path: Path) -> None:
    story = edits.duplicate(letter_story(tmp_path, [2]), ["shot-1"])
    story = edits.set_transition(story, "shot-1", "shot-2", duration_s=0)
    plan = make_plan(story, tmp_path, only(Letters()))
    assert (len(plan.jobs), len(plan.timeline), plan.frames) == (1, 2, 32)


def test_long_shots(tmp_path: Path) -> None:
    story = letter_story(tmp_path, [2.5])
    chain = make_plan(story, tmp_path, only(Letters(max_frames=8, context_frames=3)))
    assert [type(job) for job in chain.jobs] == [Animate, Extend, Extend]
    assert [job.frames for job in chain.jobs] == [8, 8, 4]
    assert [job.tail for job in chain.jobs] == [3, 3, 1], "nothing goes on from the last one"
    full = edits.set_shot(story, "shot-1", duration_s=2)
    jobs = make_plan(full, tmp_path, only(Letters(max_frames=8, context_frames=3))).jobs
    assert [(job.frames, job.tail) for job in jobs] == [(8, 3), (8, 3)], "it does if the shot grows"
    pieces = make_plan(story, tmp_path, only(Letters(piece_frames=8)))
    assert [type(job) for job in pieces.jobs] == [Animate] * 3
    assert [(job.spec.frames, job.cut) for job in pieces.jobs] == [
        (20, (0, 13)),
        (20, (7, 7)),
        (20, (13, 0)),
    ]


def test_video_is_read_and_then_extended(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    write_numbered(tmp_path / "media/a.mp4", range(12), fps=8)
    story = edits.insert(Story(), [VideoSource(file="a.mp4", offset_s=0.5)], duration_s=2)
    story = edits.set_settings(story, fps=8, width=64, height=64)
    plan = make_plan(story, tmp_path, only(Letters(context_frames=4)))
    assert [(type(job), job.frames) for job in plan.jobs] == [(Decode, 8), (Extend, 8)]
    assert plan.jobs[0].tail == 4
    late = edits.set_shot(story, "shot-1", source=VideoSource(file="a.mp4", offset_s=2))
    with pytest.raises(BadInput, match=r"shot 1 \(shot-1\): offset_s: received 2, but a.mp4 ends"):
        make_plan(late, tmp_path, only(Letters()))


def test_a_looping_video_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    write_numbered(tmp_path / "media/a.mp4", range(12), fps=8)
    story = edits.insert(Story(), [VideoSource(file="a.mp4", offset_s=0.5)], duration_s=30)
    story = edits.set_settings(story, fps=8, width=64, height=64)
    story = edits.set_shot(story, "shot-1", past_end="loop")
    jobs = make_plan(story, tmp_path, only(Letters())).jobs
    assert [(job.start, job.loop, job.frames) for job in jobs] == [(0, 8, 80)], "equal, made once"
    short = edits.set_shot(story, "shot-1", duration_s=1)
    looped = make_plan(short, tmp_path, only(Letters()))
    assert looped == make_plan(
        edits.set_shot(short, "shot-1", past_end="extend"), tmp_path, only(Letters())
    )


def test_part_of_a_plan(tmp_path: Path) -> None:
    plan = make_plan(letter_story(tmp_path, [1, 1, 1]), tmp_path, only(Letters()))
    part = plan.only({"shot-2>shot-3"})
    assert [job.owner for job in part.jobs] == ["shot-2", "shot-3", "shot-2>shot-3"]
    assert part.frames == 4


def test_fades_touch_the_ends_alone(tmp_path: Path) -> None:
    story = letter_story(tmp_path, [1, 1, 1], fade_in_s=0.5, fade_out_s=1)
    plan = make_plan(story, tmp_path, only(Letters()))
    finished = [job for job in plan.jobs if isinstance(job, Finish)]
    assert [(j.owner, j.fade_in, j.fade_out) for j in finished] == [
        ("shot-1", 4, 0),
        ("shot-3", 0, 8),
    ]
    joins = [job for job in plan.jobs if isinstance(job, Join)]
    assert not {key for job in joins for key in job.inputs} & {job.key for job in finished}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: edits.remove(s, ["shot-1", "shot-2"]), "the story has no shots"),
        (
            lambda s: edits.set_settings(s, fade_in_s=2),
            "shot 1 (shot-1): settings.fade_in_s, fade_out_s: received 2",
        ),
        (
            lambda s: edits.set_transition(s, "shot-1", "shot-2", style="spiral"),
            "transition 1 to 2: style: received 'spiral'",
        ),
        (
            lambda s: edits.set_transition(s, "shot-1", "shot-2", duration_s=9),
            "transition 1 to 2: duration_s: received 9, the engine letters makes at most 3.75 s",
        ),
        (
            lambda s: edits.insert(s, [VideoSource(file="gone.mp4")]),
            "shot 3 (shot-3): ",
        ),
    ],
)
def test_what_cannot_be_made_is_named(tmp_path: Path, change, words: str) -> None:
    story = change(letter_story(tmp_path, [1, 1]))
    with pytest.raises(BadInput) as caught:
        make_plan(story, tmp_path, only(Letters(max_frames=32)))
    assert str(caught.value).startswith(words) and "\n" not in str(caught.value)


def test_missing_weights_are_said_with_the_shot(tmp_path: Path) -> None:
    engine = Letters(missing=MissingWeights("letters needs a font", advice="install one"))
    with pytest.raises(MissingWeights, match=r"^shot 1 \(shot-1\): letters needs a font; install"):
        make_plan(letter_story(tmp_path, [1]), tmp_path, only(engine))


def test_an_engine_is_asked_only_for_what_it_does(tmp_path: Path) -> None:
    story = letter_story(tmp_path, [1, 1])
    story = edits.insert(story, [CardSource()], duration_s=1)
    join_only = Letters(tasks=frozenset({"transition"}))
    with pytest.raises(BadInput, match=r"shot 1 \(shot-1\): .*letters.*'animate'"):
        make_plan(story, tmp_path, only(join_only))
    other = with_engine(story, "letters", only(join_only))
    assert [shot.engine for shot in other.shots] == ["auto"] * 3
    assert [edge.engine for edge in other.edges()] == ["letters"] * 2


def test_a_part_that_cannot_be_made_takes_no_other_with_it(tmp_path: Path) -> None:
    engines = only(Letters(max_frames=16))
    story = letter_story(tmp_path, [1, 1, 1, 1])
    good = make_plan(story, tmp_path, engines)
    long = edits.set_transition(story, "shot-1", "shot-2", duration_s=9)
    plan = plan_parts(long, tmp_path, engines)
    assert set(plan.refused) == {"shot-1>shot-2"}
    assert plan.timeline == tuple(s for s in good.timeline if s.owner != "shot-1>shot-2")
    assert plan.only({"shot-2>shot-3"}) == replace(good.only({"shot-2>shot-3"}), names=plan.names)
    for asked in (plan.whole, lambda: plan.only({"shot-1>shot-2"})):
        with pytest.raises(BadInput, match=r"^transition 1 to 2: duration_s: received 9"):
            asked()
    gone = edits.set_shot(story, "shot-2", source=VideoSource(file="gone.mp4"))
    gone = edits.set_transition(gone, "shot-1", "shot-2", duration_s=0)
    plan = plan_parts(gone, tmp_path, engines)
    assert list(plan.refused) == ["shot-2", "shot-2>shot-3"], "a cut needs nothing"
    assert str(plan.refused["shot-2>shot-3"]) == "needs shot 2, which cannot be made"
    assert {s.owner for s in plan.timeline} == {"shot-1", "shot-3", "shot-3>shot-4", "shot-4"}


def test_a_plan_takes_over_what_has_not_changed(tmp_path: Path) -> None:
    """After any edit it is the plan that would be made afresh, and what stayed is not made anew."""
    story = letter_story(tmp_path, [1, 2, 1, 0.5], fade_in_s=0.5, fade_out_s=0.5)
    story = edits.set_shot(story, "shot-2", captions=[Caption(text="Noon")])
    known = make_plan(story, tmp_path, only(Letters()))
    last = story
    for edit in (
        lambda s: edits.move(s, ["shot-3"], before="shot-1"),
        lambda s: edits.set_shot(s, "shot-4", prompt="fog"),
        lambda s: edits.set_transition(s, "shot-1", "shot-2", seed=3),
        lambda s: edits.duplicate(s, ["shot-2"], before="shot-1"),
        lambda s: edits.set_settings(s, fit="contain"),
        lambda s: edits.set_settings(s, quality="draft"),
        lambda s: edits.remove(s, ["shot-1"]),
    ):
        last = edit(last)
        known = plan_parts(last, tmp_path, only(Letters()), known)
        assert known == make_plan(last, tmp_path, only(Letters()))
    moved = plan_parts(edits.move(last, ["shot-2"]), tmp_path, only(Letters()), known)
    before = {id(job) for job in known.jobs if not isinstance(job, Join | Finish)}
    assert before <= {id(job) for job in moved.jobs}
    assert moved.names["shot-2"] == f"shot {len(last.shots)}"
    save_png(numbered(7, 64, 64), tmp_path / "media/1.png")
    after = plan_parts(last, tmp_path, only(Letters()), known)
    assert after == make_plan(last, tmp_path, only(Letters())) != known
    other = plan_parts(last, tmp_path, only(Letters(version=2)), known)
    assert not keys(other) & keys(known)
