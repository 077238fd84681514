"""Sounds in a real browser: dropped, heard, drawn, dragged, trimmed, recorded and exported."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app_stories import write_story
from browser_pages import Editor, drag_files, serving, settle
from made_sounds import rms, tone, write_film, write_sound
from seine_core.media.sound import read_sound
from seine_core.story import edits
from seine_core.story.disk.storage import save_story

pytestmark = pytest.mark.browser

SONG_HZ, FILM_HZ = 440.0, 1200.0
# How loud each of some frequencies is played now, decibels.
HEAR = """wanted => {
  const {analysers: [analyser], context} = storyboard.player.sound;
  if (!analyser) return {};
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  return Object.fromEntries(wanted.map(hertz => {
    const at = Math.round(hertz * analyser.fftSize / context.sampleRate);
    return [hertz, Math.max(...bins.slice(at - 1, at + 2))];
  }));
}"""
HEARS = f"([wanted, loud]) => Object.values(({HEAR})(wanted)).every(db => db > -50 === loud)"


@pytest.fixture
def served(browser: Browser, tmp_path: Path) -> Iterator[Editor]:
    """Two shots of two seconds, without any sound."""
    story = write_story(tmp_path / "story", shots=2)
    for shot in story.shots:
        story = edits.set_shot(story, shot.id, duration_s=2)
    save_story(story, tmp_path / "story")
    with serving(browser, tmp_path, tmp_path / "story") as editor:
        yield editor


@pytest.fixture
def page(served: Editor) -> Page:
    return served.open()


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return write_sound(tmp_path / "Evening song.wav", tone(3.0, SONG_HZ))


def sound(page: Page, name: str = "Evening song") -> Locator:
    return page.locator(".sb-sound", has_text=name)


def drop(page: Page, file: Path, x: float = 60) -> None:
    strip = page.locator(".sb-strip").bounding_box()
    assert strip
    drag_files(page, ".sb-strip", [file], at=(strip["x"] + x, strip["y"] + 20))
    page.wait_for_function("() => !document.querySelector('.sb-coming-sound').textContent")
    settle(page)


def hears(page: Page, *hertz: float) -> None:
    page.wait_for_function(HEARS, arg=[list(hertz), True])


def test_a_song_and_a_video_are_heard_and_exported(
    served: Editor, page: Page, song: Path, tmp_path: Path
) -> None:
    expect(page.locator(".sb-track")).to_have_count(0)
    expect(page.get_by_role("button", name="Mute", exact=True)).to_be_disabled()
    drop(page, song, 0)
    expect(sound(page)).to_have_attribute("aria-label", "Evening song, from 0.0 s, 3.0 s long")
    film = write_film(tmp_path / "Harbour.mov", tone(2.0, FILM_HZ))
    page.locator(".sb-actions input[type=file]").set_input_files(film)
    expect(page.get_by_role("region", name="Sound of the shots")).to_be_visible()
    settle(page)
    page.evaluate("storyboard.player.seek(0)")
    page.keyboard.press("Space")
    hears(page, SONG_HZ)
    page.keyboard.press("k")
    start = page.evaluate("storyboard.schedule().find(part => part.item.kind === 'video').start")
    page.evaluate(f"storyboard.player.seek({start})")
    page.keyboard.press("Space")
    hears(page, FILM_HZ)
    page.keyboard.press("k")
    page.evaluate("storyboard.send('render', {format: 'mp4'})")
    page.wait_for_function("() => (storyboard.state.progress.videos || []).length")
    (made,) = (tmp_path / "workspace" / "videos").rglob("*.mp4")
    heard = np.concatenate(list(read_sound(made)))
    assert rms(heard[24_000:48_000]) > 0.1, "the song"
    assert rms(heard[int((start + 0.5) * 48_000) :][:24_000]) > 0.1, "the video"


def test_a_sound_is_dragged_trimmed_and_faded(served: Editor, page: Page, song: Path) -> None:
    drop(page, song)
    before = served.saved().tracks[0].sounds[0]
    drag(page, sound(page), 0.5, 80)
    settle(page)
    after = served.saved().tracks[0].sounds[0]
    assert after.start_s > before.start_s + 0.2 and after.duration_s is None
    drag(page, sound(page), 1.0, -60)
    settle(page)
    trimmed = served.saved().tracks[0].sounds[0]
    assert trimmed.duration_s is not None and trimmed.duration_s < 2.9
    assert trimmed.start_s == after.start_s and trimmed.offset_s == 0
    drag(page, sound(page), 0.0, 30)
    settle(page)
    begun = served.saved().tracks[0].sounds[0]
    assert begun.offset_s == pytest.approx(begun.start_s - after.start_s, abs=2e-3)
    assert begun.offset_s > 0.1
    for _ in range(3):
        page.keyboard.press("Control+z")
        settle(page)
    assert served.saved().tracks[0].sounds[0] == before


def drag(page: Page, what: Locator, part: float, by: float) -> None:
    """Drag a sound by some pixels, gripped at a `part` of its width, snapping to nothing."""
    box = what.bounding_box()
    assert box
    edge = {0.0: 3, 1.0: -3}.get(part, 0)
    x, y = box["x"] + part * box["width"] + edge, box["y"] + box["height"] * 0.7
    page.keyboard.down("Alt")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by, y, steps=6)
    page.mouse.up()
    page.keyboard.up("Alt")


def test_the_keys_and_the_panel(served: Editor, page: Page, song: Path) -> None:
    drop(page, song, 0)
    sound(page).focus()
    page.keyboard.press("Shift+Alt+ArrowRight")
    settle(page)
    assert served.saved().tracks[0].sounds[0].start_s == 1
    page.get_by_label("Moves with", exact=True).select_option(index=2)
    settle(page)
    moved = served.saved().tracks[0].sounds[0]
    assert moved.anchor == "shot-2" and moved.start_s < 0
    page.get_by_label("Repeats").check()
    page.get_by_role("spinbutton", name="Fades in").fill("0.5")
    page.keyboard.press("Tab")
    settle(page)
    looped = served.saved().tracks[0].sounds[0]
    assert looped.loop and looped.fade_in_s == 0.5
    sound(page).focus()
    page.keyboard.press("Delete")
    settle(page)
    assert served.saved().tracks[0].sounds == () and len(served.saved().shots) == 2


def test_mute_and_solo_are_heard_while_it_plays(page: Page, song: Path, tmp_path: Path) -> None:
    drop(page, song, 0)
    voice = write_sound(tmp_path / "Hello.wav", tone(3.0, FILM_HZ))
    drop(page, voice, 0)
    page.evaluate("storyboard.player.setLoop(true); storyboard.player.seek(0)")
    page.keyboard.press("Space")
    hears(page, SONG_HZ, FILM_HZ)
    page.get_by_role("button", name="Listen to Music 1 alone").click()
    page.wait_for_function(HEARS, arg=[[FILM_HZ], False])
    hears(page, SONG_HZ)
    page.get_by_role("button", name="Listen to Music 1 alone").click()
    page.get_by_role("button", name="Mute Music 1").click()
    hears(page, FILM_HZ)
    page.wait_for_function(HEARS, arg=[[SONG_HZ], False])


def test_only_what_an_edit_changed_is_loaded_anew(page: Page, song: Path) -> None:
    drop(page, song, 0)
    page.evaluate("storyboard.player.seek(0)")
    page.keyboard.press("Space")
    page.wait_for_function("() => storyboard.player.time > 0.5")
    page.keyboard.press("k")
    page.evaluate("performance.clearResourceTimings()")
    page.evaluate("storyboard.send('set_title', {title: 'Another'}); storyboard.player.seek(0)")
    settle(page)
    page.keyboard.press("Space")
    page.wait_for_function("() => storyboard.player.time > 0.5")
    loaded = page.evaluate(
        """() => performance.getEntriesByType('resource').filter(({name}) => name.includes('/mix/'))
          .map(({transferSize, encodedBodySize}) => [transferSize, encodedBodySize])"""
    )
    assert loaded and all(sent < 1000 < size for sent, size in loaded), "asked about, not sent"


def test_a_voice_is_recorded_at_the_playhead(served: Editor, page: Page) -> None:
    page.evaluate("storyboard.player.seek(0.5)")
    page.get_by_role("button", name="Record a voice").click()
    expect(page.get_by_role("button", name="Stop recording")).to_be_visible()
    page.wait_for_function("() => storyboard.player.time > 1.5")
    page.get_by_role("button", name="Stop recording").click()
    expect(sound(page, "Voice")).to_be_visible()
    settle(page)
    (track,) = served.saved().tracks
    assert track.kind == "voice" and track.sounds[0].anchor == "shot-1"
    assert track.sounds[0].start_s == pytest.approx(0.5, abs=0.01)
    expect(page.get_by_role("button", name="Record a voice")).to_be_visible()
