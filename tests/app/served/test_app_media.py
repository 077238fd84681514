"""The media route gives what was registered, in the ranges that a player asks for, and no more."""

from pathlib import Path

import numpy as np
import pytest
from anyio import to_thread
from fastapi import FastAPI
from starlette.requests import ClientDisconnect
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from app.served.media_files import LivePicture, MediaShelf
from app_stories import write_image
from made_sounds import tone, write_sound
from seine_core.errors import BadInput
from seine_core.media.encode import write_clip
from seine_core.media.frames import load_image
from seine_core.story.mix.store import SoundStore


@pytest.fixture
def shelf(tmp_path: Path) -> MediaShelf:
    return MediaShelf(tmp_path / "thumbnails", SoundStore(tmp_path / "sounds"))


@pytest.fixture
def client(shelf: MediaShelf) -> TestClient:
    server = FastAPI()
    server.include_router(shelf.router())
    return TestClient(server)


@pytest.fixture
def video(tmp_path: Path, shelf: MediaShelf) -> str:
    path = tmp_path / "clip.mp4"
    path.write_bytes(bytes(range(100)))
    return shelf.file(path, "my story.mp4")


def test_a_file_keeps_its_name_until_it_changes(tmp_path: Path, shelf: MediaShelf) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"one")
    name = shelf.file(path, "a.mp4")
    assert shelf.file(path, "a.mp4") == name and "clip" not in name
    path.unlink()
    path.write_bytes(b"two")
    assert shelf.file(path, "a.mp4") != name


def test_whole_and_ranges(client: TestClient, video: str) -> None:
    whole = client.get(video)
    assert whole.status_code == 200 and len(whole.content) == 100
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-type"] == "video/mp4"
    closed = client.get(video, headers={"Range": "bytes=10-19"})
    assert closed.status_code == 206 and closed.content == bytes(range(10, 20))
    opened = client.get(video, headers={"Range": "bytes=90-"})
    assert opened.content == bytes(range(90, 100))
    assert client.get(video, headers={"Range": "bytes=500-"}).status_code == 416


def test_a_download_has_its_name(client: TestClient, video: str) -> None:
    said = client.get(f"{video}?download=1").headers["content-disposition"]
    assert said.startswith("attachment") and "my%20story.mp4" in said
    assert client.get(video).headers["content-disposition"].startswith("inline")


@pytest.mark.parametrize(
    "name",
    [
        "0" * 32 + ".mp4",
        "../story.json",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "clip.mp4",
        "0" * 32 + ".html",
        "0" * 32 + ".mp4%00",
        "",
    ],
)
def test_what_was_not_registered_is_not_there(client: TestClient, video: str, name: str) -> None:
    assert client.get(f"/media/{name}").status_code == 404


def test_a_file_that_is_gone_is_not_there(client: TestClient, video: str, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").unlink()
    assert client.get(video).status_code == 404


def test_what_a_browser_could_run_is_refused(tmp_path: Path, shelf: MediaShelf) -> None:
    for name in ("page.html", "picture.svg", "script.js"):
        (tmp_path / name).write_text("<script>")
        with pytest.raises(BadInput):
            shelf.file(tmp_path / name, name)


def test_pictures_are_small_and_made_once(
    client: TestClient, shelf: MediaShelf, tmp_path: Path
) -> None:
    (tmp_path / "story" / "media").mkdir(parents=True)
    path = write_image(tmp_path / "story" / "media" / "a.png", 10, (800, 600))
    url = shelf.picture(path, 200)
    answer = client.get(url)
    assert answer.headers["content-type"] == "image/jpeg"
    (tmp_path / "small.jpg").write_bytes(answer.content)
    assert load_image(tmp_path / "small.jpg").shape == (150, 200, 3)
    path.unlink()
    assert client.get(url).status_code == 200, "from its thumbnail"


def test_a_damaged_picture_is_not_there(
    client: TestClient, shelf: MediaShelf, tmp_path: Path
) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(b"broken")
    assert client.get(shelf.picture(path, 200)).status_code == 404


def test_only_so_many_frames_of_a_video_are_given(
    client: TestClient, shelf: MediaShelf, tmp_path: Path
) -> None:
    (tmp_path / "story" / "media").mkdir(parents=True)
    path = tmp_path / "story" / "media" / "a.mp4"
    shades = [np.full((36, 64, 3), shade, np.uint8) for shade in (20, 220)]
    write_clip([still for still in shades for _ in range(8)], path, width=64, height=36, fps=8)
    url = shelf.frames(path, 2.0)
    for at_ms, bright in ((0, False), (1250, True)):
        answer = client.get(f"{url}?at_ms={at_ms}")
        (tmp_path / "frame.jpg").write_bytes(answer.content)
        assert bool(load_image(tmp_path / "frame.jpg").mean() > 100) is bright
    for wrong in (-250, 300, 2250, 10**12):
        assert client.get(f"{url}?at_ms={wrong}").status_code == 404
    assert client.get(f"{url}?at_ms=x").status_code == 422


def test_a_live_picture_changes(client: TestClient, shelf: MediaShelf, tmp_path: Path) -> None:
    live = LivePicture()
    url = shelf.live(live)
    for shade in (10, 150):
        live.show(load_image(write_image(tmp_path / "a.png", shade)))
        answer = client.get(url)
        assert answer.content == live.jpeg and answer.headers["cache-control"] == "no-store"
    live.clear()
    assert client.get(url).status_code == 204, "it ended as it was asked for"
    del live
    assert client.get(url).status_code == 404, "nobody renders it any more"


def test_only_the_newest_names_are_kept(
    shelf: MediaShelf, client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.served.media_files._KEPT_NAMES", 2)
    urls = []
    for n in range(3):
        path = tmp_path / f"{n}.mp4"
        path.write_bytes(b"x")
        urls.append(shelf.file(path, "x.mp4"))
    assert [client.get(url).status_code for url in urls] == [404, 200, 200]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("range_", ["bytes=0-9", "bytes=5-", "bytes=x", "bytes=500-", "bytes=9-2"])
def test_a_file_made_anew_is_gone_whatever_part_is_asked_for(
    client: TestClient, shelf: MediaShelf, tmp_path: Path, method: str, range_: str
) -> None:
    packed = shelf.made_anew("a", ".zip", "a.zip", lambda out: out.write_bytes(bytes(100)))
    assert client.request(method, packed, headers={"Range": range_}).status_code != 404
    assert list((tmp_path / "thumbnails").iterdir()) == []


def test_a_file_made_anew_is_gone_when_its_reader_leaves(shelf: MediaShelf, tmp_path: Path) -> None:
    packed = shelf.made_anew("a", ".zip", "a.zip", lambda out: out.write_bytes(bytes(100)))
    server = FastAPI()
    server.include_router(shelf.router())

    async def leaves(scope: Scope, receive: Receive, send: Send) -> None:
        async def gone(message: Message) -> None:
            raise ClientDisconnect

        await server(scope, receive, gone)

    with pytest.raises(ClientDisconnect):
        TestClient(leaves).get(packed)
    assert list((tmp_path / "thumbnails").iterdir()) == []


def test_slow_readers_hold_so_many_copies_and_no_more(shelf: MediaShelf, tmp_path: Path) -> None:
    packed = shelf.made_anew("a", ".zip", "a.zip", lambda out: out.write_bytes(bytes(100)))
    server = FastAPI()
    server.include_router(shelf.router())
    said: list[int] = []

    async def asks_again(scope: Scope, receive: Receive, send: Send) -> None:
        async def while_it_is_sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                said.append(message["status"])
                if message["status"] == 200:
                    await to_thread.run_sync(TestClient(asks_again).get, packed)
            await send(message)

        await server(scope, receive, while_it_is_sent)

    TestClient(asks_again).get(packed)
    assert said == [200, 200, 200, 503]
    assert TestClient(server).get(packed).status_code == 200
    assert list((tmp_path / "thumbnails").iterdir()) == []


def test_a_waveform(client: TestClient, shelf: MediaShelf, tmp_path: Path) -> None:
    loud = np.concatenate([tone(1.0, amplitude=0.5), np.zeros(48_000)])
    answer = client.get(shelf.peaks(write_sound(tmp_path / "tone.wav", loud)))
    assert answer.headers["content-type"] == "application/octet-stream"
    peaks = np.frombuffer(answer.content, np.int8).reshape(-1, 2)
    assert len(peaks) == 200, "a hundred a second"
    assert peaks[:100, 1].min() > 60 and peaks[:100, 0].max() < -60 and not peaks[100:].any()
    picture = shelf.peaks(write_image(tmp_path / "silent.png", 100))
    assert client.get(picture).status_code == 404
