"""What gets through to Gradio: the requests of the page and the API, and no file but an upload."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import Mount, Route

from app.main import build
from app.served.accounts import read_accounts
from app.served.gradio_state import _EVENTS_EACH
from app.served.routes import route_of
from app.served.senders import Sender, Senders
from app.served.uploads import UPLOAD_PATH, UploadedFile, Uploads
from app_stories import served, write_image, write_story
from page_events import Client
from seine_core.errors import BadInput
from waiting import PATIENCE_S

Visit = Callable[..., Client]
META = {"_type": "gradio.FileData"}

# Routes of Gradio's that are closed on purpose. One that stands neither here nor in
# `app.served.routes.ROUTES` is new: find out what it does, and decide.
CLOSED = {
    "what the page has no use for": """
        /login/ /config/ /gradio_api/info/ /gradio_api/app_id/ /gradio_api/reset/ /openapi.json
        /gradio_api/openapi.json /gradio_api/theme.css /gradio_api/user /gradio_api/user/
        /gradio_api/token /gradio_api/token/ /gradio_api/login_check /gradio_api/login_check/
        /gradio_api/runs /gradio_api/runs/ /gradio_api/startup-events /gradio_api/queue/status
        /gradio_api/heartbeat/{session_hash} /gradio_api/upload_progress /pwa_icon
        /pwa_icon/{size} /svelte/{path:path} /monitoring /monitoring/summary /monitoring/{key}
    """,
    "what runs, fetches, reads or changes something on the server": """
        /gradio_api/process_recording /gradio_api/deep_link /gradio_api/file={path_or_url:path}
        /gradio_api/file/{path:path} /gradio_api/proxy={url_path:path} /gradio_api/dev/reload
        /gradio_api/component_server /gradio_api/component_server/ /gradio_api/vibe-code
        /gradio_api/vibe-code/ /gradio_api/vibe-edit /gradio_api/vibe-edit/
        /gradio_api/undo-vibe-edit /gradio_api/undo-vibe-edit/ /gradio_api/vibe-starter-queries
        /gradio_api/vibe-starter-queries/
        /gradio_api/custom_component/{id}/{environment}/{type}/{file_name}
    """,
    "other ways to what is open": """
        /gradio_api/run/{api_name} /gradio_api/run/{api_name}/ /gradio_api/api/{api_name}
        /gradio_api/api/{api_name}/ /gradio_api/call/{api_name}/ /gradio_api/call/v2/{api_name}
        /gradio_api/call/v2/{api_name}/ /gradio_api/call/v2/{api_name}/{event_id}
    """,
    "streams of components that the page does not have": """
        /gradio_api/stream/{event_id} /gradio_api/stream/{event_id}/close
        /gradio_api/stream/{session_hash}/{run}/{component_id}/playlist.m3u8
        /gradio_api/stream/{session_hash}/{run}/{component_id}/{segment_id}.{ext}
        /gradio_api/stream/{session_hash}/{run}/{component_id}/playlist-file
    """,
    "leaving by GET, which a picture on another site's page could do": "/logout",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gate")


@pytest.fixture(scope="module", params=["open", "login"])
def who(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return ("ada", "secret1") if request.param == "login" else ()


@pytest.fixture(scope="module")
def url(folder: Path, who: tuple[str, ...]) -> Iterator[str]:
    """An editor without and with a login, for a small story."""
    write_story(folder / "story", shots=2)
    accounts = read_accounts(["ada:secret1", "bob:secret2"] if who else [])
    make = partial(build, folder / "w", story=folder / "story", accounts=accounts, max_upload_mb=1)
    with served(make) as url:
        yield url


@pytest.fixture
def client(url: str, who: tuple[str, ...], visit: Visit) -> Client:
    return visit(url, *who)


# Routes


def routes(found: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """(method, path) of every route that would answer."""
    for route in found:
        if isinstance(route, Mount):
            yield from routes(route.routes, prefix + route.path)
        elif isinstance(route, Route):
            yield from ((method, prefix + route.path) for method in route.methods or ())
        else:  # a router as FastAPI keeps it
            inner = route.original_router.routes
            yield from routes(inner, prefix + route.include_context.prefix)


def test_every_route_is_decided(tmp_path: Path) -> None:
    """A new release of a dependency may bring routes: each is allowed by the guard, or listed here
    as closed."""
    closed = {path for group in CLOSED.values() for path in group.split()}

    async def built() -> FastAPI:  # Gradio makes event loops where none runs, and leaves them
        return build(tmp_path)

    running = set(routes(asyncio.run(built()).routes))
    assert {"/gradio_api/process_recording", "/", "/media/{name}"} <= {path for _, path in running}
    undecided = []
    for method, path in sorted(running):
        example = path.replace("{event_id}", "0a").replace("{path:path}", "x.js")
        for name in ("{name}", "{api_name}"):
            example = example.replace(name, "x")
        route = route_of(example)
        allowed = route is not None and method in route.methods
        if not allowed and not (path in closed or route is not None):
            undecided.append((method, path))
    assert undecided == []
    assert closed <= {path for _, path in running}, "what is gone need not be listed"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "gradio_api/process_recording", 404),
        ("POST", "gradio_api/component_server", 404),
        ("POST", "gradio_api/run/enter", 404),
        ("GET", "gradio_api/run/predict", 405),
        ("POST", "gradio_api/api/enter", 404),
        ("GET", "gradio_api/file=/etc/passwd", 404),
        ("GET", "gradio_api/heartbeat/x", 404),
        ("GET", "logout", 405),
        ("GET", "gradio_api/upload", 405),
        ("PUT", "gradio_api/upload", 405),
        ("DELETE", "", 405),
        ("OPTIONS", "gradio_api/queue/join", 405),
        ("TRACE", "", 405),
        ("GET", "assets/.hidden", 404),
        ("GET", "assets/../index.html", 404),
        ("GET", "//gradio_api/info", 400),
        ("GET", "gradio_api/info/", 404),
    ],
)
def test_what_the_page_does_not_use_is_closed(
    client: Client, url: str, method: str, path: str, status: int
) -> None:
    answer = client.http.request(method, httpx.URL(url).copy_with(raw_path=f"/{path}".encode()))
    assert answer.status_code == status and answer.text.count("\n") <= 1


@pytest.mark.parametrize("kind", ["text/plain", "", "application/json-patch", "text/json"])
def test_events_are_json_alone(client: Client, kind: str) -> None:
    """A page of another site can send text without being asked whether it may."""
    body = json.dumps({"data": [None], "fn_index": 0, "session_hash": "x"})
    headers = {"Content-Type": kind} if kind else {}
    for path in ("queue/join", "call/list_engines"):
        answer = client.http.post(f"gradio_api/{path}", content=body, headers=headers)
        assert answer.status_code == 415
    answer = client.http.post("gradio_api/upload", json={})
    assert answer.status_code == 415


# Files


SOURCES = [
    "/etc/passwd",
    "{secret}",
    "http://127.0.0.1:{port}/x.png",
    "file:///etc/passwd",
    "~",
    "",
]


def file_data(path: str, **more: Any) -> dict[str, Any]:
    return {"path": path, "meta": META, "orig_name": "a.png", **more}


@pytest.mark.parametrize("source", SOURCES)
def test_no_file_data_reaches_gradio(
    client: Client, folder: Path, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in a call, not in an event, not where no file belongs, not deep inside, not hidden by
    the way in which it is written."""
    secret = write_image(folder / "secret.png", 10)
    path = source.format(secret=secret, port=client.http.base_url.port)
    file = file_data(path)
    copied: list[Any] = []
    monkeypatch.setattr(
        "gradio.processing_utils.async_move_files_to_cache", lambda *a, **k: copied.append(a)
    )
    poll, enter = client.number("poll"), client.number("enter")
    for fields in (
        {"data": [file], "fn_index": enter},
        {"data": [[[{"x": file}]]], "fn_index": poll},
        {"data": [{"path": path}], "fn_index": enter},
        {"data": [{**file, "meta": {"_type": "x"}}], "fn_index": enter},
        {"data": [{"_type": "gradio.FileData", "url": path}], "fn_index": enter},
        {"data": [None], "event_data": file, "fn_index": client.number("command")},
        {"data": [None], "event_data": [file], "fn_index": enter},
        {"data": [None], "trigger_id": file, "fn_index": enter},
        {"data": [None], file["path"]: file, "fn_index": enter},
    ):
        answer = client.http.post("gradio_api/queue/join", json={**fields, "session_hash": "s"})
        assert answer.status_code == 400 and "was uploaded here" in answer.text, fields
    for name in ("animate", "transition", "render_story", "list_engines", "poll"):
        answer = client.http.post(f"gradio_api/call/{name}", json={"data": [file, file]})
        assert answer.status_code == 400, name
    hidden = '{"data": [{"\\u0070ath": ' + json.dumps(path) + ', "m\\u0065ta": {"_type": "\\u0067'
    hidden += 'radio.FileData"}}], "fn_index": 0, "session_hash": "s"}'
    for body in (hidden, hidden.replace('{"data"', '{"data": [], "data"')):
        headers = {"Content-Type": "application/json; charset=utf-16"}
        for content in (body.encode(), body.encode("utf-16")):
            answer = client.http.post("gradio_api/queue/join", content=content, headers=headers)
            assert answer.status_code == 400
    assert copied == [] and not list(folder.rglob("uploads/**/secret.png"))


@pytest.mark.parametrize("path", ["/dev/zero", "/proc/self/environ", "{pipe}"])
def test_a_device_stops_nothing(client: Client, folder: Path, path: str) -> None:
    pipe = folder / "pipe.png"
    if not pipe.exists():
        os.mkfifo(pipe)
    body = {"data": [file_data(path.format(pipe=pipe))]}
    assert client.http.post("gradio_api/call/animate", json=body).status_code == 400
    assert client.http.get("gradio_api/app_id", timeout=PATIENCE_S).status_code == 200


def uploaded(client: Client, content: bytes = b"x", name: str = "a.png") -> str:
    answer = client.http.post("gradio_api/upload", files={"files": (name, content)})
    (number,) = answer.raise_for_status().json()
    return str(number)


def test_an_upload_is_known_by_an_id_alone(client: Client, folder: Path, visit: Visit) -> None:
    number = uploaded(client, (write_image(folder / "a.png", 10)).read_bytes())
    assert number.startswith("upload-") and "/" not in number
    story = client.enter()
    add = {"op": "add_media", "files": [{"path": number, "name": "mine.png"}]}
    told = client.command(story, add)
    assert client.told == [] and told[1]["shots"][-1]["title"] == "Mine"


def test_an_upload_is_its_senders_alone(
    client: Client, url: str, who: tuple[str, ...], visit: Visit, folder: Path
) -> None:
    client.http.get("config")  # from where a browser has its cookie
    number = uploaded(client, (write_image(folder / "a.png", 10)).read_bytes())
    other = visit(url, "bob", "secret2") if who else visit(url)
    story = other.enter()
    before = len(story["shots"])
    answer = other.command(story, {"op": "add_media", "files": [{"path": number, "name": "x"}]})
    assert "was not uploaded here" in other.told[0] and len(answer[1]["shots"]) == before
    body = {"data": [file_data(number), "", 0.2, "crossfade", "auto", 0, 64, 64, 5, 0, 1, False, 0]}
    event = other.http.post("gradio_api/call/animate", json=body).json()["event_id"]
    assert "was not uploaded here" in other.http.get(f"gradio_api/call/animate/{event}").text


def test_bodies_are_bounded(client: Client) -> None:
    large = {"data": ["x" * 1_000_000], "fn_index": 0, "session_hash": "s"}
    for path in ("queue/join", "call/animate", "cancel"):
        answer = client.http.post(f"gradio_api/{path}", json=large)
        assert answer.status_code == 413 and "1,000,000" in answer.text

    def slowly() -> Iterator[bytes]:  # without saying how long it will be
        yield b'{"data": ["'
        for _ in range(40):
            yield b"x" * 50_000

    headers = {"Content-Type": "application/json"}
    answer = client.http.post("gradio_api/queue/join", content=slowly(), headers=headers)
    assert answer.status_code == 413
    answer = client.http.post("login", data={"username": "x" * 100_000, "password": "x"})
    assert answer.status_code == 413
    field = {"files": (None, "x" * 10_000)}
    assert client.http.post("gradio_api/upload", files=field).status_code == 400


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 50_000, b'{"a": 1' + b"0" * 9000])
def test_json_that_is_none(client: Client, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = client.http.post("gradio_api/queue/join", content=body, headers=headers)
    assert answer.status_code == 400 and answer.text.count("\n") == 1


# Uploads


def test_uploads_are_let_go(tmp_path: Path) -> None:
    now = 0.0
    uploads = Uploads(tmp_path / "uploads", max_bytes=100, clock=lambda: now)

    def keep(owner: str = "ada", size: int = 100) -> str:
        (tmp_path / "part").write_bytes(bytes(size))
        return uploads.keep(tmp_path / "part", "../é vil.seine.ZIP", Sender(user=owner))

    def there(number: str, owner: str = "ada") -> Path:
        with uploads.opened(UploadedFile(upload=number), Sender(user=owner)) as path:
            return path

    first = keep()
    path = there(first)
    assert path.name == "vil.seine.zip" and path.read_bytes() == bytes(100)
    assert path.is_relative_to(tmp_path / "uploads")
    others = [keep() for _ in range(9)]
    eleventh = keep()  # in the place of the first, which was used
    assert not path.exists() and there(eleventh)
    with pytest.raises(BadInput, match="was not uploaded here"):
        there(first)
    there(others[0])
    keep()
    with pytest.raises(BadInput, match="uploads that no story took"):
        [keep() for _ in range(2)]
    bobs = keep("bob")
    assert there(bobs, "bob")
    now = 3601.0
    keep("eve")
    for number, owner in ((others[5], "ada"), (bobs, "bob")):
        with pytest.raises(BadInput):
            there(number, owner)
    assert len(list((tmp_path / "uploads").iterdir())) == 1
    Uploads(tmp_path / "uploads", max_bytes=100)
    assert not (tmp_path / "uploads").exists(), "of an earlier run nothing is known"


def test_cookies_that_a_browser_makes_up_give_it_no_more_room(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "uploads", max_bytes=100)

    def keep(cookie: int, address: str = "192.0.2.1") -> str:
        (tmp_path / "part").write_bytes(bytes(100))
        return uploads.keep(tmp_path / "part", "a.png", Sender("", str(cookie), address))

    for cookie in range(10):
        keep(cookie)
    with pytest.raises(BadInput, match="uploads that no story took"):
        keep(10)
    assert keep(11, "192.0.2.2"), "others have room"


def test_uploads_under_way_are_counted(tmp_path: Path) -> None:
    server = FastAPI()
    server.include_router(Uploads(tmp_path / "uploads", max_bytes=1000).router())
    app = Senders(server, username=lambda request: None)
    headers = {"Content-Type": "multipart/form-data; boundary=b"}

    async def statuses() -> list[int]:
        end = asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nx'
            await end.wait()
            yield b"\r\n--b--\r\n"

        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            begin = partial(client.post, UPLOAD_PATH, headers=headers)
            sent = [asyncio.create_task(begin(content=slowly())) for _ in range(12)]
            async with asyncio.timeout(60):  # where they are not counted none is refused
                while sum(task.done() for task in sent) < 2:
                    await asyncio.wait([task for task in sent if not task.done()], timeout=0.1)
            end.set()
            answers = await asyncio.gather(*sent)
            return [answer.status_code for answer in (*answers, await begin(content=slowly()))]

    found = asyncio.run(statuses())
    assert sorted(found[:-1]) == [200] * 10 + [429] * 2
    assert found[-1] == 200, "they are not under way any more"


def test_what_is_wrong_with_a_file_is_said_by_its_name(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "uploads", max_bytes=100)
    (tmp_path / "part").write_bytes(b"x")
    number = uploads.keep(tmp_path / "part", "hash.png", Sender(user="ada"))
    file = UploadedFile(upload=number, name="Grandma's photo.png")
    with pytest.raises(BadInput) as error, uploads.opened(file, Sender(user="ada")) as path:
        raise BadInput("damaged", subject=path)
    assert str(error.value) == "Grandma's photo.png: damaged"


# Sessions


def test_a_session_is_its_senders_alone(
    client: Client, url: str, who: tuple[str, ...], visit: Visit
) -> None:
    other = visit(url, "bob", "secret2") if who else visit(url)
    other.http.get("config")
    ask = {"data": [None], "fn_index": client.number("enter"), "session_hash": "ada5"}
    assert client.http.post("gradio_api/queue/join", json=ask).status_code == 200
    assert other.http.post("gradio_api/queue/join", json=ask).status_code == 404
    asked = other.http.get("gradio_api/queue/data", params={"session_hash": "ada5"})
    assert asked.status_code == 404
    cancel = {"session_hash": "ada5", "fn_index": 0, "event_id": "x"}
    assert other.http.post("gradio_api/cancel", json=cancel).status_code == 404
    assert other.http.get("gradio_api/call/poll/ada5").status_code == 404, "the same by its name"
    mine = client.http.get("gradio_api/queue/data", params={"session_hash": "ada5"})
    assert "process_completed" in mine.text


def test_calls_without_a_session_are_nobodys(
    client: Client, url: str, who: tuple[str, ...], visit: Visit
) -> None:
    other = visit(url, "bob", "secret2") if who else visit(url)
    other.http.get("config")
    client.http.get("config")
    for caller in (client, other, client):
        asked = caller.http.post("gradio_api/call/list_engines", json={"data": []})
        event = asked.raise_for_status().json()["event_id"]
        assert "layers" in caller.http.get(f"gradio_api/call/list_engines/{event}").text


def test_unread_answers_are_bounded(client: Client) -> None:
    number = client.number("poll")
    ask = {"data": [None], "fn_index": number, "session_hash": "never-read"}
    said = [
        client.http.post("gradio_api/queue/join", json=ask).status_code
        for _ in range(_EVENTS_EACH + 10)
    ]
    assert said[:_EVENTS_EACH] == [200] * _EVENTS_EACH and set(said[_EVENTS_EACH:]) == {429}
    answer = client.http.get("gradio_api/queue/data", params={"session_hash": "never-read"})
    assert answer.text.count("process_completed") == _EVENTS_EACH
    assert client.http.post("gradio_api/queue/join", json=ask).status_code == 200


def test_a_cookie_tells_browsers_apart(url: str, who: tuple[str, ...]) -> None:
    with httpx.Client(base_url=url, timeout=PATIENCE_S) as http:
        if who:
            http.post("login", data={"username": who[0], "password": who[1]})
        said = http.get("config").headers["set-cookie"]
        assert "HttpOnly" in said and "SameSite=Lax" in said and "Secure" not in said
        assert "set-cookie" not in http.get("").headers
        http.cookies.delete("storyboard-browser")
        http.cookies.set("storyboard-browser", "x")
        assert "set-cookie" in http.get("").headers, "what is no value of ours is replaced"
