"""The Models panel: its commands are checked, its downloads run aside and can be stopped."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.page import handlers
from app.work.studio import Studio
from app_stories import open_studio
from fake_hub import FakeHub, serve
from seine_core.errors import BadInput
from seine_core.weights import store
from seine_core.weights.resident import resident, resident_name
from small_models import HUB_FILES, use_small_models
from waiting import wait_for


class Panel:
    def __init__(self, studio: Studio, token: str) -> None:
        self.studio, self.token = studio, token
        self.told: list[str] = []

    def send(self, sent: Any) -> dict[str, Any]:
        return handlers.models(self.token, sent, self.studio, self.told.append).plain()["models"][0]

    def wait(self, busy: bool = False) -> dict[str, Any]:
        """The entry once nothing is downloaded any more, or once bytes come."""
        view: dict[str, Any] = {}

        def there() -> bool:
            view.update(handlers.poll_models(self.token, self.studio).plain())
            return view["models"][0]["done"] > 0 if busy else not view["busy"]

        wait_for(there, "the download does not come to an end")
        return view["models"][0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def panel(tmp_path: Path) -> Panel:
    return Panel(*open_studio(tmp_path))


@pytest.fixture
def hub(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with serve({repo: dict(files) for repo, files in HUB_FILES.items()}) as hub:
        use_small_models(monkeypatch, folder, hub=hub.url)
        yield hub


def test_opening_the_panel_fetches_nothing(panel: Panel, hub: FakeHub, tmp_path: Path) -> None:
    entry = panel.send({"op": "list"})
    assert entry["title"] == "Small model" and entry["state"] == "missing"
    assert entry["licences"][0]["url"] == "https://example.org/licence"
    said = "small.pt of https://huggingface.co/owner/small into $SEINE_MODELS/small"
    assert entry["by_hand"][0] == said
    assert hub.asked == [] and not panel.told
    assert str(tmp_path) not in json.dumps(entry)


def test_it_leads_with_what_suits_this_machine(panel: Panel, hub: FakeHub) -> None:
    def led() -> dict[str, Any]:
        view = handlers.poll_models(panel.token, panel.studio).plain()
        return view["recommended"]

    assert led()["machine"]["cores"] >= 1 and led()["machine"]["free"] > 0
    first = led()["engines"][0]
    assert first["engine"] == "auto" and not first["measured"] and first["seconds"] > 0
    pixels = led()["clip_s"] * 24 * led()["width"] * led()["height"]
    panel.studio.speeds.learn("Join auto", pixels, 7.0)
    first = led()["engines"][0]
    assert first["measured"] and first["seconds"] == 7.0
    panel.studio.downloads.closed = "Others can reach this server."
    assert led() is None, "what a machine has is not for passers-by"


def test_a_download_from_the_panel(panel: Panel, hub: FakeHub) -> None:
    assert panel.send({"op": "download", "name": "small"})["state"] == "downloading"
    entry = panel.wait()
    assert entry["state"] == "complete" and entry["by_hand"] == [] and entry["message"] == ""
    assert store.status("small").state == "complete"


def test_cancel_and_go_on(panel: Panel, hub: FakeHub) -> None:
    hub.gate.clear()
    panel.send({"op": "download", "name": "small"})
    assert panel.wait(busy=True)["file"] == "small.pt"
    panel.send({"op": "download", "name": "small"})  # a second click starts no second one
    names = [thread.name for thread in threading.enumerate()]
    assert names.count("download") == 1
    assert panel.send({"op": "cancel", "name": "small"})["stopping"]
    hub.gate.set()
    entry = panel.wait()
    assert entry["state"] == "partial" and entry["message"].startswith("Stopped")
    panel.send({"op": "download", "name": "small"})
    assert panel.wait()["state"] == "complete"


def test_a_failure_is_told_without_the_servers_paths(
    panel: Panel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_models(monkeypatch, folder)
    panel.send({"op": "download", "name": "small"})
    entry = panel.wait()
    assert entry["failed"] and "no connection" in entry["message"]
    assert "into $SEINE_MODELS/small" in entry["message"] and str(folder) not in entry["message"]


def test_an_accident_is_told_and_logged(
    panel: Panel, hub: FakeHub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(store, "download", lambda *_: 1 / 0)
    panel.send({"op": "download", "name": "small"})
    assert "server's log" in panel.wait()["message"] and "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        "download",
        {"op": "delete", "name": "small"},
        {"op": "download"},
        {"op": "download", "name": 3},
        {"op": "download", "name": "small", "folder": "/etc"},
        {"op": "download", "name": "../../etc"},
        {"op": "download", "name": "s" * 10_000},
    ],
)
def test_anything_else_is_refused_with_a_line(panel: Panel, hub: FakeHub, sent: Any) -> None:
    panel.send(sent)
    assert len(panel.told) == 1 and "\n" not in panel.told[0] and len(panel.told[0]) < 300
    assert hub.asked == []


def test_cancelling_what_does_not_run(panel: Panel, hub: FakeHub) -> None:
    assert panel.send({"op": "cancel", "name": "small"})["state"] == "missing"


def test_strangers_get_nothing(panel: Panel, hub: FakeHub) -> None:
    for token in (None, "x", "A" * 43):
        with pytest.raises(BadInput):
            handlers.models(token, {"op": "download", "name": "small"}, panel.studio, print)
        with pytest.raises(BadInput):
            handlers.poll_models(token, panel.studio)
    assert hub.asked == []


def test_a_model_in_memory_can_be_let_go(panel: Panel, hub: FakeHub, folder: Path) -> None:
    resident(f"small@{folder}", lambda: "the model")
    assert panel.send({"op": "list"})["loaded"]
    assert not panel.send({"op": "free"})["loaded"]
    assert resident_name() is None
