"""How the editor keeps up with a long story, in a real browser and a real server.

    python -m benchmarks.bench_editor [--shots N] [--json FILE]   # 100, or 300

Needs Chromium and `requirements-dev.txt`. Each row names its bar; other work on the machine shows
in the times.
"""

import argparse
import json
import os
import platform
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from seine_core.media.frames import save_png
from seine_core.story import edits
from seine_core.story.disk.storage import add_media, load_story, save_story
from seine_core.story.model import RenderSettings, Story

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")
CONTEXTS = 4
# Visitors get copies of the story that is measured, instead of the sample.
SERVE = (
    "import sys; from pathlib import Path; from app import cli; from app.stories import workspace; "
    "workspace.SAMPLE = Path(sys.argv.pop(1)); cli.command()"
)
DRIVER = """() => {
  const waiting = [];
  storyboard.onDraw(() => {
    if (!storyboard.unsaved()) waiting.splice(0).forEach(done => done());
  });
  const settled = () => new Promise(done => waiting.push(done));
  const strip = document.querySelector('.sb-strip');
  window.bench = {
    /* Milliseconds from an edit to the picture with the server's answer. */
    async edit(op, fields) {
      const began = performance.now();
      storyboard.send(op, fields);
      await settled();
      return performance.now() - began;
    },
    async all(commands) {
      for (const {op, ...fields} of commands) storyboard.send(op, fields);
      await settled();
    },
    /* How many cards of the strip an edit changes, and how many it makes anew. */
    async touched(op, fields) {
      const changed = new Set(), made = new Set();
      const observer = new MutationObserver(records => records.forEach(record => {
        const place = record.target.nodeType === 1 ? record.target : record.target.parentElement;
        const item = place && place.closest('.sb-strip > *');
        if (item && record.target !== strip) changed.add(item);
        record.addedNodes.forEach(node => record.target === strip && made.add(node));
      }));
      const before = new Set(strip.children);
      observer.observe(strip, {
        subtree: true, childList: true, attributes: true, characterData: true,
      });
      await window.bench.edit(op, fields);
      observer.disconnect();
      return [changed.size, [...made].filter(node => !before.has(node)).length];
    },
    /* Frames a second, and the longest one in milliseconds, while the whole strip is scrolled
       through in three seconds. */
    scroll: () => new Promise(done => {
      const scroller = document.querySelector('.sb-scroll');
      const most = scroller.scrollWidth - scroller.clientWidth, frames = [];
      const next = now => {
        frames.push(now);
        const share = (now - frames[0]) / 3000;
        scroller.scrollLeft = most * Math.min(1, share);
        if (share < 1) return requestAnimationFrame(next);
        const longest = Math.max(...frames.slice(1).map((at, i) => at - frames[i]));
        done([1000 * (frames.length - 1) / (now - frames[0]), longest]);
      };
      requestAnimationFrame(next);
    }),
    story: () => storyboard.state.story,
  };
}"""


@dataclass
class Row:
    what: str
    figure: str
    bar: str
    kept: bool


def write_story(folder: Path, count: int) -> Story:
    """A saved story of `count` different pictures."""
    rng = np.random.default_rng(1)
    story = Story(title="Bench", settings=RenderSettings(width=320, height=180, fps=12))
    sources = []
    for n in range(count):
        blocks = rng.integers(0, 255, (9, 16, 3), np.uint8)
        save_png(np.kron(blocks, np.ones((80, 80, 1), np.uint8)), folder / f"{n}.png")
        sources.append(add_media(folder / "story", folder / f"{n}.png"))
    words = "a calm sea under the morning sun while the camera moves slowly forward"
    story = edits.insert(story, sources, prompt=words, duration_s=2)
    save_story(story, folder / "story")
    return story


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, int]]:
    """The address and process id of a server whose visitors have copies of the story."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--port", str(port), "--workspace", str(folder / "w")]
    command = [sys.executable, "-c", SERVE, str(folder / "story"), *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            end = time.monotonic() + 60
            while server.poll() is None and time.monotonic() < end:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}/", server.pid
        finally:
            server.terminate()


def visit(browser: Browser, url: str) -> tuple[Page, float, float]:
    """A page in a context of its own; seconds to its first cards, and to all with pictures in
    sight."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(120_000)
    began = time.perf_counter()
    page.goto(url)
    page.wait_for_selector(".sb-card")
    first = time.perf_counter() - began
    page.wait_for_function("() => document.querySelector('.sb-card img').naturalWidth > 0")
    pictures = time.perf_counter() - began
    page.evaluate(DRIVER)
    return page, first, pictures


def move(page: Page, rng: random.Random) -> float:
    ids = page.evaluate("() => bench.story().shots.map(shot => shot.id)")
    chosen, before = rng.sample(ids, 2)
    return page.evaluate(
        "([id, before]) => bench.edit('move', {ids: [id], before})", [chosen, before]
    )


def many(story: Story, count: int, rng: random.Random) -> tuple[list[dict[str, Any]], Story]:
    """Edits of all kinds, and the story that they make."""
    commands: list[dict[str, Any]] = []
    for n in range(count):
        ids = [shot.id for shot in story.shots]
        one, other = rng.sample(ids, 2)
        match n % 4:
            case 0:
                commands.append({"op": "move", "ids": [one], "before": other})
                story = edits.move(story, [one], before=other)
            case 1:
                commands.append({"op": "set_shot", "id": one, "fields": {"prompt": f"edit {n}"}})
                story = edits.set_shot(story, one, prompt=f"edit {n}")
            case 2:
                fields = {"duration_s": 1 + n / 100}
                commands.append({"op": "set_edge", "left": one, "right": other, "fields": fields})
                story = edits.set_transition(story, one, other, **fields)
            case _:
                commands.append({"op": "duplicate", "ids": [one]})
                story = edits.duplicate(story, [one])
                gone = ids[-1]
                commands.append({"op": "remove", "ids": [gone]})
                story = edits.remove(story, [gone])
    return commands, story


def saved(folder: Path, page: Page) -> Story:
    name = page.evaluate("() => bench.story().story")
    return load_story(folder / "w" / "stories" / name)


def same(page: Page, story: Story) -> bool:
    """Whether the page shows this story."""
    shown = page.evaluate("() => bench.story()")
    shots = [(shot["id"], shot["prompt"], shot["duration_s"]) for shot in shown["shots"]]
    edges = [(edge["left"], edge["right"], edge["duration_s"]) for edge in shown["edges"]]
    return shots == [(s.id, s.prompt, s.duration_s) for s in story.shots] and edges == [
        (e.left, e.right, e.duration_s) for e in story.edges()
    ]


def memory_mb(pid: int) -> float:
    """What the process holds of memory, MB (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def times(values: list[float]) -> str:
    ninetyfifth = sorted(values)[int(0.95 * (len(values) - 1))]
    return f"{statistics.median(values):.0f} ms, p95 {ninetyfifth:.0f} ms"


def measure(browser: Browser, url: str, pid: int, folder: Path, story: Story) -> Iterator[Row]:
    rng = random.Random(1)
    page, first, pictures = visit(browser, url)
    yield Row("first cards, first visit", f"{first:.1f} s", "", True)
    again, first, pictures = visit(browser, url)
    figure = f"{first:.1f} s, pictures {pictures:.1f} s"
    yield Row("first cards after opening", figure, "<= 3 s", first <= 3)
    again.context.close()

    moves = [move(page, rng) for _ in range(40)]
    bar = statistics.median(moves) <= 100
    yield Row("acknowledged reorder", times(moves), "<= 100 ms median", bar)

    rate, longest = page.evaluate("() => bench.scroll()")
    nodes = page.evaluate("() => document.querySelectorAll('.sb-strip *').length")
    figure = f"{rate:.0f} frames/s, longest {longest:.0f} ms, {nodes} elements"
    yield Row("scrolling through the strip", figure, ">= 50 frames/s", rate >= 50)
    page.evaluate("() => { document.querySelector('.sb-scroll').scrollLeft = 0; }")

    ids = [shot.id for shot in saved(folder, page).shots]
    prompt = {"id": ids[1], "fields": {"prompt": "another one"}}
    swap = {"ids": [ids[3]], "before": ids[2]}
    for what, op, fields, most in (("prompt", "set_shot", prompt, 3), ("swap", "move", swap, 12)):
        changed, made = page.evaluate("([op, fields]) => bench.touched(op, fields)", [op, fields])
        figure = f"{changed} of {2 * len(ids) - 1} cards and chips, {made} new"
        yield Row(f"drawn anew for a {what}", figure, f"<= {most}", changed <= most)

    commands, expected = many(saved(folder, page), 200, rng)
    began = time.perf_counter()
    page.evaluate("commands => bench.all(commands)", commands)
    seconds = time.perf_counter() - began
    kept = saved(folder, page) == expected and same(page, expected)
    figure = f"{'none lost' if kept else 'LOST'}, {seconds:.1f} s"
    yield Row(f"{len(commands)} edits in a row", figure, "client = server", kept)

    pages = [page, *(visit(browser, url)[0] for _ in range(CONTEXTS - 1))]
    for n, other in enumerate(pages):
        other.evaluate("title => bench.edit('set_title', {title})", f"context {n}")
    page.evaluate("() => bench.edit('render', {format: 'mp4'})")
    waits = [move(pages[n % CONTEXTS], rng) for n in range(15 * CONTEXTS)]
    busy = page.evaluate("() => storyboard.state.progress.job.state")
    stories = [saved(folder, other) for other in pages]
    apart = [s.title for s in stories] == [f"context {n}" for n in range(CONTEXTS)] and all(
        same(other, s) for other, s in zip(pages, stories, strict=True)
    )
    good = apart and busy == "running" and statistics.median(waits) <= 150
    figure = f"{times(waits)}, {'isolated' if apart else 'MIXED UP'}, render {busy}"
    yield Row(f"{CONTEXTS} contexts while one renders", figure, "<= 150 ms median", good)
    page.evaluate("() => bench.edit('cancel', {job: storyboard.state.progress.job.id})")
    for other in pages[1:]:
        other.context.close()
    page.wait_for_function("() => !storyboard.state.progress.job.busy")

    for _ in range(200):  # until undo has all that it keeps
        move(page, rng)
    before = memory_mb(pid)
    for _ in range(600):
        move(page, rng)
    growth = memory_mb(pid) - before
    figure = f"{growth:+.1f} MB, to {before + growth:.0f} MB"
    yield Row("server memory over 600 edits", figure, "< 20 MB", growth < 20)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shots", type=int, default=100)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    args = parser.parse_args()
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        sys.exit(f"bench_editor: needs one of {', '.join(BROWSERS)}")
    machine = f"{os.cpu_count()} cores of {platform.machine()}, {platform.system()}"
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        story = write_story(folder, args.shots)
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        version = f"Python {platform.python_version()}, Chromium {browser.version}"
        print(f"{args.shots} shots, {machine}, load {os.getloadavg()[0]:.1f}, {version}")
        with serving(folder) as (url, pid):
            for row in measure(browser, url, pid, folder, story):
                rows.append(row)
                mark = "" if row.kept else "  MISSED"
                print(f"{row.what:32s} {row.figure:46s} {row.bar}{mark}", flush=True)
        browser.close()
    if args.json:
        known = {"shots": args.shots, "machine": machine, "load": os.getloadavg()[0]}
        text = json.dumps(known | {"rows": [asdict(row) for row in rows]}, indent=1)
        args.json.write_text(text + "\n")
    sys.exit(not all(row.kept for row in rows))


if __name__ == "__main__":
    main()
