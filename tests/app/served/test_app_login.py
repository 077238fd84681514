"""With --auth everybody has stories of their own; and no other site can drive the editor."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from app.main import build
from app.served import login_page
from app.served.accounts import read_accounts
from app_stories import served, serving_in, use_sample, write_story
from fake_hub import serve
from page_events import Client
from small_models import HUB_FILES
from waiting import PATIENCE_S

Visit = Callable[..., Client]
ADA, BOB = ("ada", "love:lace"), ("bob", "builder")


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An editor with two accounts that others can reach."""
    monkeypatch.setattr(login_page, "WRONG_S", 0.01)
    use_sample(monkeypatch, tmp_path / "sample", shots=2)
    known = read_accounts(":".join(account) for account in (ADA, BOB))
    with serving_in(tmp_path, accounts=known, local=False) as url:
        yield url


def test_who_is_not_logged_in_gets_nothing(url: str, visit: Visit) -> None:
    ada = visit(url, *ADA)
    story, stranger = ada.enter(), visit(url).http
    media = story["shots"][0]["thumb"]
    assert stranger.get(media).status_code == 401
    for path in ("config", "gradio_api/info", "gradio_api/queue/data?session_hash=x"):
        assert stranger.get(path).status_code == 401
    join = {"data": [None], "fn_index": 0, "session_hash": "x"}
    for path in ("queue/join", "run/predict", "call/enter"):
        assert stranger.post(f"gradio_api/{path}", json=join).status_code == 401
    files = {"files": ("a.png", b"x")}
    assert stranger.post("gradio_api/upload", files=files).status_code == 401
    assert "Scene 1" not in stranger.get("").text
    for cookie in ada.http.cookies:
        stranger.cookies.set(cookie, "x" * 22)
    assert stranger.get(media).status_code == 401
    assert ada.http.get(media).status_code == 200


@pytest.mark.parametrize(
    ("name", "password"),
    [("ada", ""), ("ada", "lovelace"), ("bob", "love:lace"), ("eve", ""), ("", ""), ("ada", "\0")],
)
def test_a_wrong_password_is_refused(url: str, name: str, password: str) -> None:
    said = httpx.post(
        f"{url}login", data={"username": name, "password": password}, timeout=PATIENCE_S
    )
    assert said.status_code in (400, 422) and not said.cookies  # Gradio asks for both


def test_stories_belong_to_their_user_in_any_browser(url: str, visit: Visit) -> None:
    ada, elsewhere, bob = visit(url, *ADA), visit(url, *ADA), visit(url, *BOB)
    story = ada.enter()
    ada.command(story, {"op": "set_title", "title": "Ada's"})
    assert elsewhere.enter()["title"] == "Ada's"
    assert ada.token is None, "a token would be one more key"

    other = bob.enter()
    assert other["story"] != story["story"] and other["title"] == "Small story"
    bob.command(other, {"op": "open_story", "name": story["story"]})
    assert "none of yours" in bob.told[0]
    bob.command(story, {"op": "set_title", "title": "Bob's"}, {"op": "remove", "ids": ["shot-1"]})
    assert elsewhere.enter()["title"] == "Ada's"

    job = ada.command(ada.enter(), {"op": "render", "format": "mp4"})[2]["job"]
    bob.command(other, {"op": "cancel", "job": job["id"]})
    assert bob.event("poll")[0]["job"] is None
    assert ada.event("poll")[0]["job"]["state"] != "cancelled"


def test_a_token_opens_nothing_that_belongs_to_a_user(url: str, visit: Visit) -> None:
    story, bob = visit(url, *ADA).enter(), visit(url, *BOB)
    for token in ("user:ada", {"name": "ada"}, ["user:ada"]):
        bob.token = token
        assert bob.enter()["story"] != story["story"]


def test_the_page_behind_a_login(url: str, browser: Browser) -> None:
    page = browser.new_context().new_page()
    page.set_default_timeout(15_000)
    page.goto(url)
    page.get_by_label("username").fill(ADA[0])
    page.get_by_label("password").fill("wrong")
    page.get_by_role("button", name="Login").click()
    expect(page.get_by_role("alert")).to_have_text("The name or the password is wrong.")
    page.get_by_label("username").fill(ADA[0])
    page.get_by_label("password").fill(ADA[1])
    page.get_by_role("button", name="Login").click()
    expect(page.locator(".sb-card")).to_have_count(2)
    page.wait_for_function("() => document.querySelector('.sb-card img').naturalWidth > 0")
    page.get_by_role("button", name="Duplicate").click()
    expect(page.locator(".sb-card")).to_have_count(3)
    other = page.context.new_page()
    other.goto(url)
    expect(other.locator(".sb-card")).to_have_count(3)
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("password")).to_be_visible()
    expect(other.get_by_label("password")).to_be_visible()  # its next beat says so
    page.context.close()


def test_models_are_not_for_passers_by(tmp_path: Path, browser: Browser, visit: Visit) -> None:
    write_story(tmp_path / "story", shots=1)
    make = partial(build, tmp_path / "w", story=tmp_path / "story", local=False)
    with served(make) as url:
        client = visit(url)
        client.enter()
        for op in ({"op": "download", "name": "seine"}, {"op": "free"}):
            view = client.event("models", op)[0]
            assert "--auth" in client.told[0] and not view["busy"]
        page = browser.new_context().new_page()
        page.set_default_timeout(15_000)
        page.goto(url)
        expect(page.locator(".sb-card")).to_have_count(1)
        page.get_by_role("button", name="Models").click()
        expect(page.get_by_text("Others can reach this server")).to_be_visible()
        download = page.get_by_role("button", name="Download").first
        expect(download).to_have_attribute("aria-disabled", "true")
        page.context.close()


@pytest.fixture
def local(tmp_path: Path) -> Iterator[str]:
    """An editor for its own machine."""
    write_story(tmp_path / "story", shots=1)
    with served(partial(build, tmp_path / "w", story=tmp_path / "story")) as url:
        yield url


def test_other_sites_are_refused(local: str) -> None:
    own = local.rstrip("/")
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": own, "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    ):
        for path in ("gradio_api/queue/join", "gradio_api/upload", "login"):
            said = httpx.post(local + path, headers=headers, json={}, timeout=PATIENCE_S)
            assert said.status_code == 403 and said.text.count("\n") == 1
            assert "access-control-allow-origin" not in said.headers
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert httpx.get(f"{local}config", headers=headers, timeout=PATIENCE_S).status_code == 403
    for headers in (
        {},
        {"Origin": own},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Origin": own},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},  # a link
    ):
        assert httpx.get(local, headers=headers, timeout=PATIENCE_S).status_code == 200


def test_other_names_are_refused(local: str) -> None:
    port = local.rsplit(":", 1)[1].rstrip("/")
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "[", "10.0.0.1"):
        said = httpx.get(local, headers={"Host": host}, timeout=PATIENCE_S)
        assert said.status_code == 403 and "127.0.0.1" in said.text
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}", "LOCALHOST"):
        assert httpx.get(local, headers={"Host": host}, timeout=PATIENCE_S).status_code == 200


def test_another_sites_page_can_do_nothing(local: str, browser: Browser, tmp_path: Path) -> None:
    """As a browser sends it, from a page of another origin on the same machine."""
    with serve(HUB_FILES) as other:
        page = browser.new_context().new_page()
        page.goto(f"{other.url}/api/models/owner/small")
        seen = page.evaluate(
            """async url => {
              const ask = async (path, options) => {
                try {
                  const answer = await fetch(url + path, options);
                  return answer.type === 'opaque' ? 'opaque' : answer.status;
                } catch { return 'blocked'; }
              };
              const body = JSON.stringify({data: [null], fn_index: 0, session_hash: 'other'});
              const frame = document.createElement('iframe');
              frame.src = url;
              document.body.append(frame);
              await new Promise(done => { frame.onload = done; setTimeout(done, 3000); });
              return [
                await ask('config'),
                await ask('gradio_api/queue/join', {method: 'POST', body}),
                await ask('gradio_api/queue/join', {method: 'POST', body, mode: 'no-cors'}),
                frame.contentDocument === null,
              ];
            }""",
            local,
        )
        assert seen[:2] == ["blocked", "blocked"] and seen[3]
        page.context.close()
    assert not (tmp_path / "w" / "visitors.json").exists(), "somebody came in"


def test_accounts_of_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert read_accounts([]) is None
    file = tmp_path / "people"
    file.write_text("ada:love:lace\n\nbob:builder\n")
    file.chmod(0o600)
    assert read_accounts([f"@{file}", "eve:dropper"])
    assert capsys.readouterr().err == ""
    file.chmod(0o644)
    read_accounts([f"@{file}"])
    assert "others can read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["ada"], "NAME:PASSWORD"),
        (["ada:"], "NAME:PASSWORD"),
        ([":secret"], "NAME:PASSWORD"),
        (["a" * 65 + ":secret"], "64"),
        (["a\nb:secret"], "NAME:PASSWORD"),
        (["ada:secret", "ada:other"], "twice"),
        (["@nowhere"], "cannot be read"),
        (["@empty"], "holds no accounts"),
        (["@binary"], "cannot be read"),
    ],
)
def test_bad_accounts(
    given: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").write_text("\n")
    Path("binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=says) as error:
        read_accounts(given)
    assert "\n" not in str(error.value) and "secret" not in str(error.value)
