"""The player in a real browser: what is seen when, by the shade of each shot of a small story."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from app_stories import FPS, write_story
from browser_pages import Editor, card, serving
from letter_clips import write_tone
from seine_core.story import edits, sound_edits
from seine_core.story.disk.storage import add_sound, save_story
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.plan import make_plan
from seine_core.story.make.render import render

pytestmark = pytest.mark.browser

SHADES = (60, 100, 140)  # the mean of each shot's picture
TOTAL = 7.0
EDGE = "Transition, 0.5 s, from shot 1 to shot 2"

# Notes at every refresh of the screen when it was, the player's time and the shade that is seen;
# and each time that the player tells, whether or not the screen was refreshed in it.
WATCH = """() => {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', {willReadFrequently: true});
  [canvas.width, canvas.height] = [8, 8];
  window.shade = () => {
    context.drawImage(document.querySelector('.sb-front'), 0, 0, 8, 8);
    const bytes = context.getImageData(0, 0, 8, 8).data.filter((_, i) => i % 4 < 3);
    return bytes.reduce((sum, byte) => sum + byte, 0) / bytes.length;
  };
  window.told = [];
  storyboard.onTime(time => { window.told.push(time); });
  window.seen = [];
  const look = now => {
    window.seen.push([now, storyboard.player.time, window.shade()]);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
# Notes when each video shows a new frame, and whether it is the one in front.
FRAMES = """() => {
  window.frames_seen = [];
  for (const video of document.querySelectorAll('video.sb-layer')) {
    const note = now => {
      if (video.classList.contains('sb-front')) window.frames_seen.push(now);
      video.requestVideoFrameCallback(note);
    };
    video.requestVideoFrameCallback(note);
  }
}"""


@pytest.fixture(scope="module")
def served(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """Three shots of two seconds with music; all is rendered but the last shot and its edge."""
    folder = tmp_path_factory.mktemp("player")
    story = write_story(folder / "story")
    for shot in story.shots:
        story = edits.set_shot(story, shot.id, duration_s=2)
    tone = add_sound(folder / "story", write_tone(folder / "tone.wav", 3))
    story = sound_edits.add_track(story, "music")
    story = sound_edits.add_sound(story, "track-1", tone, loop=True, offset_s=0.5, volume=0.5)
    save_story(story, folder / "story")
    plan = make_plan(story, folder / "story")
    made = plan.only({"shot-1", "shot-1>shot-2", "shot-2"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "uploads"))
        render(made, ClipCache(folder / "workspace" / "clips"))
        with serving(browser, folder, folder / "story") as editor:
            yield editor


# Notes when a clip that is not seen yet could be: the player's time, and which video it is.
READY = """() => {
  window.ready = [];
  const look = () => {
    for (const video of document.querySelectorAll('video.sb-layer:not(.sb-front)')) {
      const there = video.src && video.readyState >= 2 && !video.seeking;
      if (there && !window.ready.some(one => one.url === video.src)) {
        window.ready.push({time: storyboard.player.time, url: video.src});
      }
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


@pytest.fixture
def page(served: Editor, request: pytest.FixtureRequest) -> Iterator[Page]:
    page = served.open(cold=getattr(request, "param", "") == "cold")
    page.evaluate(WATCH)
    page.wait_for_function("() => document.querySelector('video.sb-front')")
    yield page
    page.close()


def player(page: Page, what: str) -> Any:
    return page.evaluate(f"() => storyboard.player.{what}")


def sees(page: Page, shade: float) -> None:
    """Wait until the stage shows a picture of this shade."""
    page.wait_for_function(f"() => Math.abs(window.shade() - {shade}) < 6")


def plays_past(page: Page, time: float) -> None:
    page.wait_for_function(f"() => storyboard.player.playing && storyboard.player.time > {time}")


def sees_front(page: Page) -> None:
    """Wait until a video is in front, and stands where it is to."""
    page.wait_for_function(
        """() => {
          const video = document.querySelector('video.sb-front');
          return video && video.readyState >= 2 && !video.seeking;
        }"""
    )


def rates(page: Page, keys: str) -> list[float]:
    """The player's rate after each of these keys, pressed while no time passes."""
    return page.evaluate(
        """keys => {
          const rates = [...keys].map(key => {
            document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
            return storyboard.player.rate;
          });
          window.speed = document.querySelector('.sb-speed').textContent;
          return rates;
        }""",
        keys,
    )


@pytest.fixture
def playing(editor: Editor) -> Page:
    """The page of the sample, which plays."""
    page = editor.open()
    page.evaluate(WATCH)
    page.wait_for_function("() => document.querySelector('.sb-front') && window.shade() > 40")
    page.keyboard.press("Space")
    plays_past(page, 0.1)
    return page


@pytest.mark.parametrize("editor", ["sample"], indirect=True)
def test_the_sample_plays_and_a_clip_is_ready_before_its_turn(playing: Page) -> None:
    page = playing
    expect(page.locator(".sb-badge")).to_be_hidden()
    page.keyboard.press("Space")
    page.evaluate(READY)
    # A machine that is busy with other things may be late; it is not so at every join.
    for join in page.evaluate("storyboard.schedule().map(part => part.end)")[:5]:
        player(page, f"seek({max(0, join - 1.8)})")
        sees_front(page)
        page.evaluate("window.seen.length = window.ready.length = 0")
        page.keyboard.press("Space")
        plays_past(page, join + 0.3)
        seen, ready = page.evaluate("[window.seen, window.ready]")  # a halt goes back to its frame
        page.keyboard.press("Space")
        shades, times = [shade for *_, shade in seen], [time for _, time, _ in seen]
        assert min(shades) > 40 and max(shades) - min(shades) > 0.5, "black, or nothing moves"
        assert times == sorted(times)
        front = page.evaluate("document.querySelector('video.sb-front').src")
        if any(one["url"] == front and one["time"] < join for one in ready):
            return
    pytest.fail("the next clip was never there when its turn came")


@pytest.mark.slow
@pytest.mark.parametrize("editor", ["sample"], indirect=True)
def test_on_a_quiet_machine_it_plays_at_once_and_without_a_gap(playing: Page) -> None:
    page = playing
    assert page.evaluate("performance.now()") < 6000
    player(page, "seek(2.9)")
    page.wait_for_function("() => storyboard.player.time > 3")
    page.evaluate(FRAMES)
    gaps_ms = []
    while not gaps_ms or (min(gaps_ms) > 120 and len(gaps_ms) < 5):
        player(page, "seek(3)")
        page.wait_for_function("() => document.querySelector('.sb-front').currentTime > 3")
        page.evaluate("window.frames_seen.length = 0")
        plays_past(page, 4.2)
        gaps_ms.append(max(b - a for a, b in pairwise(page.evaluate("window.frames_seen"))))
    assert min(gaps_ms) < 120, "a frame stands too long, best of five"


def test_scrubbing_shows_the_right_part(page: Page) -> None:
    for time, shade in ((1, 60), (3.5, 100), (0.5, 60), (6, 140), (2.5, 100), (2.25, 87)):
        player(page, f"seek({time})")
        sees(page, shade)
        assert player(page, "time") == pytest.approx(time, abs=1e-6)
    assert not player(page, "playing")
    expect(page.locator(".sb-timecode")).to_have_text("00:02 + 02 f / 00:07 + 00 f")


def test_what_is_not_rendered_is_sketched_and_says_so(page: Page) -> None:
    badge = page.locator(".sb-badge")
    player(page, "seek(3)")
    expect(badge).to_be_hidden()
    player(page, "seek(4.75)")
    expect(badge).to_have_text("Transition 2 → 3 · not rendered")
    sees(page, 120)
    player(page, "seek(5)")
    expect(badge).to_have_text("Shot 3 · not rendered")
    sees(page, 140)
    player(page, "seek(4.3)")
    sees(page, 100)
    page.evaluate("window.seen.length = 0")
    page.keyboard.press("Space")
    plays_past(page, 5.2)
    shades = [shade for _, _, shade in page.evaluate("window.seen")]
    assert min(shades) > 90, "a black frame between a clip and a sketch"


def test_the_keys(page: Page) -> None:
    page.keyboard.press("Space")
    plays_past(page, 0.3)
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press("k")
    at = player(page, "time")
    assert not player(page, "playing") and at == pytest.approx(round(at * FPS) / FPS)
    page.keyboard.press("ArrowRight")
    assert player(page, "time") == pytest.approx(at + 1 / FPS)
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert player(page, "time") == pytest.approx(at + 1)
    page.keyboard.press("l")
    assert player(page, "rate") == 1
    assert rates(page, "lLl") == [2, 4, 4]
    plays_past(page, 4)
    assert rates(page, "jjjj") == [-1, -2, -4, -4]
    assert page.evaluate("window.speed") == "−4 ×"
    page.wait_for_function("() => !storyboard.player.playing && storyboard.player.time === 0")
    sees(page, 60)
    page.keyboard.press("End")
    assert player(page, "time") == pytest.approx(TOTAL - 1 / FPS)
    page.keyboard.press("Home")
    assert player(page, "time") == 0
    card(page, 2).focus()
    page.keyboard.press("Space")
    assert player(page, "playing"), "the space bar plays on a card as well"


def test_a_selected_transition_plays_with_a_second_around_it(page: Page) -> None:
    page.get_by_role("button", name=EDGE).click()
    assert player(page, "scope") == "selection"
    assert player(page, "time") == pytest.approx(2), "it shows its own first frame"
    page.evaluate("window.told.length = 0")
    page.keyboard.press("Space")
    page.wait_for_function("() => window.told.includes(1) && !storyboard.player.playing")
    times = page.evaluate("window.told")
    assert min(times) == 1
    assert times[-1] == pytest.approx(3.5 - 1 / FPS), "it stands on its last frame"
    assert max(times) < 3.5
    page.keyboard.press("Space")
    plays_past(page, 1.2)
    page.evaluate("window.told.length = 0")
    card(page, 2).click()
    page.wait_for_function("() => window.told.includes(2.5)")
    assert player(page, "playing") and player(page, "time") >= 2.5, "it goes on there"
    player(page, "seek(0.5)")
    assert player(page, "scope") == "story", "there is no such time in the selection"
    page.get_by_role("button", name="Selection", exact=True).click()
    assert not player(page, "playing") and player(page, "time") == pytest.approx(2.5)


def test_a_loop(page: Page) -> None:
    card(page, 1).click()
    page.get_by_role("button", name="Loop").click()
    page.keyboard.press("l")
    page.keyboard.press("l")
    plays_past(page, 1.5)
    page.evaluate("window.seen.length = 0")
    page.wait_for_function("() => window.seen.some(([, time]) => time < 0.5)")
    plays_past(page, 0.8)
    shades = [shade for _, _, shade in page.evaluate("window.seen")]
    assert min(shades) > 54 and max(shades) < 66, "only shot 1 is seen, and no gap"
    page.reload()
    expect(page.get_by_role("button", name="Loop")).to_have_attribute("aria-pressed", "true")


def test_one_part_plays_once_and_the_playhead_comes_back(page: Page) -> None:
    player(page, "seek(1)")
    page.evaluate("window.told.length = 0")
    player(page, "playOnly('shot-1>shot-2')")
    page.wait_for_function("() => window.told.includes(2) && !storyboard.player.playing")
    assert max(page.evaluate("window.told")) <= 2.5
    assert player(page, "time") == pytest.approx(1)
    sees(page, 60)


def test_the_pictures_keep_to_the_sound(page: Page) -> None:
    player(page, "setLoop(true)")
    page.keyboard.press("l")
    plays_past(page, 1)
    page.evaluate(
        """() => {
          window.off = [];
          storyboard.onTime(time => {
            const video = document.querySelector('video.sb-front');
            const part = storyboard.partAt(time);
            if (!video || !storyboard.player.sound.sounding || part.end - time < 0.1) return;
            window.off.push(Math.abs(video.currentTime - (time - part.start)));
          });
        }"""
    )
    # A busy machine is late for a moment; it comes back into step.
    page.wait_for_function(
        "() => window.off.length > 8 && window.off.slice(-8).every(late => late < 0.02)"
    )
    page.keyboard.press("k")
    assert not player(page, "sound.sounding")
    page.get_by_role("button", name="Mute", exact=True).click()
    page.locator(".sb-volume").fill("0.5")
    page.reload()
    expect(page.locator(".sb-volume")).to_have_value("0.5")


@pytest.mark.parametrize("page", ["cold"], indirect=True)  # else the browser has it still
def test_a_clip_that_is_gone_is_sketched(served: Editor, page: Page) -> None:
    clips = [*(served.story.parent / "workspace" / "clips").glob("??/*")]
    aside = served.story.parent / "aside"
    aside.mkdir()
    player(page, "seek(0)")
    for clip in clips:
        clip.rename(aside / clip.name)
    player(page, "seek(3.5)")
    expect(page.locator(".sb-badge")).to_have_text("Shot 2 · not rendered")
    sees(page, 100)
    page.keyboard.press("Space")
    plays_past(page, 3.7)
    served.complaints[:] = [said for said in served.complaints if "404" not in said]
    for clip in clips:
        (aside / clip.name).rename(clip)
