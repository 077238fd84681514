"""Joining by packets: every frame once, in order, at its time, whatever the clips."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from letter_clips import number, numbered, numbers, write_foreign, write_numbered, write_tone
from seine_core.errors import BadInput, RenderCancelled, RenderFailed
from seine_core.media.video import probe
from seine_core.story.film.stitch import join, read_comment

STORY = '{"title": "Zwei Füße · 夜の川 🎬", "lines": "a\\nb\\t\\u0000"}'


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> list[Path]:
    """Clips of 0 to 9 frames at 24 fps; frame j of the clip with n frames shows 16 n + j."""
    folder = tmp_path_factory.mktemp("shelf")
    made = [Path()]
    for n in range(1, 10):
        made.append(write_numbered(folder / f"{n}.mp4", range(16 * n, 17 * n)))
    return made


def times(path: Path) -> list[Fraction]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [frame.pts * stream.time_base for frame in container.decode(stream)]


@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=8))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_frame_comes_once_in_order_at_its_time(shelf, tmp_path, lengths):
    out = tmp_path / "film.mp4"
    total = sum(lengths)
    assert join([shelf[n] for n in lengths], out) == total
    assert numbers(out) == [16 * n + j for n in lengths for j in range(n)]
    assert times(out) == [Fraction(i, 24) for i in range(total)]
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        assert stream.frames == total
        assert stream.start_time == 0
        assert stream.duration * stream.time_base == Fraction(total, 24)
        assert abs(container.duration - total / 24 * 1e6) <= 1


@pytest.mark.parametrize("fps", [1, 23, 25, 30, 60])
def test_the_length_is_exact_at_any_rate(tmp_path, fps):
    clips = [write_numbered(tmp_path / f"{n}.mp4", range(n, n + 7), fps=fps) for n in (1, 11)]
    join(clips, tmp_path / "film.mp4")
    assert probe(tmp_path / "film.mp4").duration_s == pytest.approx(14 / fps, abs=1e-9)
    assert numbers(tmp_path / "film.mp4", fps) == [*range(1, 8), *range(11, 18)]


def test_a_seek_into_the_film_is_exact(shelf, tmp_path):
    join([shelf[9]] * 5, tmp_path / "film.mp4")
    assert numbers(tmp_path / "film.mp4", 24, start_s=20 / 24, frames=3) == [146, 147, 148]


@pytest.mark.parametrize("sound_s", [0.5, 5.0])
def test_sound_is_cut_where_the_pictures_end(shelf, tmp_path, sound_s):
    sound = write_tone(tmp_path / "tone.m4a", sound_s)
    out = tmp_path / "film.mp4"
    join([shelf[9], shelf[8], shelf[9]], out, sound=sound)
    with av.open(str(out)) as container:
        picture, audio = container.streams.video[0], container.streams.audio[0]
        assert container.duration == pytest.approx(26 / 24 * 1e6, abs=1)
        assert picture.duration * picture.time_base == Fraction(26, 24)
        assert float(audio.duration * audio.time_base) == pytest.approx(
            min(sound_s, 26 / 24), abs=1 / 48000
        )
        samples = sum(frame.samples for frame in container.decode(audio))
        assert samples / 48000 == pytest.approx(min(sound_s, 26 / 24), abs=1024 / 48000)
    assert len(numbers(out)) == 26


def test_the_story_travels_in_the_film(shelf, tmp_path):
    out = tmp_path / "film.mp4"
    join([shelf[2]], out, comment=STORY, title="Füße")
    assert read_comment(out) == STORY
    long = STORY * 40_000
    join([shelf[2]], out, comment=long)
    assert read_comment(out) == long
    assert numbers(out) == [32, 33]
    join([shelf[2]], out)
    assert read_comment(out) is None
    (tmp_path / "text.mp4").write_text("no film")
    with pytest.raises(BadInput):
        read_comment(tmp_path / "text.mp4")


def test_the_index_stands_first_so_that_browsers_can_start(shelf, tmp_path):
    join([shelf[5]] * 3, tmp_path / "film.mp4")
    head = (tmp_path / "film.mp4").read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")


def test_clips_that_do_not_fit_are_refused_and_the_old_film_stays(shelf, tmp_path):
    out = tmp_path / "film.mp4"
    join([shelf[3]], out)
    before = out.read_bytes()
    other_size = write_numbered(tmp_path / "size.mp4", [1], width=80)
    other_rate = write_numbered(tmp_path / "rate.mp4", [1], fps=25)
    other_encoder = write_numbered(tmp_path / "settings.mp4", [1], quality="final")
    foreign = write_foreign(tmp_path / "foreign.mp4", [numbered(1)], [0])
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(shelf[9].read_bytes()[:-200])
    for bad in (other_size, other_rate, other_encoder, foreign, cut, tmp_path / "missing.mp4"):
        with pytest.raises(RenderFailed) as error:
            join([shelf[3], bad], out)
        assert str(bad) in str(error.value) and "\n" not in str(error.value)
    with pytest.raises(BadInput, match="received none"):
        join([], out)
    with pytest.raises(BadInput, match="no AAC"):
        join([shelf[3]], out, sound=shelf[3])
    assert out.read_bytes() == before
    assert not list(tmp_path.glob(".*"))


def test_a_cancelled_join_leaves_nothing(shelf, tmp_path):
    seen = []

    def stop_halfway(fraction, preview=None):
        seen.append(fraction)
        if fraction >= 0.5:
            raise RenderCancelled

    with pytest.raises(RenderCancelled):
        join([shelf[2]] * 4, tmp_path / "film.mp4", report=stop_halfway)
    assert seen == [0.25, 0.5]
    assert list(tmp_path.iterdir()) == []


def test_clips_of_different_looks_join_cleanly(tmp_path):
    """A picture may not lean on the clip before it: flat, noisy and numbered ones in turn."""
    import numpy as np

    from seine_core.media.encode import write_clip
    from seine_core.media.video import read_frames

    rng = np.random.default_rng(0)
    size = {"width": 64, "height": 48, "fps": 24}
    noise = tmp_path / "noise.mp4"
    write_clip([rng.integers(0, 256, (48, 64, 3), np.uint8) for _ in range(5)], noise, **size)
    plain = write_numbered(tmp_path / "plain.mp4", range(5), quality="final")
    join([noise, plain, noise, plain], tmp_path / "film.mp4")
    alone = [*read_frames(noise, 24), *read_frames(plain, 24)]
    for got, expected in zip(read_frames(tmp_path / "film.mp4", 24), alone * 2, strict=True):
        assert np.array_equal(got, expected)
    assert [number(s) for s in alone[5:]] == list(range(5))


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
def test_memory_does_not_grow_with_the_number_of_clips(shelf, tmp_path):
    code = (
        "import sys; from pathlib import Path; from seine_core.story.film.stitch import join\n"
        "join([Path(sys.argv[1])] * int(sys.argv[3]), Path(sys.argv[2]))\n"
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    peaks = []
    for count in ("2", "300"):
        arguments = [sys.executable, "-c", code, str(shelf[9]), str(tmp_path / "f.mp4"), count]
        done = subprocess.run(arguments, capture_output=True, text=True, check=True)
        peaks.append(int(done.stdout))
    assert peaks[1] - peaks[0] < 20_000  # KiB
    assert peaks[1] < 300_000
