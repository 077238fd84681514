"""The page's own events over bare HTTP, as a hostile client would send them."""

import json
import secrets
from typing import Any

import httpx

from waiting import PATIENCE_S

_ASKED = {"enter": [""], "poll": [""]}  # what they say beside the token: for which story


class Client:
    """Somebody without the page: sends what it likes, and reads what comes back."""

    def __init__(self, url: str, user: str = "", password: str = "") -> None:
        self.http = httpx.Client(base_url=url, timeout=PATIENCE_S)
        self.token: Any = None
        self._numbers: dict[str, int] = {}
        if user:
            said = self.http.post("login", data={"username": user, "password": password})
            said.raise_for_status()

    def close(self) -> None:
        self.http.close()

    def number(self, event: str) -> int:
        if not self._numbers:
            events = self.http.get("config").raise_for_status().json()["dependencies"]
            self._numbers = {found["api_name"]: found["id"] for found in events}
        return self._numbers[event]

    def event(self, name: str, sent: Any = None, data: list[Any] | None = None) -> Any:
        """What the page's event `name` answers, or its error, as the line that a user sees."""
        session = secrets.token_hex(8)
        ask = {
            "data": [self.token, *_ASKED.get(name, ())] if data is None else data,
            "event_data": sent,
            "fn_index": self.number(name),
            "session_hash": session,
        }
        joined = self.http.post("gradio_api/queue/join", json=ask)
        if joined.status_code != 200:
            return f"{joined.status_code}"
        answer, self.told = None, []
        path, query = "gradio_api/queue/data", {"session_hash": session}
        with self.http.stream("GET", path, params=query) as lines:
            for line in lines.iter_lines():
                message = json.loads(line[6:]) if line.startswith("data: ") else {}
                if message.get("msg") == "log":
                    self.told.append(message["log"])
                if message.get("msg") == "process_completed":
                    output = message["output"]
                    answer = output["data"] if message["success"] else output.get("error")
                    if message["success"]:  # the page's parts get JSON as text
                        answer = [_parsed(part) for part in answer]
                        for part in answer:
                            self.told += part.get("messages", ()) if isinstance(part, dict) else ()
                    break
        return answer

    def enter(self) -> dict[str, Any]:
        """Open the page; returns its story."""
        token, story, *_ = self.event("enter")
        if isinstance(token, str):
            self.token = token
        return story

    def command(self, story: dict[str, Any], *ops: Any, seq: int = 1) -> Any:
        batch = {
            "seq": seq,
            "tab": secrets.token_hex(12),
            "story": story["story"],
            "rev": story["rev"],
            "ops": list(ops),
        }
        return self.event("command", batch)


def _parsed(part: Any) -> Any:
    return json.loads(part) if isinstance(part, str) and part.startswith("{") else part
