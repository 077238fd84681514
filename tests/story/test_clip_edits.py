"""Trims, slips, speed, reverse and freeze: which second of its file each frame of a shot shows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seine_core.errors import BadInput
from seine_core.story import clip_edits, edits, sound_edits
from seine_core.story.caption import Caption
from seine_core.story.footage import footage, reached_s
from seine_core.story.model import CardSource, ImageSource, Marker, Shot, Story, VideoSource

FPS = 8
LENGTH_S = 10.0  # of the file


def story_of(duration_s: float = 4.0, past_end: str = "extend", **source: object) -> Story:
    """A card, a video and a card, with transitions of a second, at 8 fps."""
    story = edits.set_settings(Story(), fps=FPS)
    story = edits.insert(story, [CardSource()], duration_s=1.0)
    video = VideoSource(file="a.mp4", **source)
    story = edits.insert(story, [video], duration_s=duration_s, past_end=past_end)
    return edits.insert(story, [CardSource()], duration_s=1.0)


def video(story: Story) -> VideoSource:
    source = story.shot("shot-2").source
    assert isinstance(source, VideoSource)
    return source


def frames_of(story: Story, shot: Shot) -> list[float | None]:
    """The second of the file that each frame shows; None where it is generated."""
    shown, count = footage(shot, LENGTH_S), story.settings.frames(shot.duration_s)
    there = count if shown.held or shown.loops else shown.frames(FPS)
    return [round(shown.at_s(n / FPS, FPS), 6) if n < there else None for n in range(count)]


def seen(story: Story) -> list[float | None]:
    """Those of all video shots."""
    shots = [shot for shot in story.shots if isinstance(shot.source, VideoSource)]
    return [second for shot in shots for second in frames_of(story, shot)]


SHOTS = st.fixed_dictionaries(
    {
        "duration_s": st.integers(2, 120).map(lambda n: n / FPS),
        "past_end": st.sampled_from(["extend", "loop"]),
        "offset_s": st.integers(0, 40).map(lambda n: n / FPS),
        "end_s": st.integers(44, 80).map(lambda n: n / FPS),
        "speed": st.sampled_from([0.25, 0.5, 1.0, 1.5, 2.0, 4.0]),
        "reverse": st.booleans(),
    }
)


@settings(max_examples=150, deadline=None)
@given(shot=SHOTS, cut=st.integers(1, 119))
def test_a_split_shows_the_same_and_no_part_goes_on_with_the_other(
    shot: dict[str, object], cut: int
) -> None:
    story = story_of(**shot)  # type: ignore[arg-type]
    before = seen(story)
    if cut >= len(before):
        return
    if before[cut] is None:
        with pytest.raises(BadInput, match="generated"):
            edits.split(story, "shot-2", cut / FPS)
        return
    parts = edits.split(story, "shot-2", cut / FPS)
    assert seen(parts) == before
    longer = edits.set_shot(parts, "shot-2", duration_s=cut / FPS + 1)
    if shot["past_end"] == "extend":
        assert frames_of(longer, longer.shot("shot-2"))[cut:] == [None] * FPS


@settings(max_examples=150, deadline=None)
@given(shot=SHOTS, by=st.integers(-30, 60))
def test_a_head_trim_leaves_the_rest_as_it_was(shot: dict[str, object], by: int) -> None:
    """The pictures, the edges beside the shot, and where each sound meets its picture."""
    story = story_of(**shot)  # type: ignore[arg-type]
    story = sound_edits.add_track(story, "effects")
    story = sound_edits.add_sound(story, "track-1", "a.wav", anchor="shot-2", start_s=1.0)
    before, edges = seen(story), [edge.duration_s for edge in story.edges()]
    left = sum(second is not None for second in before)
    try:
        trimmed = clip_edits.trim_start(story, "shot-2", by / FPS, LENGTH_S)
    except BadInput:
        assert by >= left or by < 0
        return
    after = seen(trimmed)
    assert after[max(0, -by) :] == before[max(0, by) :]
    assert len(after) == len(before) - by
    assert [edge.duration_s for edge in trimmed.edges()] == edges
    assert trimmed.starts()["shot-2"] == story.starts()["shot-2"]
    assert trimmed.sound("sound-1")[1].start_s == max(0.0, 1.0 - by / FPS)


def test_words_and_markers_stay_with_their_pictures() -> None:
    words = [
        Caption(text="all along"),
        Caption(text="early", to_s=1.0),
        Caption(text="later", from_s=1.5, to_s=3.0),
        Caption(text="to the end", from_s=0.5),
    ]
    story = edits.set_shot(story_of(offset_s=2.0), "shot-2", captions=words)
    markers = [Marker(id="m", anchor="shot-2", at_s=2.0), Marker(id="n", at_s=2.0)]
    story = edits.with_fields(story, markers=markers)
    trimmed = clip_edits.trim_start(story, "shot-2", 1.0, LENGTH_S)
    captions = trimmed.shot("shot-2").captions
    assert [(c.text, c.from_s, c.to_s) for c in captions] == [
        ("all along", 0.0, None),
        ("later", 0.5, 2.0),
        ("to the end", 0.0, None),
    ]
    assert [marker.at_s for marker in trimmed.markers] == [1.0, 2.0]
    longer = clip_edits.trim_start(story, "shot-2", -1.0, LENGTH_S).shot("shot-2").captions
    assert [(c.from_s, c.to_s) for c in longer] == [
        (0.0, None),
        (1.0, 2.0),
        (2.5, 4.0),
        (1.5, None),
    ]


def test_a_head_trim_takes_no_more_than_there_is() -> None:
    with pytest.raises(BadInput, match=r"trim: received -1.1\d* s, allowed from -1.000"):
        clip_edits.trim_start(story_of(offset_s=1.0), "shot-2", -1.125, LENGTH_S)
    with pytest.raises(BadInput, match=r"less than 4 s of 'shot-2'"):
        clip_edits.trim_start(story_of(), "shot-2", 4.0, LENGTH_S)
    with pytest.raises(BadInput, match=r"less than 2.000 s"):
        clip_edits.trim_start(story_of(offset_s=8.0), "shot-2", 2.5, LENGTH_S)
    back = clip_edits.trim_start(story_of(offset_s=1.0), "shot-2", -1.0, LENGTH_S)
    assert video(back).offset_s == 0.0 and back.shot("shot-2").duration_s == 5.0


def test_a_picture_gets_shorter_and_its_part_of_a_move_begins_later() -> None:
    story = edits.insert(Story(), [ImageSource(file="a.png")], duration_s=3.0)
    assert clip_edits.trim_start(story, "shot-1", 1.0).shots[0].source == story.shots[0].source
    parts = edits.split(story, "shot-1", 1.0)
    trimmed = clip_edits.trim_start(parts, "shot-2", 0.5).shots[1]
    assert (trimmed.source.offset_s, trimmed.duration_s) == (1.5, 1.5)
    with pytest.raises(BadInput, match="trim: received -2 s"):
        clip_edits.trim_start(parts, "shot-2", -2.0)


@pytest.mark.parametrize("reverse", [False, True])
def test_in_and_out_are_seconds_of_the_file(reverse: bool) -> None:
    story = story_of(offset_s=2.0, end_s=6.0, reverse=reverse)
    later = clip_edits.set_in(story, "shot-2", 3.0, LENGTH_S)
    assert later.shot("shot-2").duration_s == 3.0
    assert seen(later) == [second for second in seen(story) if second >= 3.0]
    less = clip_edits.set_out(story, "shot-2", 5.0, LENGTH_S)
    assert seen(less) == [second for second in seen(story) if second < 5.0]
    more = clip_edits.set_out(story, "shot-2", 8.0, LENGTH_S)
    assert more.shot("shot-2").duration_s == 6.0 and max(seen(more)) == 7.875  # type: ignore[type-var]
    earlier = clip_edits.set_in(story, "shot-2", 1.0, LENGTH_S)
    assert earlier.shot("shot-2").duration_s == 5.0 and min(seen(earlier)) == 1.0  # type: ignore[type-var]
    for wrong in (
        lambda: clip_edits.set_out(story, "shot-2", 10.5, LENGTH_S),
        lambda: clip_edits.set_in(story, "shot-2", 7.0, LENGTH_S),
    ):
        with pytest.raises(BadInput):
            wrong()


@pytest.mark.parametrize("reverse", [False, True])
def test_a_slip_moves_what_is_seen_under_a_fixed_length(reverse: bool) -> None:
    story = story_of(offset_s=2.0, end_s=6.0, reverse=reverse)
    slipped = clip_edits.slip(story, "shot-2", 1.5, LENGTH_S)
    assert seen(slipped) == [second + 1.5 for second in seen(story)]  # type: ignore[operator]
    assert slipped.shot("shot-2").duration_s == 4.0
    assert min(seen(clip_edits.slip(story, "shot-2", -9.0, LENGTH_S))) == 0.0  # type: ignore[type-var]
    assert max(seen(clip_edits.slip(story, "shot-2", 9.0, LENGTH_S))) == 9.875  # type: ignore[type-var]


@pytest.mark.parametrize("speed", [0.25, 0.5, 2.0, 4.0])
def test_speed_shows_the_same_in_another_time(speed: float) -> None:
    story = story_of(offset_s=2.0)
    other = clip_edits.set_speed(story, "shot-2", speed)
    assert other.shot("shot-2").duration_s == 4.0 / speed
    assert seen(other)[0] == 2.0 and len(seen(other)) == 32 / speed
    assert clip_edits.set_speed(other, "shot-2", 1.0) == story
    for wrong in (0.2, 4.1, float("nan")):
        with pytest.raises(BadInput, match="speed"):
            clip_edits.set_speed(story, "shot-2", wrong)


@settings(max_examples=60, deadline=None)
@given(shot=SHOTS.filter(lambda shot: shot["past_end"] == "extend" and not shot["reverse"]))
def test_reversed_it_shows_the_same_from_its_end(shot: dict[str, object]) -> None:
    story = story_of(**shot)  # type: ignore[arg-type]
    forwards = [second for second in seen(story) if second is not None]
    if forwards[-1] + float(shot["speed"]) / FPS > LENGTH_S:  # type: ignore[arg-type]
        forwards.pop()  # the file's last frame is not a whole one
    backwards = clip_edits.set_reverse(story, "shot-2", True, LENGTH_S)
    assert [s for s in seen(backwards) if s is not None] == forwards[::-1]
    again = clip_edits.set_reverse(backwards, "shot-2", False, LENGTH_S)
    assert [s for s in seen(again) if s is not None] == forwards


def test_the_file_fills_what_was_generated() -> None:
    story = edits.split(story_of(duration_s=6.0, offset_s=1.0), "shot-2", 2.0)
    longer = edits.set_shot(story, "shot-2", duration_s=3.0)
    assert frames_of(longer, longer.shot("shot-2"))[16:] == [None] * 8
    filled = clip_edits.use_file(longer, "shot-2", LENGTH_S)
    assert frames_of(filled, filled.shot("shot-2")) == [1 + n / FPS for n in range(24)]
    all_of_it = clip_edits.use_file(
        edits.set_shot(longer, "shot-2", duration_s=20.0), "shot-2", LENGTH_S
    )
    assert video(all_of_it).end_s is None


@pytest.mark.parametrize(
    ("at_s", "ids", "second"),
    [
        (0.0, ["shot-1", "shot-4", "shot-2", "shot-3"], 2.0),
        (1.5, ["shot-1", "shot-2", "shot-5", "shot-4", "shot-3"], 3.5),
        (4.0, ["shot-1", "shot-2", "shot-4", "shot-3"], 5.875),
    ],
)
def test_a_frame_is_held_where_it_stands(at_s: float, ids: list[str], second: float) -> None:
    story = clip_edits.freeze(story_of(offset_s=2.0), "shot-2", at_s, LENGTH_S)
    assert [shot.id for shot in story.shots] == ids
    held = next(s for s in story.shots if isinstance(s.source, VideoSource) and s.source.freeze)
    assert frames_of(story, held) == [second] * 16
    rest = [s for s in seen(story) if s is not None]
    for _ in range(16):
        rest.remove(second)
    assert rest == [2 + n / FPS for n in range(32)]
    inner = [edge.duration_s for edge in story.edges()]
    assert inner[0] == inner[-1] == 1.0 and set(inner[1:-1]) == {0.0}
    assert edits.split(story, held.id, 1.0).shot(held.id).source == held.source


def test_what_is_generated_is_not_held() -> None:
    story = story_of(duration_s=4.0, end_s=3.0)
    with pytest.raises(BadInput, match=r"freeze: received 3.5 s, .*allowed 0 to 3 s"):
        clip_edits.freeze(story, "shot-2", 3.5, LENGTH_S)
    with pytest.raises(BadInput, match="shows no video"):
        clip_edits.freeze(story, "shot-1", 0.0, LENGTH_S)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"offset_s": 2.0, "end_s": 2.0}, "end_s: received 2"),
        ({"reverse": True}, "end_s: missing"),
        ({"speed": 5.0}, "less than or equal to 4"),
    ],
)
def test_impossible_footage_is_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        VideoSource(file="a.mp4", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("reverse", [False, True])
def test_scenes_of_a_loop_loop_by_themselves(reverse: bool) -> None:
    story = story_of(duration_s=8.0, past_end="loop", end_s=8.0, reverse=reverse)
    cuts = [reached_s(video(story), at_s, story.settings.fps) for at_s in (2.0, 5.0)]
    scenes = edits.split_at(story, "shot-2", cuts)
    assert seen(scenes) == seen(story)
    first = edits.set_shot(scenes, "shot-2", duration_s=6.0)
    own = {second for second in frames_of(first, first.shot("shot-2")) if second is not None}
    assert (min(own), max(own)) == ((5.0, 7.875) if reverse else (0.0, 1.875))
