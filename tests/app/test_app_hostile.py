"""Whatever a client sends is refused plainly: nothing breaks, leaks, runs or gets lost."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, expect

from app.page import handlers
from app.page.commands import Edit, parse
from app.page.perform import perform
from app_stories import (
    TAB,
    open_studio,
    serving_in,
    session_of,
    use_sample,
)
from nasty_text import NASTY
from page_events import Client
from seine_core.errors import BadInput
from seine_core.story.disk.storage import load_story, parse_story
from seine_core.story.model import Story

Visit = Callable[..., Client]

DEEP: Any = 0
for _ in range(200):
    DEEP = [DEEP]


@pytest.fixture(scope="module")
def url(module_path: Path) -> Iterator[str]:
    """Visitors' own stories, each a copy of a small one."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_sample(monkeypatch, module_path / "sample")
        with serving_in(module_path, max_upload_mb=1) as url:
            yield url


def text_of(answer: Any, client: Client) -> str:
    return json.dumps([answer, client.told])


# Over HTTP


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "x" * 100_000,
        DEEP,
        {"seq": 1e400},
        {"seq": 1, "tab": TAB, "rev": 0, "story": "x", "ops": [{"op": "undo"}] * 10_000},
        {"seq": 1, "tab": TAB, "rev": -1, "story": ["x"], "ops": [DEEP]},
        {"seq": 2**70, "tab": TAB, "rev": 2**70, "story": None, "ops": []},
    ],
    ids=lambda sent: str(sent)[:40],
)
def test_a_batch_that_is_none(url: str, visit: Visit, module_path: Path, sent: Any) -> None:
    client = visit(url)
    story = client.enter()
    answer = client.event("command", json.loads(json.dumps(sent).replace("Infinity", "1e308")))
    assert str(module_path) not in text_of(answer, client)
    assert client.enter()["rev"] == story["rev"]


@pytest.mark.parametrize("token", [None, 1, [], {}, "x" * 43, "../../x", "\x00", DEEP, True])
def test_a_token_that_is_none(url: str, visit: Visit, module_path: Path, token: Any) -> None:
    client = visit(url)
    client.token = token
    for event in ("command", "poll", "models", "poll_models"):
        answer = client.event(event, {"seq": 1, "op": "list"})
        assert "Traceback" not in str(answer) and str(module_path) not in text_of(answer, client)
        assert not isinstance(answer, list) or "shots" not in str(answer)
    fresh = client.enter()
    assert not fresh["undo"] and len(fresh["shots"]) == 3, "a new visitor"


def test_other_visitors_stories_and_jobs(url: str, visit: Visit) -> None:
    ada, eve = visit(url), visit(url)
    story, other = ada.enter(), eve.enter()
    job = ada.command(story, {"op": "preview", "owner": "shot-1>shot-2"})[2]["job"]
    assert job["id"]
    eve.command(other, {"op": "open_story", "name": story["story"]})
    assert "none of yours" in eve.told[0]
    eve.command(other, {"op": "cancel", "job": job["id"]})
    eve.command({**other, "story": story["story"]}, {"op": "set_title", "title": "eve's"})
    assert "another tab" in eve.told[0]
    assert ada.enter()["title"] == "Small story"
    assert eve.event("poll")[0]["job"] is None
    # A token in another client is that visitor, and must be secret: nothing tells it.
    assert ada.token not in text_of(eve.enter(), eve)


def test_a_replayed_batch_is_done_once(url: str, visit: Visit) -> None:
    client = visit(url)
    story = client.enter()
    batch = {"seq": 1, "tab": TAB, "story": story["story"], "rev": story["rev"]}
    batch |= {"ops": [{"op": "duplicate", "ids": ["shot-1"]}]}
    for _ in range(5):
        view = client.event("command", batch)[1]
    assert view["rev"] == story["rev"] + 1 and len(view["shots"]) == 4


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"{",
        b"[" * 100_000,
        b'{"data": null, "fn_index": 0, "session_hash": "x"}',
        b'{"data": [], "fn_index": -1, "session_hash": "x"}',
        b'{"data": [null], "fn_index": 10000, "session_hash": "x"}',
        b'{"data": [null], "fn_index": 0, "session_hash": "../x", "trigger_id": 99999}',
        b'{"data": [1,2,3,4,5,6,7,8,9], "fn_index": 1, "session_hash": "x"}',
        b"\xff\xfe",
    ],
    ids=lambda body: str(body[:40]),
)
def test_gradios_routes_with_garbage(
    url: str, visit: Visit, module_path: Path, body: bytes
) -> None:
    client = visit(url)
    for path in ("queue/join", "run/command", "api/enter", "call/transition", "cancel", "upload"):
        said = client.http.post(f"gradio_api/{path}", content=body)
        assert str(module_path) not in said.text and "Traceback" not in said.text
        assert "site-packages" not in said.text
    assert client.enter()["shots"], "the server lives"


@pytest.mark.parametrize(
    "path",
    [
        "gradio_api/file={root}/w/visitors.json",
        "gradio_api/file={root}/sample/story.json",
        "gradio_api/file=story.json",
        "gradio_api/file=/etc/passwd",
        "gradio_api/file%3D/etc/passwd",
        "GRADIO_API/file=/etc/passwd",
        "gradio_api/file/%2e%2e/%2e%2e/etc/passwd",
        "gradio_api/proxy=http://169.254.169.254/",
        "gradio_api/stream/x",
        "media/..%2f..%2fvisitors.json",
        "media/%2e%2e/visitors.json",
        "media/" + "0" * 32 + ".mp4",
        "media/" + "0" * 32 + ".html",
        "media/" + "a" * 10_000,
        "media/%00",
        "media/",
        "static/../../../etc/passwd",
        "assets/%2e%2e/%2e%2e/config",
        "svelte/..%2f..%2f..%2fetc%2fpasswd",
        "monitoring",
        "gradio_api/vibe-code",
        "docs",
    ],
)
def test_no_route_gives_a_file(url: str, visit: Visit, module_path: Path, path: str) -> None:
    said = visit(url).http.get(path.format(root=module_path))
    assert said.status_code in (400, 403, 404, 405, 422), said.text[:200]
    assert "root:" not in said.text and str(module_path) not in said.text


def test_media_are_served_as_what_they_are(url: str, visit: Visit) -> None:
    client = visit(url)
    thumb = client.enter()["shots"][0]["thumb"]
    whole = client.http.get(thumb)
    assert whole.headers["content-type"] == "image/jpeg"
    head = client.http.head(thumb)
    assert head.status_code in (200, 405) and not head.content
    for asked in (
        "bytes=0-1,4-5",
        "bytes=-1",
        "bytes=99999999-",
        "bytes=5-2",
        "x=1",
        "bytes=0-" * 99,
    ):
        said = client.http.get(thumb, headers={"Range": asked})
        assert said.status_code in (200, 206, 400, 416)
        assert len(said.content) < 2 * len(whole.content) + 1000
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert client.http.request(method, thumb).status_code in (404, 405)


def test_every_answer_has_the_headers(url: str, visit: Visit) -> None:
    client = visit(url)
    thumb = client.enter()["shots"][0]["thumb"]
    for path in ("", "config", thumb, "media/none", "theme.css"):
        headers = client.http.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in headers["content-security-policy"]
        assert "access-control-allow-origin" not in headers


def test_no_answer_tells_where_files_are(url: str, visit: Visit, module_path: Path) -> None:
    client = visit(url)
    story = client.enter()
    own = module_path / "w" / "stories" / story["story"]
    answers = [client.command(story, {"op": "render", "format": "mp4"})]
    for medium in (own / "media").iterdir():
        medium.write_bytes(b"damaged")
    answers.append(client.command(story, {"op": "set_title", "title": "x"}))
    story = answers[-1][1]
    for op in ({"op": "preview", "owner": "shot-1"}, {"op": "split", "id": "shot-1", "at_s": 9}):
        answers.append(client.command(story, op))
    for _ in range(100):
        answers.append(client.event("poll"))
        if not answers[-1][0]["job"]["busy"]:
            break
    for medium in (own / "media").iterdir():
        medium.unlink()
    answers.append([client.enter(), client.event("poll"), client.event("models", {"op": "list"})])
    (own / "story.json").unlink()
    (own / "story.json").mkdir()
    answers.append(client.command(story, {"op": "set_title", "title": "not saved"}))
    assert "no file of" in answers[-1][1]["elsewhere"]["problem"]
    said = text_of(answers, client)
    assert str(module_path) not in said and "/tmp/" not in said and "site-packages" not in said


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    studio, token = open_studio(tmp_path)
    return studio, session_of(studio, token)


def test_too_large_an_upload_is_refused(url: str, visit: Visit) -> None:
    client = visit(url)
    said = client.http.post("gradio_api/upload", files={"files": ("a.png", bytes(1_500_000))})
    assert said.status_code == 413
    # Outside of a browser the name may be a path, too.
    said = client.http.post("gradio_api/upload", files={"files": ("../../../evil.png", b"x")})
    assert ".." not in said.text


# Commands

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from((*NASTY, "shot-1", "shot-2", "auto", "crossfade", "", "x" * 3000)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(("text", "kind", "file", "path", "x")), inner, max_size=4)
    ),
    max_leaves=8,
)
OPS = [kind.model_fields["op"].annotation.__args__[0] for kind in get_args(Edit)]
KEYS = ("id", "left", "right", "before", "ids", "title", "at_s", "files", "file")
FIELDS = (
    *Story.model_json_schema()["$defs"]["Shot"]["properties"],
    *Story.model_json_schema()["$defs"]["RenderSettings"]["properties"],
    "style",
    "volume",
)
IDS = st.sampled_from(("shot-1", "shot-2", "shot-3", "shot-4", "nobody"))
COMMANDS = st.fixed_dictionaries(
    {"op": st.sampled_from(OPS)},
    optional={
        **{key: JSON for key in KEYS},
        "fields": st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=3),
    },
) | st.one_of(
    st.fixed_dictionaries({"op": st.just("remove"), "ids": st.lists(IDS, max_size=3)}),
    st.fixed_dictionaries(
        {"op": st.just("move"), "ids": st.lists(IDS, max_size=3), "before": IDS | st.none()}
    ),
    st.fixed_dictionaries({"op": st.just("split"), "id": IDS, "at_s": st.floats()}),
    st.fixed_dictionaries(
        {
            "op": st.just("set_shot"),
            "id": IDS,
            "fields": st.dictionaries(st.sampled_from(FIELDS), JSON, min_size=1, max_size=2),
        }
    ),
)


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(ops=st.lists(COMMANDS | JSON, min_size=1, max_size=6))
def test_any_command_is_done_or_refused(page: Any, ops: list[Any]) -> None:
    studio, session = page
    for op in ops:
        before = session.story
        try:
            perform(parse(op), session, studio, TAB)
        except BadInput as error:
            assert "\n" not in str(error) and len(str(error)) < 600
            assert session.story is before
    assert parse_story(session.story.model_dump_json()) == session.story
    assert load_story(session.folder) == session.story


def test_edits_of_many_at_once_are_all_kept(page: Any) -> None:
    """Eight tabs that pay no heed to each other."""
    studio, session = page
    token, problems = studio.workspace.enter(None)[0], []

    def write(client: int) -> None:
        done = seq = 0
        while done < 8:  # an edit that was told to come too late is done again
            told: list[str] = []
            seq += 1
            batch = {"seq": seq, "tab": f"{client:08d}", "story": session.name, "rev": session.rev}
            batch |= {"ops": [{"op": "add_card", "before": None}]}
            handlers.command(token, batch, studio, told.append)
            problems.extend(message for message in told if "another tab" not in message)
            done += not told

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems == []
    assert len(session.story.shots) == 3 + 8 * 8
    assert load_story(session.folder) == session.story


# In a browser


def test_nothing_that_is_written_runs(url: str, browser: Browser) -> None:
    page = browser.new_context().new_page()
    page.set_default_timeout(15_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("dialog", lambda dialog: errors.append(dialog.message) or dialog.dismiss())
    page.goto(url)
    expect(page.locator(".sb-card")).to_have_count(3)
    for text in NASTY:
        page.evaluate(
            """text => {
              const {state, send} = storyboard;
              const [a, b] = state.story.shots;
              const fields = {prompt: text, negative_prompt: text};
              send('set_title', {title: text});
              send('set_shot', {id: a.id, fields: {...fields, title: text, captions: [{text}]}});
              send('set_edge', {left: a.id, right: b.id, fields});
              send('set_shot', {id: text, fields});
              send('set_settings', {fields: {[text]: text}});
              send('preview', {owner: text.slice(0, 80)});
              send('new_story_' + text);
            }""",
            text,
        )
        page.wait_for_function("() => !storyboard.unsaved()")
        assert page.evaluate("() => storyboard.state.story.shots[0].prompt") == text
    for kind in ({"kind": "shot", "id": "shot-1"}, {"kind": "edge", "owner": "shot-1>shot-2"}):
        page.evaluate("what => storyboard.select(what)", kind)
    page.reload()
    expect(page.locator(".sb-card")).to_have_count(3)
    expect(page.locator(".sb-card b").first).to_contain_text(NASTY[-1][:8])
    assert page.title().endswith(" · SEINE Storyboard") and errors == []
    assert page.locator("img[onerror], [onmouseover]").count() == 0
    page.context.close()
