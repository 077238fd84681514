"""The model manager against a local hub, with the real client: complete, resumed, checked."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from fake_hub import REVISION, FakeHub
from seine_core.errors import BadInput, MissingWeights, RenderCancelled
from seine_core.weights import store
from seine_core.weights.store import MODELS, Download, download, fetch, shelf, status
from seine_core.weights.weight_file import damage
from small_models import HUB_FILES, safetensors, torch_zip, use_small_models


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


def put(folder: Path, repo: str, names: list[str] | None = None) -> None:
    for name, content in HUB_FILES[repo].items():
        if (names is None or name in names) and not name.startswith(".."):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)


def test_the_catalogue() -> None:
    names = [model.name for model in MODELS]
    assert len(set(names)) == len(names) and {"seine", "wan-flf2v", "wan-i2v", "ltx"} <= set(names)
    for model in MODELS:
        assert model.title and model.purpose and model.size > 0
        for part in model.parts:
            assert part.repo.count("/") == 1 and part.licence.url.startswith("https://")
            assert not part.folder.startswith("/") and (part.files or part.components)
            assert all(part.repo != other for other in part.also)
    with pytest.raises(BadInput, match="allowed seine"):
        status("nothing")


def test_nothing_is_there_and_nothing_is_fetched_unasked(hub: FakeHub, folder: Path) -> None:
    assert [found.state for found in store.list_models()] == ["missing"]
    with pytest.raises(MissingWeights) as error:
        store.path("small")
    said = str(error.value)
    assert "models download small" in said and "\n" not in said
    assert f"put the files into {folder / 'small'} (`models status small` names them)" in said
    assert hub.asked == [] and not folder.exists()


def test_a_download_is_complete_and_says_how_far_it_is(hub: FakeHub, folder: Path) -> None:
    reports: list[Download] = []
    found = download("small", reports.append)
    assert found.state == "complete" and found.here == found.total
    assert store.path("small") == folder / "small" / "small.pt"
    assert store.path("small", "base") == folder / "small" / "base"
    done = [report.done for report in reports]
    assert done == sorted(done) and reports[-1].fraction == 1.0
    assert reports[-1].done == found.total
    assert (folder / "small" / "small.pt").read_bytes() == HUB_FILES["owner/small"]["small.pt"]
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    assert "README.md" not in names and "pytorch_model.bin" not in names
    assert not any(name.endswith(".part") for name in names)
    assert not (folder.parent / "outside.safetensors").exists()
    asked = len(hub.asked)
    download("small")
    assert len(hub.asked) == asked  # all there: the hub is not even asked


def test_a_cut_off_download_goes_on(hub: FakeHub, folder: Path) -> None:
    hub.break_after = 2000
    assert download("small").state == "complete"
    ranges = [range_ for path, range_ in hub.asked if path.endswith("small.pt")]
    assert ranges[0] == "" and ranges[1].startswith("bytes=")


def test_a_cancelled_download_goes_on_another_time(hub: FakeHub, folder: Path) -> None:
    def stop(progress: Download) -> None:
        if progress.done:
            raise RenderCancelled()

    hub.gate.clear()  # the first half alone comes
    with pytest.raises(RenderCancelled):
        download("small", stop)
    unfinished = folder / "small" / "small.pt.part"
    size = unfinished.stat().st_size
    found = status("small")
    assert found.state == "partial" and found.here == size > 2000
    hub.gate.set()
    assert "small.pt not here yet" in found.problems
    first: list[Download] = []
    download("small", first.append)
    assert first[0].done == size
    assert any(range_ == f"bytes={size}-" for _, range_ in hub.asked)
    assert status("small").state == "complete"


def test_the_other_repository_is_asked_when_the_first_is_gone(hub: FakeHub) -> None:
    hub.files["other/small"] = hub.files.pop("owner/small")
    assert download("small").state == "complete"


def test_a_damaged_file_never_gets_its_name(hub: FakeHub, folder: Path) -> None:
    hub.damaged = True
    with pytest.raises(MissingWeights, match=r"small\.pt arrived damaged .* try again"):
        download("small")
    assert not (folder / "small" / "small.pt").exists()
    hub.damaged = False
    assert download("small").state == "complete"


@pytest.mark.parametrize("status_code", [401, 403, 404, 500])
def test_the_hub_refuses(hub: FakeHub, folder: Path, status_code: int) -> None:
    hub.status = status_code
    with pytest.raises(MissingWeights) as error:
        download("small")
    said = str(error.value)
    assert (
        "\n" not in said and f"small.pt of https://huggingface.co/owner/small into {folder}" in said
    )


def test_a_repository_without_the_file(hub: FakeHub) -> None:
    del hub.files["owner/small"]["small.pt"]
    with pytest.raises(MissingWeights, match=r"owner/small has no file small\.pt"):
        download("small")


def test_without_a_network_it_says_where_files_go(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_models(monkeypatch, folder)
    with pytest.raises(MissingWeights) as error:
        download("small")
    said = str(error.value)
    assert "no connection to http://127.0.0.1:9" in said and "\n" not in said
    assert f"into {folder / 'small'}" in said
    assert not list(folder.rglob("*.pt"))


def test_the_offline_switch(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_small_models(monkeypatch, folder)
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(MissingWeights, match="switched off by HF_HUB_OFFLINE"):
        download("small")


def test_no_room_on_the_disk(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "_SPARE", 1 << 60)
    with pytest.raises(BadInput, match="SEINE_MODELS"):
        download("small")
    assert not any("resolve" in path for path, _ in hub.asked)


def test_a_folder_that_cannot_be_made(hub: FakeHub, folder: Path) -> None:
    folder.write_text("in the way")
    with pytest.raises(BadInput, match="cannot be written"):
        download("small")


def test_two_downloads_do_not_meet(hub: FakeHub, folder: Path) -> None:
    def again(_: Download) -> None:
        download("small")

    with pytest.raises(BadInput, match="another program is downloading"):
        download("small", again)


def test_files_put_by_hand(hub: FakeHub, folder: Path) -> None:
    put(folder / "small", "owner/small", ["small.pt"])
    put(folder / "small" / "base", "owner/base")
    assert status("small").state == "complete" and hub.asked == []
    shard = folder / "small" / "base" / "text_encoder" / "model-2.safetensors"
    shard.write_bytes(shard.read_bytes()[:-1])
    found = status("small")
    assert found.state == "partial" and "model-2.safetensors is cut off" in found.problems[0]
    shard.unlink()
    assert status("small").problems == ("text_encoder/model-2.safetensors not here yet",)
    with pytest.raises(MissingWeights, match=r"model-2\.safetensors not here yet; run"):
        store.path("small", "base")


def test_what_other_programs_fetched_is_used(hub: FakeHub, folder: Path) -> None:
    cache = folder.parent / "hub-cache"
    for repo in HUB_FILES:
        snapshot = cache / f"models--{repo.replace('/', '--')}" / "snapshots" / REVISION
        put(snapshot, repo)
    found = status("small")
    assert found.state == "complete" and all(part.in_hub_cache for part in found.parts)
    assert store.path("small", "base").is_relative_to(cache)
    shutil.rmtree(cache / "models--owner--base")
    download("small")
    assert [part.in_hub_cache for part in status("small").parts] == [True, False]


def test_hashes_are_compared_on_request(hub: FakeHub, folder: Path) -> None:
    download("small")
    found = status("small").parts[0]
    assert store.wrong_hashes(found) == []
    file = folder / "small" / "small.pt"
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)
    assert store.wrong_hashes(found) == ["small.pt: differs from the published file (SHA-256)"]


def test_a_file_put_by_hand_is_compared_with_the_published_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEINE_MODELS", str(tmp_path))
    (tmp_path / "seine").mkdir()
    (tmp_path / "seine" / "seine.pt").write_bytes(torch_zip())
    found = status("seine").parts[0]
    assert found.state == "complete"  # it may be one's own training
    assert store.wrong_hashes(found) == ["seine.pt: differs from the published file (SHA-256)"]


def test_a_receipt_that_makes_no_sense_is_no_receipt(hub: FakeHub, folder: Path) -> None:
    download("small")
    receipt = shelf.receipt_file(status("small").parts[0].part, folder / "small")
    sha256 = hashlib.sha256(HUB_FILES["owner/small"]["small.pt"]).hexdigest()
    assert json.loads(receipt.read_text())["files"]["small.pt"][1] == sha256
    for nonsense in ("", "[]", '{"files": {"a": 1}}', '{"files": 3}'):
        receipt.write_text(nonsense)
        assert status("small").state == "complete"


def test_the_folder_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = MODELS[0].parts[0]
    monkeypatch.setenv("SEINE_MODELS", str(tmp_path))
    assert store.own_folder(part) == tmp_path / "seine"
    assert store.shown_folder(part) == "$SEINE_MODELS/seine"
    monkeypatch.delenv("SEINE_MODELS")
    assert store.models_folder().parts[-3:] == (".cache", "seine-storyboard", "models")
    assert store.shown_folder(part) == "~/.cache/seine-storyboard/models/seine"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pt", torch_zip(), ""),
        ("a.pt", torch_zip()[:-30], "is cut off"),
        ("a.pt", b"\x80\x02}q\x00.", "no PyTorch file of today's format"),
        ("a.pt", b"", "is empty"),
        ("a.pt", b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "git-LFS pointer"),
        ("a.pt", b"\n <!DOCTYPE html><title>Sign in</title>", "is a web page"),
        ("a.safetensors", safetensors(), ""),
        ("a.safetensors", safetensors()[:-1], "is cut off: 10"),
        ("a.safetensors", safetensors()[:20], "is cut off"),
        ("a.safetensors", safetensors() + b"x", "is too long"),
        ("a.safetensors", b"abc", "is no safetensors file"),
        ("a.safetensors", b"\xff" * 100, "is no safetensors file"),
        ("a.safetensors", b"\x04" + bytes(7) + b"[42]", "is no safetensors file"),
        ("a.json", b"{", "is no JSON file"),
        ("a.txt", b"anything", ""),
    ],
)
def test_what_a_file_looks_like(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    found = damage(tmp_path / name)
    assert said in found if said else found == ""


def test_a_model_of_ctranslate2_is_no_damaged_checkpoint(tmp_path: Path) -> None:
    file = tmp_path / "model.bin"
    file.write_bytes(b"\6\0\0\0\x0c\0WhisperSpec\0" + bytes(100))
    assert damage(file) == ""
    file.write_bytes(b"\6\0\0\0\x0c\0WhisperSpic\0" + bytes(100))
    assert "no PyTorch file" in damage(file)
