"""The mix of a film against what its parts are known to be, sample by sample."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from made_sounds import RATE, clicks, rms, tone, write_film, write_sound
from seine_core.story import edits, sound_edits
from seine_core.story.mix.film_sound import film_sound
from seine_core.story.mix.limiter import CEILING
from seine_core.story.mix.mixer import Mix
from seine_core.story.mix.store import SoundStore
from seine_core.story.model import CardSource, Story, VideoSource

Sound = NDArray[np.float32]


def mix_of(story: Story, folder: Path) -> Mix:
    mix = film_sound(story, folder, SoundStore(folder / "sounds"))
    assert mix is not None
    return mix


def heard(story: Story, folder: Path) -> Sound:
    return np.concatenate(list(mix_of(story, folder).blocks()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A story's folder with sounds: a tone of 441 Hz, noise, and a tone that loops as a whole."""
    folder = tmp_path_factory.mktemp("story")
    media = folder / "media"
    media.mkdir()
    write_sound(media / "tone.wav", tone(6))
    write_sound(media / "high.wav", tone(6, 1200))
    write_sound(media / "short.wav", tone(1))
    write_sound(media / "loud.wav", tone(3, 997, 0.99))
    for name, seed in (("noise-a.mov", 1), ("noise-b.mov", 2)):
        noise = np.random.default_rng(seed).uniform(-0.2, 0.2, 6 * RATE)
        write_film(media / name, noise)
    return folder


def cards(*seconds: float, **settings: Any) -> Story:
    story = edits.set_settings(Story(), fps=25, **settings)
    for duration_s in seconds:
        story = edits.insert(story, [CardSource()], duration_s=duration_s)
    for edge in story.edges():
        story = edits.set_transition(story, edge.left, edge.right, duration_s=0.0)
    return story


def with_music(story: Story, file: str = "tone.wav", **fields: Any) -> Story:
    story = sound_edits.add_track(story, duck_db=0.0)
    return sound_edits.add_sound(story, story.tracks[-1].id, file, **fields)


def test_a_tone_goes_out_as_it_came_in(folder: Path) -> None:
    sound = heard(with_music(cards(4), start_s=0.5, offset_s=0), folder)
    assert sound.shape == (4 * RATE, 2)
    assert not sound[: RATE // 2].any()
    expected = tone(6)[: 4 * RATE - RATE // 2]
    assert np.abs(sound[RATE // 2 :] - expected[:, None]).max() < 1e-4


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_mix_is_the_sum_of_its_parts_and_the_same_from_anywhere(
    folder: Path, data: st.DataObject
) -> None:
    story = cards(3.4)
    parts: list[Story] = []
    times = st.integers(0, 300).map(lambda n: n / 100)
    for _ in range(data.draw(st.integers(1, 3))):
        fields = {
            "file": data.draw(st.sampled_from(["tone.wav", "high.wav", "short.wav"])),
            "start_s": data.draw(times),
            "offset_s": data.draw(times) / 4,
            "duration_s": data.draw(st.none() | times.filter(bool)),
            "loop": data.draw(st.booleans()),
            "volume": data.draw(st.sampled_from([0.2, 0.5])),
            "fade_in_s": data.draw(times) / 3,
            "fade_out_s": data.draw(times) / 3,
            "envelope": data.draw(
                st.just(()) | st.just(({"at_s": 0.5, "volume": 1.0}, {"at_s": 1, "volume": 0.1}))
            ),
        }
        story = with_music(story, **fields)
        parts.append(with_music(cards(3.4), **fields))
    mix = mix_of(story, folder)
    whole = np.concatenate(list(mix.blocks()))
    assert len(whole) == mix.samples == round(3.4 * RATE)
    assert np.abs(whole - sum(heard(part, folder) for part in parts)).max() < 1e-5
    first = data.draw(st.integers(0, mix.samples))
    count = data.draw(st.integers(0, 2 * RATE))
    assert np.array_equal(mix_of(story, folder).read(first, count), whole[first : first + count])


@settings(max_examples=15, deadline=None)
@given(at=st.integers(1, 299), offset=st.integers(0, 100))
def test_a_split_is_not_heard(folder: Path, at: int, offset: int) -> None:
    envelope = ({"at_s": 0.2, "volume": 1.0}, {"at_s": 2.9, "volume": 0.3})
    story = with_music(cards(3), offset_s=offset / 100, duration_s=3.0, envelope=envelope)
    split = sound_edits.split_sound(story, "sound-1", at / 100)
    assert len(split.tracks[0].sounds) == 2
    # Where the parts cross-fade, for 10 ms, an envelope stands still: a difference of -70 dB.
    assert np.abs(heard(story, folder) - heard(split, folder)).max() < 3e-4


@pytest.mark.parametrize("at_s", [0.04, 1.0, 1.48, 2.96])
def test_a_split_shot_sounds_as_before(folder: Path, at_s: float) -> None:
    story = edits.insert(cards(), [VideoSource(file="noise-a.mov", offset_s=1.0)], duration_s=3)
    split = edits.split(story, "shot-1", at_s)
    assert np.abs(heard(story, folder) - heard(split, folder)).max() < 1e-5


def test_a_cut_does_not_click(folder: Path) -> None:
    """A tone that is cut off in the middle of a wave changes no faster than it does by itself."""
    story = with_music(cards(3), offset_s=0.3333, duration_s=1.2345, start_s=0.5)
    steps = np.abs(np.diff(heard(story, folder)[:, 0].astype(float)))
    assert steps.max() < 1.1 * np.abs(np.diff(tone(1))).max()


def test_a_loop_has_no_gap(folder: Path) -> None:
    sound = heard(with_music(cards(7.2), "short.wav", loop=True), folder)
    expected = np.resize(tone(1), round(7.2 * RATE))
    assert np.abs(sound - expected[:, None]).max() < 1e-4


def test_volume_fades_and_the_film_s_end(folder: Path) -> None:
    story = with_music(
        cards(5), "short.wav", loop=True, volume=0.5, fade_in_s=1, fade_out_s=2, start_s=0
    )
    sound = heard(story, folder)
    middle = rms(sound[2 * RATE : 3 * RATE - RATE // 2])
    assert middle == pytest.approx(0.5 * 0.25 / np.sqrt(2), rel=0.01)
    for at_s, share in ((0.5, 0.5), (4.0, 0.5), (4.99, 0.005)):
        around = sound[round(at_s * RATE) - 240 : round(at_s * RATE) + 240]
        assert rms(around) == pytest.approx(share * middle, rel=0.15)


def shots(folder: Path, bridge_s: float, **sound: Any) -> Story:
    """Two videos of noise with material before and behind what they show."""
    story = cards()
    for name in ("noise-a.mov", "noise-b.mov"):
        story = edits.insert(
            story, [VideoSource(file=name, offset_s=2.0)], duration_s=2.0, sound=sound
        )
    return edits.set_transition(story, "shot-1", "shot-2", duration_s=bridge_s)


def test_shots_cross_fade_with_equal_power(folder: Path) -> None:
    sound = heard(shots(folder, 1.0), folder)
    assert len(sound) == 5 * RATE
    steady = rms(sound[RATE : 2 * RATE - 1000])
    for at_s in (2.1, 2.5, 2.9):
        around = sound[round((at_s - 0.1) * RATE) : round((at_s + 0.1) * RATE)]
        assert rms(around) == pytest.approx(steady, rel=0.05)


def test_a_shot_that_does_not_ring_leaves_its_transition_silent(folder: Path) -> None:
    sound = heard(shots(folder, 1.0, rings=False), folder)
    assert rms(sound[round(2.02 * RATE) : round(2.98 * RATE)]) == 0
    assert rms(sound[round(3.02 * RATE) :]) > 0.1


def test_room_tone_fills_what_is_generated(folder: Path) -> None:
    source = VideoSource(file="noise-a.mov", offset_s=4.0)
    for room_tone, level in ((True, 1.0), (False, 0.0)):
        story = edits.insert(cards(), [source], duration_s=5.0, sound={"room_tone": room_tone})
        sound = heard(story, folder)
        given = rms(sound[: RATE * 3 // 2])
        assert rms(sound[round(2.1 * RATE) :]) == pytest.approx(level * given, rel=0.1)


def test_a_looping_video_loops_its_sound(folder: Path) -> None:
    source = VideoSource(file="noise-a.mov", offset_s=4.0)
    story = edits.insert(cards(), [source], duration_s=5.0, past_end="loop")
    sound = heard(story, folder)
    assert np.abs(sound[RATE : 2 * RATE] - sound[3 * RATE : 4 * RATE]).max() < 1e-5


def test_music_makes_room_for_a_voice_and_comes_back(folder: Path) -> None:
    story = sound_edits.set_track(with_music(cards(6)), "track-1", duck_db=12.0)
    story = sound_edits.add_track(story, "voice")
    story = sound_edits.add_sound(story, "track-2", "high.wav", start_s=2, duration_s=1.5)
    sound = heard(story, folder)

    def music_at(first_s: float, last_s: float) -> float:
        part = sound[round(first_s * RATE) : round(last_s * RATE), 0].astype(float)
        wave = np.exp(-2j * np.pi * 441 * np.arange(len(part)) / RATE)
        return float(2 * np.abs((part * wave).mean()))

    assert music_at(0, 1) == pytest.approx(0.25, rel=0.01)
    assert music_at(2.2, 3.2) == pytest.approx(0.25 * 10 ** (-12 / 20), rel=0.02)
    assert music_at(5, 6) == pytest.approx(0.25, rel=0.01)


def test_peaks_stay_under_the_limit(folder: Path) -> None:
    story = with_music(with_music(cards(3), "loud.wav"), "loud.wav", volume=0.8)
    sound = heard(story, folder)
    assert np.abs(sound).max() <= CEILING * 1.001
    spectrum = np.abs(np.fft.rfft(sound[RATE // 2 : RATE // 2 + RATE, 0]))
    assert spectrum[997] > 0.9 * CEILING * RATE / 2, "it is turned down, and not cut off"


def test_mute_and_solo(folder: Path) -> None:
    story = with_music(with_music(cards(2)), "high.wav")
    both = heard(story, folder)
    muted = heard(sound_edits.set_track(story, "track-1", muted=True), folder)
    solo = film_sound(story, folder, SoundStore(folder / "sounds"), solo=["track-2"])
    assert solo is not None
    assert np.array_equal(muted, np.concatenate(list(solo.blocks())))
    assert not np.array_equal(muted, both)


def test_a_film_without_sound_has_no_mix(folder: Path) -> None:
    store = SoundStore(folder / "sounds")
    assert film_sound(cards(1), folder, store) is None
    story = sound_edits.set_track(with_music(cards(1)), "track-1", muted=True)
    assert film_sound(story, folder, store) is None


@pytest.mark.parametrize("fps", [24, 25, 29.97])
def test_200_cuts_keep_sound_and_pictures_together(folder: Path, fps: float) -> None:
    """A sound that is anchored to each shot is heard with the first of its frames."""
    write_sound(folder / "media/click.wav", clicks(0.01, [0.0]))
    lengths = np.random.default_rng(round(fps)).uniform(0.1, 0.5, 200)
    story = edits.set_settings(Story(), fps=fps)
    for length in lengths:
        story = edits.insert(story, [CardSource()], duration_s=float(length))
    for edge in story.edges():
        story = edits.set_transition(story, edge.left, edge.right, duration_s=0.0)
    story = sound_edits.add_track(story, "effects")
    for shot in story.shots:
        story = sound_edits.add_sound(story, "track-1", "click.wav", anchor=shot.id)
    sound = heard(story, folder)[:, 0]
    found = np.flatnonzero(sound > 0.2) / RATE * float(story.settings.fps)
    expected = [*story.starts().values()]
    assert len(found) == 200 and np.abs(found - expected).max() < 0.05


def test_cuts_of_a_video_keep_clicks_with_flashes(folder: Path) -> None:
    """A flash and a click every ten frames; shots begin at any frame of it."""
    at = range(0, 250, 10)
    write_film(
        folder / "media/flashes.mov",
        clicks(10, [n / 25 for n in at]),
        grey=lambda n: 250 if n in at else 20,
    )
    rng = np.random.default_rng(7)
    offsets, story = rng.integers(0, 220, 40), cards()
    for offset in offsets:
        source = VideoSource(file="flashes.mov", offset_s=int(offset) / 25)
        story = edits.insert(story, [source], duration_s=float(rng.integers(2, 25) / 25))
    for edge in story.edges():
        story = edits.set_transition(story, edge.left, edge.right, duration_s=0.0)
    starts, flashes = story.starts(), []
    for shot, offset in zip(story.shots, offsets, strict=True):
        frames = story.settings.frames(shot.duration_s)
        flashes += [starts[shot.id] + n for n in range(frames) if offset + n in at]
    found = np.flatnonzero(heard(story, folder)[:, 0] > 0.45) / RATE * 25
    assert np.abs(found - flashes).max() < 0.05


def test_sound_that_begins_late_in_its_file_stays_with_its_pictures(folder: Path) -> None:
    write_film(folder / "media/late.mkv", clicks(2, [0.5]), late_s=0.4)
    story = edits.insert(cards(), [VideoSource(file="late.mkv")], duration_s=2.0)
    [at] = np.flatnonzero(heard(story, folder)[:, 0] > 0.2)
    assert at / RATE == pytest.approx(0.9, abs=0.002)


@pytest.mark.parametrize(("target", "lufs"), [("web", -14.0), ("broadcast", -23.0)])
def test_loudness_comes_to_its_target(folder: Path, target: str, lufs: float) -> None:
    from seine_core.story.mix.loudness import integrated_lufs

    story = cards(6, loudness=target)
    sound = heard(with_music(story, volume=0.3), folder)
    assert integrated_lufs([sound]) == pytest.approx(lufs, abs=0.1)


def test_the_loudness_of_a_known_tone() -> None:
    """EBU Tech 3341, case 1: 997 Hz at -23 dBFS in both channels is -23 LUFS."""
    from seine_core.story.mix.loudness import gain_to, integrated_lufs

    sound = np.repeat(tone(20, 997, 10 ** (-23 / 20))[:, None], 2, axis=1).astype(np.float32)
    assert integrated_lufs(np.array_split(sound, 7)) == pytest.approx(-23, abs=0.1)
    assert integrated_lufs([]) == -np.inf and gain_to("web", -np.inf) == 1
    assert gain_to("off", -30) == 1 and gain_to("broadcast", -23) == 1
