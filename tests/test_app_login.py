"""With --auth everybody has stories of their own; and no other site can drive the editor."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from app.accounts import read_accounts
from app.main import build
from app_stories import served, write_story

ACCOUNTS = ("ada:lovelace", "bob:builder")


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    write_story(tmp_path / "sample", shots=2)
    monkeypatch.setattr("app.sessions.SAMPLE", tmp_path / "sample")
    with served(build(tmp_path / "w", accounts=read_accounts(ACCOUNTS), local=False)) as (url, _):
        yield url


def log_in(url: str, name: str = "ada", password: str = "lovelace") -> httpx.Client:
    client = httpx.Client(base_url=url, timeout=20)
    said = client.post("login", data={"username": name, "password": password})
    assert said.status_code == 200, said.text
    return client


def event(client: httpx.Client, name: str, data: list[Any], sent: Any = None) -> dict[str, Any]:
    """What an event of the page answers: its last message."""
    config = client.get("config").json()
    number = next(d["id"] for d in config["dependencies"] if d["api_name"] == name)
    ask = {"data": data, "fn_index": number, "event_data": sent, "session_hash": name + os.urandom(4).hex()}
    client.post("gradio_api/queue/join", json=ask).raise_for_status()
    with client.stream("GET", "gradio_api/queue/data", params={"session_hash": ask["session_hash"]}) as lines:
        for line in lines.iter_lines():
            message = json.loads(line[6:]) if line.startswith("data: ") else {}
            if message.get("msg") == "process_completed":
                return message
    raise AssertionError("no answer")


def story(answer: dict[str, Any]) -> dict[str, Any]:
    return answer["output"]["data"][1]["value"] if False else answer["output"]["data"][1]


def test_probe(url: str) -> None:
    ada = log_in(url)
    print([ (d["id"], d["api_name"], d["targets"], d["inputs"]) for d in ada.get("config").json()["dependencies"]])
    answer = event(ada, "enter", [None])
    print(json.dumps(answer)[:1500])
    print(httpx.get(url).headers, httpx.get(url + "config").status_code)
    assert 0
