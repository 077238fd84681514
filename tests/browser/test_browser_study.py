"""The study's page in a real browser: two raters, clips on one clock, nothing lost offline."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from seine_core.study.material import read_material
from seine_core.study.server import build
from seine_core.study.votes import FILE, Votes, begin_votes
from study_material import FPS, served_study, write_study

pytestmark = pytest.mark.browser


@dataclass
class Served:
    """A study and what its pages complained about."""

    browser: Browser
    url: str
    votes: Votes
    refuses: dict[str, int]  # statuses by path, in place of an answer
    complaints: list[str] = field(default_factory=list)

    def open(self, **context: Any) -> Page:
        page = self.browser.new_context(**context).new_page()
        page.set_default_timeout(15_000)
        page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type == "error" else None,
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(self.url)
        return page

    def join(self, name: str, **context: Any) -> Page:
        """A rater's page that shows the first pair."""
        page = self.open(**context)
        page.get_by_label("Your name").fill(name)
        page.get_by_role("button", name="Start").click()
        ready(page, 1)
        return page

    def choices(self, name: str) -> list[str]:
        return [vote.choice for vote in self.votes.votes() if vote.name == name]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("study"), "abc", 2)


@pytest.fixture
def study(browser: Browser, folder: Path, tmp_path: Path) -> Iterator[Served]:
    votes = begin_votes(tmp_path / FILE, length=4)
    pages, refuses = build(read_material(folder), votes), {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        status = refuses.get(scope.get("path", ""))
        answer = PlainTextResponse("Later.", status) if status else pages
        await answer(scope, receive, send)

    with served_study(app) as url:
        served = Served(browser, url, votes, refuses)
        yield served
        for context in browser.contexts:
            context.close()
    votes.close()
    assert served.complaints == []


def ready(page: Page, number: int) -> None:
    """The pair of this number is there to be answered."""
    expect(page.locator("#count")).to_have_text(re.compile(f"^{number} of "))
    expect(page.locator(".answer[aria-disabled=false]")).to_have_count(3)


def test_two_raters_at_once(study: Served) -> None:
    ada, bob = study.join("Ada", viewport={"width": 390, "height": 844}), study.join("Bob")
    expect(ada.locator("#prompt")).to_contain_text("<b>Prompt</b>")
    assert "method" not in ada.content() and "0-thing" not in ada.content()
    buttons = ["Clip 1 is better", "No difference", "Clip 2 is better"]
    keys = ["1", "ArrowRight", "ArrowDown"]
    for n, (button, key) in enumerate(zip(buttons, keys, strict=True), 1):
        ready(ada, n)
        ready(bob, n)
        ada.get_by_role("button", name=button).click()
        bob.keyboard.press(key)
    ready(ada, 4)
    ada.reload()
    ready(ada, 4)
    ada.get_by_role("button", name="Skip").click()
    bob.keyboard.press("z")
    ready(bob, 3)
    bob.keyboard.press("ArrowLeft")
    ready(bob, 4)
    bob.keyboard.press("2")
    for page, name in ((ada, "Ada"), (bob, "Bob")):
        expect(page.get_by_role("heading", name=f"Thank you, {name}.")).to_be_focused()
        expect(page.locator("#kept")).to_contain_text("All your answers are kept")
    assert study.choices("Ada") == ["left", "tie", "right", "skip"]
    assert study.choices("Bob") == ["left", "right", "left", "right"]

    results = study.open()
    results.goto(f"{study.url}results/{study.votes.settings.results_key}")
    expect(results.locator("header")).to_contain_text("2 raters, 7 votes, 1 skipped.")
    dots = results.get_by_role("img", name="Strength of each method").locator("use")
    expect(dots).to_have_count(3)
    for scheme, accent in (("light", "rgb(88, 101, 232)"), ("dark", "rgb(124, 134, 255)")):
        results.emulate_media(color_scheme=scheme)
        expect(dots.first).to_have_css("fill", accent)
    duels = results.get_by_role("region", name="Win rates of every two methods")
    expect(duels.locator("tbody tr")).to_have_count(3)
    with results.expect_download() as csv:
        results.get_by_role("link", name="Votes as CSV").click()
    assert csv.value.path().read_text().count("method-") == 2 * 8 + 6

    ada.get_by_role("button", name="Somebody else").click()
    ada.get_by_label("Your name").fill("Cy")
    ada.keyboard.press("Enter")
    ready(ada, 1)
    ada.keyboard.press("1")
    ready(ada, 2)
    expect(ada.locator("#notice")).to_be_empty()
    assert len(study.choices("Ada")) == 4


def test_the_clips_keep_together(study: Served) -> None:
    page = study.join("Ada")
    apart = page.evaluate(
        """() => new Promise(done => {
          const videos = [...document.querySelectorAll('video')];
          const apart = [];
          let rounds = 0;
          videos[0].addEventListener('ended', () => { rounds += 1; });
          const look = () => {
            if (rounds === 2) return done(apart);
            if (!videos.some(video => video.paused || video.ended || video.seeking)) {
              apart.push(Math.abs(videos[0].currentTime - videos[1].currentTime));
            }
            requestAnimationFrame(look);
          };
          look();
        })"""
    )
    assert len(apart) > 10
    assert sorted(apart)[len(apart) * 9 // 10] < 2 / FPS
    mended = page.evaluate(  # in the same round in which one of them is pushed ahead
        """frame => new Promise(done => {
          const [clock, other] = document.querySelectorAll('video');
          clock.addEventListener('seeked', () => {
            other.currentTime = 0.6;
            const look = () => {
              if (clock.currentTime > 0.7) return done(false);
              const apart = Math.abs(clock.currentTime - other.currentTime);
              if (clock.currentTime > 0.2 && apart < frame) return done(true);
              requestAnimationFrame(look);
            };
            other.addEventListener('seeked', look, {once: true});
          }, {once: true});
        })""",
        1 / FPS,
    )
    assert mended
    page.keyboard.press(" ")
    expect(page.locator("#pause")).to_contain_text("Play")
    assert page.evaluate("() => [...document.querySelectorAll('video')].every(v => v.paused)")
    page.keyboard.press("r")
    page.wait_for_function(
        "() => [...document.querySelectorAll('video')].every(v => v.paused && v.currentTime === 0)"
    )
    page.evaluate(  # an answer while both go back to the beginning: the next pair runs on and on
        """() => {
          for (const key of ['r', '1']) {
            document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
          }
          window.rounds = 0;
          document.querySelector('video').addEventListener('ended', () => { window.rounds += 1; });
        }"""
    )
    page.wait_for_function("() => window.rounds === 2")


def test_a_focused_button_takes_the_space_key(study: Served) -> None:
    page = study.join("Ada")
    page.get_by_role("button", name="No difference").focus()
    page.keyboard.press("Space")
    ready(page, 2)
    expect(page.locator("#pause")).to_contain_text("Pause")
    assert study.choices("Ada") == ["tie"]
    page.get_by_role("button", name="Clip 1 is better").click()
    ready(page, 3)
    page.keyboard.press("Space")
    expect(page.locator("#pause")).to_contain_text("Play")
    assert study.choices("Ada") == ["tie", "left"], "what was clicked is not pressed by the space"


def test_nothing_is_lost_offline(study: Served) -> None:
    page = study.join("Ada")
    page.wait_for_load_state("networkidle")  # the next pair is there
    page.context.set_offline(True)
    page.keyboard.press("1")
    expect(page.locator("#notice")).to_contain_text("Offline. 1 answer is kept here")
    ready(page, 2)
    page.keyboard.press("2")
    expect(page.locator("#notice")).to_contain_text("2 answers are kept")
    expect(page.locator("#why")).to_contain_text("did not load")
    assert study.choices("Ada") == []
    page.context.set_offline(False)
    ready(page, 3)
    expect(page.locator("#notice")).to_be_empty()
    assert study.choices("Ada") == ["left", "right"]

    page.context.set_offline(True)
    page.keyboard.press("ArrowDown")
    expect(page.locator("#notice")).to_contain_text("Offline")
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(study.url)
    ready(page, 4)
    page.wait_for_function("() => Object.values(localStorage).every(kept => kept === '[]')")
    assert study.choices("Ada") == ["left", "right", "tie"]
    study.complaints[:] = [said for said in study.complaints if "ERR_INTERNET" not in said]


@pytest.mark.parametrize("status", [408, 429, 503])
def test_an_answer_that_is_to_be_tried_again_is(study: Served, status: int) -> None:
    page = study.join("Ada")
    study.refuses["/api/votes"] = status
    page.keyboard.press("1")
    expect(page.locator("#notice")).to_contain_text("1 answer is kept here")
    study.refuses.clear()
    expect(page.locator("#notice")).to_be_empty()
    assert study.choices("Ada") == ["left"]
    study.complaints[:] = [said for said in study.complaints if str(status) not in said]


def test_a_clip_that_is_gone_can_be_skipped(study: Served) -> None:
    page = study.open()
    page.route("**/clips/*/right", lambda route: route.fulfill(status=404, body="It is gone."))
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("alert")).to_contain_text("It is gone.")
    page.keyboard.press("1")
    expect(page.locator("#count")).to_have_text("1 of 4")
    page.unroute("**/clips/*/right")
    page.get_by_role("button", name="Try again").click()
    ready(page, 1)
    page.keyboard.press("s")
    ready(page, 2)
    assert study.choices("") == ["skip"]
    study.complaints[:] = [said for said in study.complaints if "404" not in said]


def test_reduced_motion_waits_for_a_press(study: Served) -> None:
    page = study.join("Ada", reduced_motion="reduce")
    assert page.evaluate("() => [...document.querySelectorAll('video')].every(v => v.paused)")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(
        "() => [...document.querySelectorAll('video')].every(v => v.currentTime > 0)"
    )


def test_axe_finds_nothing(study: Served) -> None:
    page = study.open()

    def check(state: str, *schemes: str) -> None:
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found = Axe().run(page).response["violations"]
            assert found == [], f"{state}, {scheme}: {[each['help'] for each in found]}"

    start = page.get_by_role("button", name="Start")
    expect(start).to_be_visible()  # the page asks the server first what it is to show
    check("first screen", "light")
    start.click()
    ready(page, 1)
    check("pair", "light", "dark")
    page.keyboard.press("1")
    for _ in range(3):
        page.keyboard.press("s")
    expect(page.locator("#finish")).to_be_visible()
    check("thanks", "dark")
    page.goto(f"{study.url}results/{study.votes.settings.results_key}")
    check("results", "light", "dark")
