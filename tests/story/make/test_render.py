"""Rendering: the right frames in the right order, and nothing made twice or lost."""

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from cpu_time import cpu_of_children_s
from letter_clips import number, numbered, write_foreign, write_numbered, write_tone
from letter_engines import TRANSITION, Letters, letter_story, shown
from rendered_letters import run
from seine_core.clips import Frames
from seine_core.engines.protocol import Request
from seine_core.errors import BadInput
from seine_core.media.encode import write_clip
from seine_core.media.frames import save_png
from seine_core.media.video import probe
from seine_core.story import edits, sound_edits
from seine_core.story.disk.storage import parse_story
from seine_core.story.film.export import read_comment
from seine_core.story.make.render import Progress
from seine_core.story.model import Caption, CardSource, VideoSource

KINDS = {
    "at once": {},
    "pieces": {"piece_frames": 5},
    "chains": {"max_frames": 8, "context_frames": 3},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_frame_once_and_in_order(tmp_path: Path, kind: str) -> None:
    story = letter_story(tmp_path, [2.5, 1, 0.125, 1.25])
    engine = Letters(**KINDS[kind])
    assert run(story, tmp_path, engine) == shown([20, 8, 1, 10], between=4)


def test_a_part_of_a_chain_begins_in_its_middle(tmp_path: Path) -> None:
    story = letter_story(tmp_path, [3])
    for kind in KINDS.values():
        halves = edits.split(story, "shot-1", 1.5)
        assert run(halves, tmp_path, Letters(**kind)) == list(range(24))


def test_cuts_cards_and_videos(tmp_path: Path) -> None:
    story = letter_story(tmp_path, [1, 1])
    write_numbered(tmp_path / "media/a.mp4", range(100, 112), width=64, height=64, fps=8)
    story = edits.set_transition(story, "shot-1", "shot-2", duration_s=0)
    story = edits.insert(story, [VideoSource(file="a.mp4", offset_s=0.5)], duration_s=1.5)
    story = edits.insert(story, [CardSource(colour="#ffffff")], duration_s=0.5)
    for edge in story.edges():
        story = edits.set_transition(story, edge.left, edge.right, duration_s=0)
    expected = [*range(8), *range(1000, 1008), *range(104, 116), *[0xFFFF] * 4]
    assert run(story, tmp_path, Letters()) == expected


@pytest.mark.parametrize("seconds", [0.25, 1, 3.5, 20])
def test_a_looping_video_starts_again_and_again(tmp_path: Path, seconds: float) -> None:
    """Over pieces, in a split shot, and where a transition begins and ends."""
    story = letter_story(tmp_path, [1])
    write_numbered(tmp_path / "media/a.mp4", range(100, 112), width=64, height=64, fps=8)
    video = VideoSource(file="a.mp4", offset_s=0.375)
    story = edits.insert(story, [video], before="shot-1", duration_s=seconds, past_end="loop")
    frames = round(seconds * 8)
    expected = [103 + n % 9 for n in range(frames)]
    seen = Ends()
    assert run(story, tmp_path, seen)[:frames] == expected
    assert seen.starts == [expected[-1]]
    for at_s in (2.5, 1.25, 1.125, 0.75, 0.125):
        if at_s < seconds:
            story = edits.split(story, "shot-2", at_s)
            assert run(story, tmp_path, Letters())[:frames] == expected


def test_a_video_split_into_scenes_plays_as_before(tmp_path: Path) -> None:
    """At another rate than its own, where no frame may slip into the scene after it."""
    story = letter_story(tmp_path, [1])
    write_numbered(tmp_path / "media/a.mp4", range(100, 160), width=64, height=64, fps=30)
    story = edits.set_source(story, "shot-1", VideoSource(file="a.mp4", offset_s=0.1))
    story = edits.set_shot(story, "shot-1", duration_s=1.75)
    before = run(story, tmp_path, Letters())
    cuts = [n / 30 for n in (11, 12, 25, 42)]
    story = edits.split_at(story, "shot-1", [cut - 0.1 for cut in cuts])
    assert len(story.shots) == 4, "two cuts are within one frame"
    assert run(story, tmp_path, Letters()) == before
    for shot, first in zip(story.shots[1:], (112, 125, 142), strict=True):
        part = edits.remove(story, {other.id for other in story.shots} - {shot.id})
        assert first <= run(part, tmp_path, Letters())[0] < first + 4


class Ends(Letters):
    """Notes what its transitions start from."""

    def __init__(self) -> None:
        super().__init__()
        self.starts: list[int] = []

    def transition(self, request: Request) -> Frames:
        self.starts.append(number(request.given[0]))
        return super().transition(request)


def test_a_video_whose_sound_is_longer_is_held_and_looped(tmp_path: Path) -> None:
    """Matroska says only how long all of it is: the last picture is shown until then."""
    story = letter_story(tmp_path, [1])
    stills = [numbered(100 + n) for n in range(8)]
    write_foreign(tmp_path / "media/a.mkv", stills, [125 * n for n in range(8)], tone_s=1.45)
    story = edits.set_source(story, "shot-1", VideoSource(file="a.mkv"))
    story = edits.set_shot(story, "shot-1", past_end="loop", duration_s=4)
    held = [*range(100, 107), *[107] * 5]
    assert run(story, tmp_path, Letters()) == (held * 3)[:32]
    story = edits.split(story, "shot-1", 1.25)
    assert run(story, tmp_path, Letters()) == (held * 3)[:32]


def test_the_crop_follows_the_focus(tmp_path: Path) -> None:
    """Two numbers side by side: the shot shows one of them, whether picture or video."""
    story = letter_story(tmp_path, [1, 1])
    pairs = [np.hstack([numbered(n, 64, 64), numbered(40 + n, 64, 64)]) for n in range(8)]
    save_png(pairs[0], tmp_path / "media/0.png")
    write_clip(pairs, tmp_path / "media/a.mp4", width=128, height=64, fps=8)
    story = edits.set_source(story, "shot-2", VideoSource(file="a.mp4"))
    story = edits.set_transition(story, "shot-1", "shot-2", duration_s=0)
    for focus, first in ((0, 0), (1, 40)):
        for shot in ("shot-1", "shot-2"):
            story = edits.set_shot(story, shot, focus=(focus, 0.5))
        assert run(story, tmp_path, Letters()) == [*range(first, first + 8)] * 2


def test_where_nobody_chose_the_crop_follows_the_subject(tmp_path: Path) -> None:
    """A number on plain grey, to the left or right of the middle: it is in sight, whether on a
    picture or at the start of a video, and in all of its pieces."""
    story = letter_story(tmp_path, [1, 1])
    story = edits.set_transition(story, "shot-1", "shot-2", duration_s=0)
    plain, seen = np.full((64, 128, 3), 128, np.uint8), [*range(0x5A5A, 0x5A62)]
    for name, sides in (("left", (0, 1)), ("right", (1, 0))):
        pairs = ([numbered(n, 64, 64), plain] for n in seen)
        stills = [np.hstack([pair[side] for side in sides]) for pair in pairs]
        save_png(stills[0], tmp_path / "media/0.png")
        write_clip(stills, tmp_path / f"media/{name}.mp4", width=192, height=64, fps=8)
        story = edits.set_source(story, "shot-2", VideoSource(file=f"{name}.mp4"))
        whole = run(story, tmp_path, Letters())
        assert whole == seen * 2, name
        assert run(edits.split(story, "shot-2", 0.5), tmp_path, Letters()) == whole


def test_a_second_render_makes_nothing(tmp_path: Path) -> None:
    story, engine = letter_story(tmp_path, [1, 1, 1]), Letters()
    first = run(story, tmp_path, engine)
    assert engine.calls == {"animate": 3, "transition": 2}
    assert run(story, tmp_path, engine) == first
    assert engine.calls.total() == 5
    run(edits.set_shot(story, "shot-3", prompt="snow"), tmp_path, engine)
    assert engine.calls == {"animate": 4, "transition": 3}


def test_reordering_back_makes_nothing(tmp_path: Path) -> None:
    story, engine = letter_story(tmp_path, [1, 1, 1]), Letters()
    first = run(story, tmp_path, engine)
    moved = edits.move(story, ["shot-3"], before="shot-1")
    run(moved, tmp_path, engine)
    assert engine.calls["animate"] == 3, "shots do not depend on their place"
    calls = engine.calls.total()
    assert run(edits.move(moved, ["shot-3"]), tmp_path, engine) == first
    assert engine.calls.total() == calls


def test_progress_rises_to_one_and_names_the_clips(tmp_path: Path) -> None:
    seen: list[Progress] = []
    run(letter_story(tmp_path, [1, 1]), tmp_path, Letters(), seen.append)
    clips = [p for p in seen if p.owner]
    assert [p.fraction for p in clips] == sorted(p.fraction for p in clips)
    assert clips[-1].fraction == 1.0 and clips[-1].done == clips[-1].total == 3
    assert {p.owner for p in clips} == {"shot-1", "shot-2", "shot-1>shot-2"}
    assert seen[-1].owner == "" and seen[-1].clip_fraction == 1.0


def test_the_file_carries_its_story(tmp_path: Path) -> None:
    story = edits.set_shot(letter_story(tmp_path, [1, 1]), "shot-1", prompt="Grüße 🌅")
    run(story, tmp_path, Letters())
    comment = read_comment(tmp_path / "out.mp4")
    assert comment is not None and parse_story(comment) == story


def test_captions_and_fades_keep_the_length(tmp_path: Path) -> None:
    story = letter_story(tmp_path, [2, 2], fade_in_s=0.5, fade_out_s=0.5)
    story = edits.set_shot(story, "shot-2", captions=[Caption(text="Hi")])
    engine = Letters()
    found = run(story, tmp_path, engine)
    assert len(found) == 36
    assert found[4:20] == shown([16, 16], 4)[4:20]
    run(edits.set_shot(story, "shot-2", captions=[Caption(text="Ho")]), tmp_path, engine)
    assert engine.calls.total() == 3, "another caption needs no engine"


def test_the_sound_lasts_as_long_as_the_pictures(tmp_path: Path) -> None:
    story = sound_edits.add_track(letter_story(tmp_path, [2]))
    write_tone(tmp_path / "media/tone.wav", 0.7)
    story = sound_edits.add_sound(story, "track-1", "tone.wav", loop=True)
    run(story, tmp_path, Letters())
    assert probe(tmp_path / "out.mp4").has_audio
    gone = sound_edits.set_sound(story, "sound-1", file="gone.wav")
    with pytest.raises(BadInput, match=r"gone.wav: no such file"):
        run(gone, tmp_path, Letters())


def test_the_two_given_frames_are_not_doubled(tmp_path: Path) -> None:
    story = letter_story(tmp_path, [1, 1])
    found = run(story, tmp_path, Letters())
    assert [n for n in found if n & TRANSITION] == [TRANSITION | n for n in (1, 2, 3, 4)]
    assert all(a != b for a, b in pairwise(found))


def test_a_long_story_needs_no_more_memory(tmp_path: Path) -> None:
    """50 shots peak no higher than 10 (within 20 MB of noise); their frames are 80 MB."""
    peaks = []
    for count in (10, 50):
        before = cpu_of_children_s()
        script = f"""
import resource, sys
from pathlib import Path
sys.path[:0] = {sys.path!r}
from letter_engines import Letters, letter_story, only
from seine_core.story import edits, sound_edits
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.render import render_story
folder = Path({str(tmp_path / str(count))!r})
story = edits.set_settings(letter_story(folder, [1] * {count}), width=256, height=256)
render_story(story, folder, folder / "x.mp4", ClipCache(folder / "cache"), engines=only(Letters()))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
        peaks.append(int(done.stdout))
        assert cpu_of_children_s() - before < 200
    assert peaks[1] < peaks[0] + 20, peaks
