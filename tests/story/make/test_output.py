"""Several exports of one story: each as it is asked for, none of them at the story's cost."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from letter_clips import number, numbers, write_tone
from letter_engines import Letters, letter_story, only, shown
from seine_core.errors import BadInput
from seine_core.media.frames import load_image
from seine_core.media.video import probe
from seine_core.rates import NTSC
from seine_core.story import edits, sound_edits
from seine_core.story.disk.storage import add_sound, dump_story, parse_story
from seine_core.story.film.export import read_comment
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.output import Output
from seine_core.story.make.plan import make_plan
from seine_core.story.make.render import render_story
from seine_core.story.model import Story

FRAMES = shown([16, 8, 12], between=4)  # shot 1, 0 to 2 s; shot 2, 2.5 to 3.5 s; shot 3, 4 to 5.5 s


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return letter_story(tmp_path, [2, 1, 1.5])


def render(story: Story, folder: Path, name: str, engine: Letters | None = None, **asked) -> Path:  # type: ignore[no-untyped-def]
    out = folder / "out" / name
    out.parent.mkdir(exist_ok=True)
    cache, engines = ClipCache(folder / "cache"), only(engine or Letters())
    count = render_story(story, folder, out, cache, engines=engines, output=Output(**asked))
    assert count >= 1
    return out


def test_another_container_is_written_from_the_clips_that_are_there(tmp_path, story):
    engine = Letters()
    render(story, tmp_path, "a.mp4", engine)
    before = engine.calls.copy()
    kept = sorted((tmp_path / "cache").glob("??/*"))
    for name, codec in (("b.mp4", "hevc"), ("b.webm", "vp9"), ("c.webm", "av1"), ("b.mov", None)):
        assert numbers(render(story, tmp_path, name, engine, codec=codec), 8) == FRAMES
    render(story, tmp_path, "b.webp", engine)
    assert engine.calls == before
    assert sorted((tmp_path / "cache").glob("??/*")) == kept


def test_another_size_and_rate_leave_the_story_and_its_clips_as_they_are(tmp_path, story):
    render(story, tmp_path, "a.mp4")
    cache, said = ClipCache(tmp_path / "cache"), dump_story(story)
    own = [job.key for job in make_plan(story, tmp_path, only(Letters())).jobs]
    out = render(story, tmp_path, "b.mp4", width=96, height=64, fps="29.97", quality="draft")
    found = probe(out)
    assert (found.width, found.height) == (48, 32)
    with av.open(str(out)) as film:
        assert film.streams.video[0].average_rate == NTSC[1]
    inside = parse_story(read_comment(out))
    assert inside.settings.fps == NTSC[1] and inside.settings.width == 96
    assert dump_story(story) == said and all(map(cache.has, own))
    engine = Letters()
    render(story, tmp_path, "c.mp4", engine)
    assert not engine.calls


@pytest.mark.parametrize(
    ("asked", "frames"),
    [
        ({"from_s": 0.5, "to_s": 1.5}, range(4, 12)),
        ({"from_s": 1.75}, range(14, 44)),
        ({"to_s": 2.25}, range(18)),
        ({"shots": ("shot-2",)}, range(20, 28)),
        ({"shots": ("shot-3", "shot-2")}, range(20, 44)),
        ({"to_s": 90}, range(44)),
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["a.mp4", "a.webm"])
def test_a_part_shows_its_frames_and_carries_no_story(tmp_path, story, name, asked, frames):
    out = render(story, tmp_path, name, **asked)
    assert numbers(out, 8) == [FRAMES[n] for n in frames]
    assert (read_comment(out) is None) == (len(frames) < len(FRAMES))


def test_only_what_a_part_shows_is_made(tmp_path, story):
    engine = Letters()
    render(story, tmp_path, "a.mp4", engine, shots=("shot-3",))
    assert engine.calls == {"animate": 1}
    still = render(story, tmp_path, "b.png", engine, at_s=2.3)
    assert number(load_image(still)) == FRAMES[18]
    assert engine.calls == {"animate": 3, "transition": 1}


def test_a_part_can_be_exported_while_another_cannot_be_made(tmp_path, story):
    (tmp_path / "media/2.png").unlink()
    out = render(story, tmp_path, "a.mp4", shots=("shot-1", "shot-2"))
    assert numbers(out, 8) == FRAMES[:28]
    with pytest.raises(BadInput, match=r"2\.png"):
        render(story, tmp_path, "b.mp4")


@pytest.mark.parametrize(("at_s", "frame"), [(0, 0), (1.99, 15), (2.0, 16), (5.49, 43)])
def test_a_still_is_what_is_on_screen_then(tmp_path, story, at_s, frame):
    assert number(load_image(render(story, tmp_path, "a.png", at_s=at_s))) == FRAMES[frame]


@pytest.mark.parametrize(
    ("name", "asked", "why"),
    [
        ("a.png", {"at_s": 5.5}, r"received '5.5 s', .*allowed 0 to 5.50 s"),
        ("a.mp4", {"from_s": 9}, "received '9 s to its end'"),
        ("a.mp4", {"from_s": 2, "to_s": 1}, "received '2 s to 1 s'"),
        ("a.mp4", {"shots": ("shot-9",)}, "shot: received 'shot-9'"),
        ("a.mp4", {"codec": "vp9"}, "codec: received 'vp9'"),
        ("a.mp4", {"fps": "29.5"}, r"fps: received '29.5'.*29\.97"),
        ("a.mp4", {"width": 97}, "width: received 97"),
        ("a.wav", {}, "no sound"),
    ],
)
def test_what_there_is_not_is_said_before_anything_is_made(tmp_path, story, name, asked, why):
    engine = Letters()
    with pytest.raises(BadInput, match=why) as error:
        render(story, tmp_path, name, engine, **asked)
    assert "\n" not in str(error.value)
    assert not engine.calls and not list((tmp_path / "out").iterdir())


def test_the_sound_of_a_part_is_that_of_its_frames(tmp_path, story):
    tone = add_sound(tmp_path, write_tone(tmp_path / "tone.wav", 2.0))
    story = sound_edits.add_track(story)
    story = sound_edits.add_sound(story, story.tracks[0].id, tone, start_s=2.0)
    out = render(story, tmp_path, "a.wav", from_s=1.0, to_s=4.5)
    with av.open(str(out)) as heard:
        parts = [piece.to_ndarray().reshape(-1, 2) for piece in heard.decode(audio=0)]
    loud = np.abs(np.concatenate(parts).astype(float)[:, 0]) > 100
    assert len(loud) == 3.5 * 48_000
    found = np.flatnonzero(loud)
    assert abs(found[0] - 48_000) < 600 and abs(found[-1] - 3 * 48_000) < 600


def test_the_sound_alone_needs_no_pictures(tmp_path, story):
    tone = add_sound(tmp_path, write_tone(tmp_path / "tone.wav", 2.0))
    story = sound_edits.add_track(story)
    story = sound_edits.add_sound(story, story.tracks[0].id, tone)
    story = edits.set_settings(story, fps=Fraction(30000, 1001))
    engine = Letters()
    render(story, tmp_path, "a.m4a", engine)
    assert not engine.calls
