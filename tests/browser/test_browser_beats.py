"""Cutting to the beat, and a narration that is spoken, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from app_stories import write_story
from browser_pages import Editor, serving, settle
from made_sounds import clicks, tone, write_sound
from seine_core.story.disk.storage import load_story

pytestmark = pytest.mark.browser

BEATS = np.arange(0.4, 15.7, 0.5)
# How many columns of the first lane's lowest row of pixels are drawn.
TICKS = """() => {
  const canvas = document.querySelector('.sb-track .sb-wave');
  const {width, height} = canvas;
  const row = canvas.getContext('2d').getImageData(0, height - 2, width, 1).data;
  return row.filter((_, i) => i % 4 === 3 && row[i] > 128).length;
}"""


@pytest.fixture
def served(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Editor]:
    """Three shots, and a program that speaks for a second and a half."""
    wav = write_sound(tmp_path / "spoken.wav", tone(1.5))
    program = tmp_path / "bin" / "espeak-ng"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        'if [ "$1" = --voices ]; then printf "Pty Language\\n5 de\\n2 en-US\\n"; exit; fi\n'
        f'cat > /dev/null\necho "$5" >> {tmp_path}/spoken\ncp {wav} "$7"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/bin:/usr/bin")
    write_story(tmp_path / "story")
    with serving(browser, tmp_path, tmp_path / "story") as editor:
        yield editor


@pytest.fixture
def page(served: Editor) -> Page:
    return served.open()


def test_shots_are_cut_to_the_beat(page: Page, tmp_path: Path) -> None:
    song = write_sound(tmp_path / "Drums.wav", clicks(16, BEATS))
    page.locator(".sb-track-add input[type=file]").set_input_files(song)
    expect(page.locator(".sb-sound", has_text="Drums")).to_have_attribute("aria-current", "true")
    page.wait_for_function(f"() => ({TICKS})() > 4")
    before = [shot.duration_s for shot in load_story(tmp_path / "story").shots]
    page.get_by_label("Cuts on").select_option(label="every other beat")
    page.get_by_role("button", name="Cut to the beat").click()
    expect(page.get_by_text("Laying the shots on its beats…")).to_have_count(0)
    page.wait_for_function(
        "was => storyboard.state.story.shots.some((shot, i) => shot.duration_s !== was[i])",
        arg=before,
    )
    page.keyboard.press("Control+z")
    page.wait_for_function(
        "was => storyboard.state.story.shots.every((shot, i) => shot.duration_s === was[i])",
        arg=before,
    )


def test_a_narration_becomes_a_voice_and_captions(page: Page, tmp_path: Path) -> None:
    page.locator(".sb-card").first.click()
    page.get_by_label("Narration").fill("Hello from the harbour.")
    expect(page.get_by_label("Language")).to_have_value("en-us")
    page.get_by_label("Language").select_option(label="German")
    page.get_by_role("button", name="Make the voice").click()
    voice = page.locator('.sb-track[data-kind="voice"] .sb-sound')
    expect(voice).to_have_count(1)
    expect(page.get_by_role("button", name="Make the voice")).to_be_disabled()
    page.get_by_role("button", name="As captions").click()
    expect(page.get_by_label("Words", exact=True)).to_have_value("Hello from the harbour.")
    settle(page)
    shot = load_story(tmp_path / "story").shots[0]
    assert (tmp_path / "spoken").read_text() == "de\n"
    assert shot.narration == "Hello from the harbour." and shot.captions
