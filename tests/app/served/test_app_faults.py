"""A call that no page makes is one line in the log and a plain refusal, never a traceback."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app_stories import serving_in, write_story
from page_events import Client

Visit = Callable[..., Client]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("faults")
    write_story(folder / "story", shots=1)
    with serving_in(folder, story=folder / "story") as url:
        yield url


@pytest.mark.parametrize("path", ["queue/join", "run/command", "call/transition"])
@pytest.mark.parametrize(
    "call",
    [
        {"data": [], "fn_index": -1},
        {"data": [None], "fn_index": 10_000},
        {"data": [], "fn_index": 1},
        {"data": [1, 2, 3, 4, 5, 6, 7, 8, 9]},
        {"data": [{"a": ["\n\x1b[2J"]}], "fn_index": 1},
        {"data": "\n", "fn_index": None},
    ],
    ids=str,
)
def test_a_malformed_call(
    url: str,
    visit: Visit,
    path: str,
    call: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    client = visit(url)
    said = client.http.post(f"gradio_api/{path}", json={**call, "session_hash": "x"})
    assert said.status_code < 600 and "Traceback" not in said.text
    if said.status_code == 200:
        event = said.json()["event_id"]
        query = {"session_hash": "x"} if path == "queue/join" else {}
        follow = "queue/data" if path == "queue/join" else f"{path}/{event}"
        with client.http.stream("GET", f"gradio_api/{follow}", params=query) as lines:
            assert not any("Traceback" in line for line in lines.iter_lines())
    assert client.enter()["shots"], "the server lives"
    assert "Traceback" not in capfd.readouterr().err
    assert not [record for record in caplog.records if record.exc_info]
    assert len(caplog.records) <= 1


@pytest.mark.parametrize("path", ["queue/join", "call/transition"])
def test_a_call_with_too_few_values_is_bad_input(
    url: str, visit: Visit, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = visit(url)
    call: dict[str, Any] = {"data": ["secret"]}
    page = {"session_hash": "few"} if path == "queue/join" else {}
    if page:
        call |= page | {"fn_index": client.number("transition")}
    event = client.http.post(f"gradio_api/{path}", json=call).json()["event_id"]
    follow = "queue/data" if page else f"{path}/{event}"
    with client.http.stream("GET", f"gradio_api/{follow}", params=page) as lines:
        text = "".join(lines.iter_lines())
    assert "transition: received 1 values, allowed 11; send" in text and "bad_input" in text
    (record,) = caplog.records
    assert record.levelname == "WARNING" and "secret" not in record.message
    assert record.message.startswith("transition: received 1 values") and not record.exc_info


def test_what_an_event_fails_at_is_told(
    url: str, visit: Visit, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(json.dumps("a fault of ours"))

    client = visit(url)
    monkeypatch.setattr("app.page.handlers.poll", fail)
    assert "server's log" in str(client.event("poll"))
    (record,) = caplog.records
    assert record.message.startswith("event poll failed: RuntimeError")
    assert "test_app_faults.py:" in record.message
