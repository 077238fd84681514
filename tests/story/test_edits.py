"""Edits keep a story valid, touch only what they name, and bring edges back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seine_core.errors import BadInput
from seine_core.story import edits
from seine_core.story.history import History
from seine_core.story.model import MAX_TAKES, CardSource, ImageSource, Story, Take, VideoSource


def story_of(count: int, **fields: object) -> Story:
    return edits.insert(Story(), [ImageSource(file=f"{i}.png") for i in range(count)], **fields)


def ids(story: Story) -> list[str]:
    return [shot.id for shot in story.shots]


@st.composite
def edited_stories(draw: st.DrawFn) -> Story:
    """A story after a random row of edits."""
    story = story_of(draw(st.integers(0, 5)), duration_s=2.0)
    for _ in range(draw(st.integers(0, 8))):
        action = draw(st.sampled_from(["insert", "remove", "move", "split", "copy", "edge"]))
        if action == "insert" or not story.shots:
            story = edits.insert(
                story, [CardSource()], before=draw(st.sampled_from([None, *ids(story)]))
            )
            continue
        shot = draw(st.sampled_from(ids(story)))
        if action == "remove":
            story = edits.remove(story, [shot])
        elif action == "move":
            others = [i for i in ids(story) if i != shot]
            story = edits.move(story, [shot], before=draw(st.sampled_from([None, *others])))
        elif action == "split" and story.shot(shot).duration_s > 0.5:
            story = edits.split(story, shot, draw(st.floats(0.1, 0.4)))
        elif action == "copy":
            story = edits.duplicate(
                story, [shot], before=draw(st.sampled_from([None, *ids(story)]))
            )
        elif action == "edge" and story.edges():
            edge = draw(st.sampled_from(story.edges()))
            story = edits.set_transition(story, edge.left, edge.right, prompt="mist", seed=3)
    return story


@given(edited_stories())
@settings(deadline=None, max_examples=150)
def test_any_row_of_edits_leaves_a_valid_story(story: Story) -> None:
    assert Story.model_validate_json(story.model_dump_json()) == story
    assert len(story.edges()) == max(0, len(story.shots) - 1)
    assert [(e.left, e.right) for e in story.edges()] == list(
        zip(ids(story), ids(story)[1:], strict=False)
    )


@given(st.integers(2, 6), st.data())
@settings(deadline=None)
def test_moving_away_and_back_is_nothing(count: int, data: st.DataObject) -> None:
    story = story_of(count)
    for edge in story.edges():
        story = edits.set_transition(story, edge.left, edge.right, prompt=f"{edge.left} melts")
    index = data.draw(st.integers(0, count - 1))
    shot = ids(story)[index]
    following = [*ids(story), None][index + 1]
    away = edits.move(story, [shot], before=None if index == 0 else ids(story)[0])
    assert edits.move(away, [shot], before=following) == story


def test_insert_before_a_shot() -> None:
    story = edits.insert(story_of(2), [CardSource()], before="shot-2", prompt="night")
    assert ids(story) == ["shot-1", "shot-3", "shot-2"]
    assert story.shot("shot-3").prompt == "night"


def test_an_edge_waits_while_its_shots_are_apart() -> None:
    story = edits.set_transition(story_of(3), "shot-1", "shot-2", duration_s=2.5)
    apart = edits.move(story, ["shot-3"], before="shot-2")
    assert [edge.duration_s for edge in apart.edges()] == [1.0, 1.0]
    assert edits.move(apart, ["shot-3"]).edges()[0].duration_s == 2.5


def test_removing_a_shot_drops_its_edges_alone() -> None:
    story = edits.set_transition(story_of(3), "shot-1", "shot-2", prompt="a")
    story = edits.set_transition(story, "shot-2", "shot-3", prompt="b")
    assert [e.prompt for e in edits.remove(story, ["shot-1"]).transitions] == ["b"]


def test_copies_take_the_edges_along() -> None:
    story = edits.set_transition(story_of(3), "shot-1", "shot-2", prompt="a")
    story = edits.set_transition(story, "shot-2", "shot-3", prompt="b")
    one = edits.duplicate(story, ["shot-1"], before="shot-2")
    assert ids(one) == ["shot-1", "shot-4", "shot-2", "shot-3"]
    assert [edge.prompt for edge in one.edges()] == ["", "a", "b"]
    assert [edge.prompt for edge in edits.remove(one, ["shot-4"]).edges()] == ["a", "b"]
    two = edits.duplicate(story, ["shot-2", "shot-1"], before="shot-3")
    assert ids(two) == ["shot-1", "shot-2", "shot-4", "shot-5", "shot-3"]
    assert [edge.prompt for edge in two.edges()] == ["a", "", "a", "b"]
    last = edits.duplicate(story, ["shot-1", "shot-2"])
    assert [edge.prompt for edge in last.edges()] == ["a", "b", "", "a"]


def test_split_of_a_still_goes_on_with_its_move() -> None:
    story = edits.split(story_of(2, duration_s=3.0), "shot-1", 1.0)
    head, tail, _ = story.shots
    assert (head.duration_s, tail.duration_s) == (1.0, 2.0)
    assert (head.source.offset_s, tail.source.offset_s) == (0.0, 1.0)
    assert head.source.move_s == tail.source.move_s == 3.0
    assert story.edges()[0].duration_s == 0.0
    again = edits.split(story, tail.id, 0.5)
    assert again.shots[2].source.offset_s == 1.5 and again.shots[2].source.move_s == 3.0


def test_split_of_a_video_starts_later_in_it() -> None:
    story = edits.insert(Story(), [VideoSource(file="a.mp4", offset_s=4.0)], duration_s=2.0)
    tail = edits.split(story, "shot-1", 0.51).shots[1]
    assert tail.source.offset_s == 4.5 and tail.duration_s == 1.5


def test_split_leaves_captions_where_they_are_seen() -> None:
    captions = [
        {"text": "whole"},
        {"text": "early", "to_s": 1},
        {"text": "across", "from_s": 0.5, "to_s": 2.5},
        {"text": "late", "from_s": 2},
    ]
    story = edits.set_shot(story_of(1, duration_s=3.0), "shot-1", captions=captions)
    head, tail = edits.split(story, "shot-1", 1.0).shots
    assert [(one.text, one.from_s, one.to_s) for one in head.captions] == [
        ("whole", 0, None),
        ("early", 0, None),
        ("across", 0.5, None),
    ]
    assert [(one.text, one.from_s, one.to_s) for one in tail.captions] == [
        ("across", 0, 1.5),
        ("late", 1, None),
    ]


@pytest.mark.parametrize("at_s", [0, -1, 2, 99, 0.001])
def test_split_needs_a_frame_on_both_sides(at_s: float) -> None:
    with pytest.raises(BadInput, match="split: received"):
        edits.split(story_of(1, duration_s=2.0), "shot-1", at_s)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"duration_s": 0}, "duration_s: received 0; "),
        ({"duration_s": -2}, "duration_s: received -2; "),
        ({"duration_s": float("nan")}, "duration_s: received nan; "),
        ({"camera": "sideways"}, "camera: received 'sideways'; "),
        ({"seed": 2**32}, "seed: received 4294967296; "),
        ({"id": "x"}, "id: no field that can be set"),
        ({"colour": "red"}, "colour: no field that can be set"),
    ],
)
def test_wrong_fields_are_named(fields: dict, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        edits.set_shot(story_of(1), "shot-1", **fields)
    assert str(caught.value).startswith(words)


def test_unknown_shots_are_named() -> None:
    for edit in (
        lambda s: edits.remove(s, ["shot-9"]),
        lambda s: edits.move(s, ["shot-1"], before="shot-9"),
        lambda s: edits.set_transition(s, "shot-1", "shot-9", prompt=""),
    ):
        with pytest.raises(BadInput, match=r"received 'shot-9', the story has shot-1, shot-2"):
            edit(story_of(2))


def test_undo_and_redo_walk_the_stories() -> None:
    first, second, third = story_of(1), story_of(2), story_of(3)
    history = History(first).edited(second).edited(third)
    assert history.undone().story == second
    assert history.undone().undone().undone().story == first
    assert history.undone().redone() == history
    assert history.undone().edited(first).future == ()
    assert history.edited(third) is history


def test_split_of_a_looping_video_loops_on() -> None:
    story = edits.insert(Story(), [VideoSource(file="a.mp4", offset_s=1.0)], duration_s=9.0)
    story = edits.split(edits.set_shot(story, "shot-1", past_end="loop"), "shot-1", 4.0)
    story = edits.split(story, story.shots[1].id, 2.0)
    sources = [shot.source for shot in story.shots]
    assert [source.offset_s for source in sources] == [1.0, 5.0, 7.0]
    assert [source.loop_from_s for source in sources] == [1.0, 1.0, 1.0]


def test_the_parts_of_a_split_video_have_one_crop_and_scenes_their_own() -> None:
    story = edits.insert(Story(), [VideoSource(file="a.mp4", offset_s=1.0)], duration_s=9.0)

    def subjects(story: Story) -> list[float | None]:
        return [shot.source.subject_s for shot in story.shots]

    parts = edits.split(story, "shot-1", 4.0)
    assert subjects(edits.split(parts, parts.shots[1].id, 2.0)) == [1.0, 1.0, 1.0]
    scenes = edits.split_at(story, "shot-1", [3.0, 6.0])
    assert subjects(scenes) == [1.0, 4.0, None]
    assert [shot.source.offset_s for shot in scenes.shots] == [1.0, 4.0, 7.0]


def test_another_source_is_cropped_around_its_own_subject() -> None:
    story = edits.set_shot(story_of(1, prompt="fog"), "shot-1", focus=(0, 1), fit="cover")
    shot = edits.set_source(story, "shot-1", VideoSource(file="b.mp4")).shots[0]
    assert (shot.source.file, shot.focus, shot.fit) == ("b.mp4", None, "cover")
    assert shot.prompt == "fog"


@pytest.mark.parametrize("owner", ["shot-1", "shot-1>shot-2"])
def test_takes_are_switched_back_and_forth(owner: str) -> None:
    def wish(story: Story) -> object:
        return story.shots[0] if owner == "shot-1" else story.edges()[0]

    takes = [Take(prompt="snow", duration_s=2, seed=n, camera="zoom-in") for n in (4, 5)]
    story = edits.add_takes(story_of(2), owner, takes)
    assert wish(story).takes == tuple(takes) and wish(story).seed == 0
    assert edits.add_takes(story, owner, takes) == story
    second = edits.keep_take(story, owner, 1)
    now = wish(second)
    assert (now.prompt, now.seed, now.duration_s, now.camera) == ("snow", 5, 2, "zoom-in")
    assert len(now.takes) == 3, "the way it was before is a take now"
    back = wish(edits.keep_take(second, owner, 2))
    assert back == wish(story).model_copy(update={"takes": now.takes})
    assert wish(edits.remove_take(second, owner, 0)).takes == now.takes[1:]


def test_takes_have_limits() -> None:
    story = story_of(2)
    with pytest.raises(BadInput, match=r"take: received 0, shot-1 has 0"):
        edits.keep_take(story, "shot-1", 0)
    with pytest.raises(BadInput, match="shot: received 'shot-9'"):
        edits.add_takes(story, "shot-1>shot-9", [])
    full = [Take(duration_s=3, seed=n) for n in range(1, MAX_TAKES + 1)]
    story = edits.add_takes(story, "shot-1", full)
    with pytest.raises(BadInput, match=r"received 1 more for shot-1, which has 24, .*remove some"):
        edits.keep_take(story, "shot-1", 3)
    story = edits.add_takes(story, "shot-2", [Take(duration_s=0)])
    with pytest.raises(BadInput, match="duration_s: received 0"):
        edits.keep_take(story, "shot-2", 0)


def test_takes_stay_with_copies_and_parts() -> None:
    takes = [Take(duration_s=seconds, seed=1) for seconds in (2, 3)]
    story = edits.add_takes(story_of(1, duration_s=3.0), "shot-1", takes)
    assert edits.duplicate(story, ["shot-1"]).shots[1].takes == tuple(takes)
    parts = edits.split(story, "shot-1", 1.0).shots
    assert [part.takes for part in parts] == [
        (Take(duration_s=1, seed=1),),
        (Take(duration_s=2, seed=1),),
    ]


def test_split_where_scenes_begin() -> None:
    """At 8 fps: a part begins with the first frame that shows its scene."""
    story = edits.insert(Story(), [VideoSource(file="a.mp4", offset_s=2.0)], duration_s=3.0)
    story = edits.set_settings(story, fps=8)
    assert edits.split_at(story, "shot-1", []) == story
    assert edits.split_at(story, "shot-1", [-1, 0, 3.0, 2.95, 9]) == story
    parts = edits.split_at(story, "shot-1", [1.26, 0.5, 1.3, 0.50001, 9])
    assert ids(parts) == ["shot-1", "shot-2", "shot-3"]
    assert [shot.duration_s for shot in parts.shots] == [0.5, 0.875, 1.625]
    assert [shot.source.offset_s for shot in parts.shots] == [2.0, 2.5, 3.375]
    assert [edge.duration_s for edge in parts.edges()] == [0.0, 0.0]
