"""Captions, fades and the soundtrack, on frames and tones whose content is known."""

import gc
import itertools
import threading
import warnings

import av
import numpy as np
import pytest

from letter_clips import write_numbered, write_tone
from seine_core.errors import BadInput
from seine_core.story.film.compose import SAMPLE_RATE, compose, soundtrack
from seine_core.story.model import Caption, Soundtrack

GREY = np.full((144, 256, 3), 120, np.uint8)
BOTTOM = Caption(text="The river at night")
TITLE = Caption(text="The river", place="centre")


def greys(count):
    return (GREY for _ in range(count))


# -- captions --------------------------------------------------------------------------------------


def test_a_caption_fades_in_once_and_out_once_however_the_shot_is_cut():
    whole = list(compose(greys(48), fps=24, total=48, caption=BOTTOM))
    parts = [
        frame
        for first, count in ((0, 5), (5, 20), (25, 23))
        for frame in compose(greys(count), fps=24, total=48, first=first, caption=BOTTOM)
    ]
    assert all(np.array_equal(a, b) for a, b in zip(whole, parts, strict=True))
    strength = [np.abs(frame.astype(int) - GREY).sum() for frame in whole]
    assert strength[0] < strength[5] < strength[10]
    assert len(set(strength[10:38])) == 1  # 0.4 s are 9.6 frames
    assert np.allclose(strength, strength[::-1], rtol=0.02)


def test_what_is_given_stays_untouched():
    ground = GREY.copy()
    assert next(iter(compose([ground], fps=24, total=1, caption=TITLE))) is not ground
    assert np.array_equal(ground, GREY)
    assert next(compose([ground], fps=24, total=1)) is ground


# -- fades -----------------------------------------------------------------------------------------


def test_fades_are_black_at_the_outermost_frame_and_untouched_inside():
    frames = list(compose(greys(30), fps=24, total=30, fade_in=10, fade_out=5))
    levels = [int(frame[0, 0, 0]) for frame in frames]
    assert levels[:11] == [round(12 * i) for i in range(11)]
    assert levels[10:25] == [120] * 15
    assert levels[25:] == [96, 72, 48, 24, 0]


def test_a_fade_goes_on_across_the_clips_of_a_shot():
    whole = list(compose(greys(30), fps=24, total=30, fade_in=20, fade_out=20))
    parts = [
        frame
        for first in range(0, 30, 7)
        for frame in compose(
            greys(min(7, 30 - first)), fps=24, total=30, first=first, fade_in=20, fade_out=20
        )
    ]
    assert all(np.array_equal(a, b) for a, b in zip(whole, parts, strict=True))


def test_fades_longer_than_the_shot_are_as_long_as_it():
    for total in (1, 2, 3):
        frames = list(compose(greys(total), fps=24, total=total, fade_in=99, fade_out=99))
        assert len(frames) == total
        assert frames[0].max() == 0 and frames[-1].max() == 0


def test_frames_are_taken_one_by_one():
    taken = []

    def source():
        for i in range(100):
            taken.append(i)
            yield GREY

    stream = compose(source(), fps=24, total=100, caption=BOTTOM, fade_in=5, fade_out=5)
    list(itertools.islice(stream, 3))
    assert len(taken) <= 3


def test_frames_outside_the_shot_are_refused():
    with pytest.raises(BadInput, match="first: received 9"):
        next(compose(greys(1), fps=24, total=9, first=9))
    assert list(compose([], fps=24, total=9, fade_in=3, caption=BOTTOM)) == []


# -- sound -----------------------------------------------------------------------------------------


def heard(path):
    """Mono samples, and what the file says of its length."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert stream.codec_context.name == "aac" and stream.rate == SAMPLE_RATE
        parts = [frame.to_ndarray().mean(axis=0) for frame in container.decode(stream)]
        return np.concatenate(parts), container.duration / 1e6


def loudness(samples, start_s, end_s):
    part = samples[round(start_s * SAMPLE_RATE) : round(end_s * SAMPLE_RATE)]
    return float(np.sqrt(np.mean(part.astype(float) ** 2)))


def settings(**changes):
    return Soundtrack(**({"file": "tone.wav", "fade_out_s": 0} | changes))


TONE = 0.5 / np.sqrt(2)  # of write_tone


@pytest.mark.parametrize("suffix", [".wav", ".m4a", ".mp3", ".mp4"])
def test_music_is_cut_to_length(tmp_path, suffix):
    source = write_tone(tmp_path / f"tone{suffix}", 5)
    soundtrack(settings(), source, 2.5, tmp_path / "out.m4a")
    samples, length = heard(tmp_path / "out.m4a")
    assert length == pytest.approx(2.5, abs=0.001)
    assert len(samples) / SAMPLE_RATE == pytest.approx(2.5, abs=1024 / SAMPLE_RATE)
    assert loudness(samples, 0.2, 2.3) == pytest.approx(TONE, rel=0.05)


def test_short_music_repeats_without_gaps_and_long_films_end_on_time(tmp_path):
    """441 Hz in 1 s is a whole number of waves, so a gapless loop is one long tone."""
    source = write_tone(tmp_path / "tone.wav", 1, hertz=441)
    soundtrack(settings(), source, 7.3, tmp_path / "out.m4a")
    samples, length = heard(tmp_path / "out.m4a")
    assert length == pytest.approx(7.3, abs=0.001)
    quiet = [loudness(samples, t, t + 0.02) for t in np.arange(0.1, 7.2, 0.02)]
    assert min(quiet) > 0.9 * TONE and max(quiet) < 1.1 * TONE


def test_music_that_does_not_loop_ends_in_silence(tmp_path):
    source = write_tone(tmp_path / "tone.wav", 1)
    soundtrack(settings(loop=False), source, 3, tmp_path / "out.m4a")
    samples, length = heard(tmp_path / "out.m4a")
    assert length == pytest.approx(3, abs=0.001)
    assert loudness(samples, 0.2, 0.9) == pytest.approx(TONE, rel=0.05)
    assert loudness(samples, 1.1, 2.9) < 0.001


def test_music_starts_where_it_is_told_to(tmp_path):
    """Two tones, 12 s of silence and then 2 s of sound; start in the silence and in the sound."""
    import wave

    tone = (0.5 * 32767 * np.sin(np.arange(2 * 48000) / 20)).astype("<i2")
    with wave.open(str(tmp_path / "late.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes(np.concatenate([np.zeros(12 * 48000, "<i2"), tone]).tobytes())
    for start_s, begins_s in ((11.5, 0.5), (12.0, 0.0), (5.0, 7.0)):
        out = tmp_path / "out.m4a"
        soundtrack(settings(start_s=start_s, loop=False), tmp_path / "late.wav", 8.0, out)
        samples, _ = heard(out)
        first = np.nonzero(np.abs(samples) > 0.1)[0][0] / SAMPLE_RATE
        assert first == pytest.approx(begins_s, abs=0.01)


def test_volume_and_fades(tmp_path):
    source = write_tone(tmp_path / "tone.wav", 1)
    mixed = settings(volume=0.5, fade_in_s=1, fade_out_s=2)
    soundtrack(mixed, source, 5, tmp_path / "out.m4a")
    samples, _ = heard(tmp_path / "out.m4a")
    middle = loudness(samples, 1.5, 2.5)
    assert middle == pytest.approx(0.5 * TONE, rel=0.05)
    assert loudness(samples, 0.45, 0.55) == pytest.approx(middle / 2, rel=0.1)
    assert loudness(samples, 3.95, 4.05) == pytest.approx(middle / 2, rel=0.1)
    assert loudness(samples, 4.95, 5) < 0.05 * middle
    soundtrack(settings(volume=4), source, 1, tmp_path / "loud.m4a")
    assert np.abs(heard(tmp_path / "loud.m4a")[0]).max() < 1.5  # clipped, not wrapped around


def test_files_without_sound_are_refused(tmp_path):
    out = tmp_path / "out.m4a"
    (tmp_path / "text.mp3").write_text("no music")
    (tmp_path / "empty.wav").touch()
    write_numbered(tmp_path / "mute.mp4", range(3))
    write_tone(tmp_path / "tone.wav", 1)
    for name, why in (
        ("text.mp3", "no sound that can be read"),
        ("empty.wav", "0 bytes"),
        ("mute.mp4", "has no sound"),
        ("missing.wav", "no such file"),
    ):
        with pytest.raises(BadInput, match=why):
            soundtrack(settings(), tmp_path / name, 1, out)
    for start_s in (1.5, 60):
        with pytest.raises(BadInput, match="no sound after"):
            soundtrack(settings(start_s=start_s), tmp_path / "tone.wav", 1, out)
    with pytest.raises(BadInput, match="duration_s"):
        soundtrack(settings(), tmp_path / "tone.wav", 0, out)
    assert not out.exists() and not list(tmp_path.glob(".*"))


def test_nothing_is_left_open(tmp_path):
    source = write_tone(tmp_path / "tone.wav", 1)
    threads = threading.active_count()
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        soundtrack(settings(), source, 2, tmp_path / "out.m4a")
        list(compose(greys(3), fps=24, total=3, caption=TITLE, fade_in=1))
        gc.collect()
    assert threading.active_count() == threads
