import pytest

from seine_core.errors import BadInput
from seine_core.story import edits, sound_edits
from seine_core.story.model import CardSource, Story, VideoSource
from seine_core.story.sound import SoundClip


@pytest.fixture
def story() -> Story:
    """Three shots of 2 s, cuts between them; a voice with the second, and free music."""
    story = edits.set_settings(Story(), fps=10)
    for _ in range(3):
        story = edits.insert(story, [CardSource()], duration_s=2.0)
    for edge in story.edges():
        story = edits.set_transition(story, edge.left, edge.right, duration_s=0.0)
    story = sound_edits.add_track(story, "music")
    story = sound_edits.add_track(story, "voice")
    story = sound_edits.add_sound(story, "track-1", "music.mp3", loop=True)
    return sound_edits.add_sound(story, "track-2", "voice.wav", anchor="shot-2", start_s=0.5)


def sounds(story: Story) -> list[SoundClip]:
    return [sound for track in story.tracks for sound in track.sounds]


def heard_at_s(story: Story, sound_id: str) -> float:
    sound = story.sound(sound_id)[1]
    start = story.starts()[sound.anchor] / story.settings.fps if sound.anchor else 0.0
    return float(start + sound.start_s)


def test_music_makes_room_for_voices_and_voices_for_nothing(story: Story) -> None:
    assert [track.duck_db > 0 for track in story.tracks] == [True, False]


def test_an_anchored_sound_moves_with_its_shot(story: Story) -> None:
    assert heard_at_s(story, "sound-2") == 2.5
    assert heard_at_s(edits.move(story, ["shot-2"], before="shot-1"), "sound-2") == 0.5
    assert heard_at_s(edits.set_shot(story, "shot-1", duration_s=5.0), "sound-2") == 5.5


def test_it_goes_with_its_shot_and_is_copied_with_it(story: Story) -> None:
    assert [s.id for s in sounds(edits.remove(story, ["shot-2"]))] == ["sound-1"]
    twice = edits.duplicate(story, ["shot-2"])
    copy = story_sound = sounds(twice)[-1]
    assert (copy.id, copy.anchor, story_sound.file) == ("sound-3", "shot-4", "voice.wav")


@pytest.mark.parametrize(("at_s", "anchor"), [(0.3, "shot-4"), (0.5, "shot-4"), (0.6, "shot-2")])
def test_it_stays_where_it_is_when_its_shot_is_split(
    story: Story, at_s: float, anchor: str
) -> None:
    split = edits.split(story, "shot-2", at_s)
    assert split.sound("sound-2")[1].anchor == anchor
    assert heard_at_s(split, "sound-2") == pytest.approx(2.5)


def test_a_split_video_keeps_its_fades_at_its_ends(story: Story) -> None:
    fades = {"fade_in_s": 0.5, "fade_out_s": 0.7, "volume": 0.4}
    story = edits.insert(story, [VideoSource(file="a.mp4")], sound=fades, narration="Hello")
    split = edits.split(story, "shot-4", 1.0)
    head, tail = split.shots[-2:]
    assert (head.sound.fade_in_s, head.sound.fade_out_s) == (0.5, 0)
    assert (tail.sound.fade_in_s, tail.sound.fade_out_s) == (0, 0.7)
    assert (head.narration, tail.narration, tail.sound.volume) == ("Hello", "", 0.4)


def test_moving_a_sound_keeps_its_anchor_and_changes_tracks(story: Story) -> None:
    moved = sound_edits.move_sound(story, "sound-2", 3.25)
    assert (moved.sound("sound-2")[1].start_s, heard_at_s(moved, "sound-2")) == (1.25, 3.25)
    other = sound_edits.move_sound(story, "sound-2", 1.0, "track-1")
    assert [len(track.sounds) for track in other.tracks] == [2, 0]
    assert heard_at_s(other, "sound-2") == 1.0


def test_anchoring_leaves_a_sound_where_it_is(story: Story) -> None:
    free = sound_edits.anchor_sound(story, "sound-2", None)
    assert (free.sound("sound-2")[1].anchor, heard_at_s(free, "sound-2")) == (None, 2.5)
    other = sound_edits.anchor_sound(story, "sound-2", "shot-3")
    assert other.sound("sound-2")[1].start_s == -1.5
    assert heard_at_s(other, "sound-2") == 2.5


def test_tracks(story: Story) -> None:
    story = sound_edits.set_track(story, "track-1", title="Song", volume=0.5, muted=True)
    assert (story.tracks[0].title, story.tracks[0].muted) == ("Song", True)
    swapped = sound_edits.move_track(story, "track-2", before="track-1")
    assert [track.id for track in swapped.tracks] == ["track-2", "track-1"]
    assert sound_edits.move_track(swapped, "track-2").tracks == story.tracks
    assert [t.id for t in sound_edits.remove_track(story, "track-1").tracks] == ["track-2"]
    assert sound_edits.set_shots_channel(story, duck_db=6.0).shots_channel.duck_db == 6


def test_a_split_sound_has_its_points_on_both_sides(story: Story) -> None:
    points = ({"at_s": 0.0, "volume": 1.0}, {"at_s": 4.0, "volume": 0.0})
    story = sound_edits.set_sound(story, "sound-1", loop=False, envelope=points, fade_in_s=1.0)
    split = sound_edits.split_sound(story, "sound-1", 1.0)
    head, tail = split.tracks[0].sounds
    assert [(p.at_s, p.volume) for p in head.envelope] == [(0, 1), (1, 0.75)]
    assert [(p.at_s, p.volume) for p in tail.envelope] == [(0, 0.75), (3, 0)]
    assert (head.duration_s, tail.start_s, tail.offset_s) == (1, 1, 1)
    assert (head.fade_in_s, tail.fade_in_s) == (1, 0)


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        (lambda s: sound_edits.add_sound(s, "track-9", "a.wav"), "track: received 'track-9'"),
        (lambda s: sound_edits.add_sound(s, "track-1", "../a.wav"), "file"),
        (lambda s: sound_edits.add_sound(s, "track-1", "a.wav", anchor="shot-9"), "no shot"),
        (lambda s: sound_edits.add_sound(s, "track-1", "a.wav", start_s=-1), "anchored"),
        (lambda s: sound_edits.add_sound(s, "track-1", "a.wav", tempo=2), "tempo"),
        (lambda s: sound_edits.set_sound(s, "sound-9", volume=1), "sound: received 'sound-9'"),
        (lambda s: sound_edits.set_sound(s, "sound-1", id="a"), "no field that can be set"),
        (lambda s: sound_edits.set_track(s, "track-1", sounds=()), "no field that can be set"),
        (lambda s: sound_edits.set_track(s, "track-1", volume=9), "volume"),
        (lambda s: sound_edits.split_sound(s, "sound-1", 1.0), "repeats"),
        (lambda s: sound_edits.split_sound(s, "sound-2", 0.0), "split"),
        (lambda s: sound_edits.move_sound(s, "sound-1", -1.0), "anchored"),
        (lambda s: sound_edits.anchor_sound(s, "sound-1", "shot-9"), "shot-9"),
        (
            lambda s: sound_edits.set_sound(
                s, "sound-1", envelope=({"at_s": 1, "volume": 1}, {"at_s": 1, "volume": 0})
            ),
            "in order of time",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(story: Story, deed, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadInput, match=words) as caught:
        deed(story)
    assert "\n" not in str(caught.value)
