"""JSON, TOML and tables from outside: they are read, or one line says why not."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seine_core.errors import MAX_MESSAGE, BadInput, MissingWeights, RenderFailed, quoted
from seine_core.evaluate.datasets import open_data
from seine_core.files.outside_text import open_table, parse_json, parse_toml, read_json
from seine_core.media.captioned_files import captioned_files
from seine_core.story.disk.storage import load_story, parse_story, save_story
from seine_core.story.model import Story
from seine_core.study.material import read_material
from seine_core.train.config import read_config
from seine_core.weights.weight_file import damage

BROKEN: dict[str, bytes] = {
    "empty": b"",
    "cut": b'{"a": [1, 2',
    "no_utf8": b'{"a": "\xff\xfe"}',
    "zero": b"\0\0\0\0",
    "nested": b"[" * 200_000,
    "nested_objects": b'{"a":' * 200_000,
    "digits": b'{"a": ' + b"9" * 5000 + b"}",
    "utf16": "[".encode("utf-16") * 9,
}


def is_told(error: BadInput) -> None:
    assert len(str(error)) <= MAX_MESSAGE and str(error).isprintable() and str(error)


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_broken_json_is_bad_input(text: bytes, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="the JSON is broken") as caught:
        parse_json(text)
    is_told(caught.value)
    for parse in (parse_story, lambda t: parse_toml(t)):
        with pytest.raises(BadInput) as caught:
            parse(text or b"=")
        is_told(caught.value)


READERS: list[tuple[str, Callable[[Path], Any]]] = [
    ("story.json", load_story),
    ("list.json", lambda p: captioned_files(p.parent, p, (".mp4",))),
    ("list.csv", lambda p: captioned_files(p.parent, p, (".mp4",))),
    ("list.jsonl", lambda p: captioned_files(p.parent, p, (".mp4",))),
    ("config.toml", read_config),
    ("config.json", read_config),
    ("any.json", read_json),
]


@pytest.mark.parametrize(("name", "read"), READERS, ids=[name for name, _ in READERS])
@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_every_reader_of_text_says_what_is_broken(
    name: str, read: Callable[[Path], Any], text: bytes, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(text)
    with pytest.raises(BadInput) as caught:
        read(path)
    is_told(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(("name", "read"), READERS, ids=[name for name, _ in READERS])
def test_no_reader_of_text_waits_for_a_pipe(
    name: str, read: Callable[[Path], Any], tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(BadInput, match="is no file"):
        read(tmp_path / name)


def test_tables_are_bounded(tmp_path: Path) -> None:
    for text in (b'path,caption\n"' + b"x" * 200_000, b"path,caption\na\0b,c\n" * 3):
        (tmp_path / "pairs.csv").write_bytes(text.replace(b"path,caption", b"first,last"))
        (tmp_path / "list.csv").write_bytes(text)
        for read in (
            lambda: captioned_files(tmp_path, tmp_path / "list.csv", (".mp4",)),
            lambda: open_data([tmp_path]),
        ):
            with pytest.raises(BadInput) as caught:
                read()
            is_told(caught.value)
    with pytest.raises(BadInput, match="cannot be read"), open_table(tmp_path / "list.csv") as rows:
        (tmp_path / "list.csv").write_bytes(b'path\n"' + b"x" * 200_000)
        list(rows)


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(BadInput, match="1,000,000,000,000 bytes, allowed at most 1,000"):
        read_json(tmp_path / "large.json", 1000)


def test_items_of_a_study_and_headers_of_weights(tmp_path: Path) -> None:
    for name, text in BROKEN.items():
        (tmp_path / f"{name}.json").write_bytes(text)
        if name not in ("empty",):
            assert "JSON" in damage(tmp_path / f"{name}.json")
        weights = tmp_path / f"{name}.safetensors"
        weights.write_bytes(len(text).to_bytes(8, "little") + text)
        assert "no safetensors file" in damage(weights)
    with pytest.raises(BadInput):
        read_material(tmp_path)


@pytest.mark.parametrize(
    "value",
    [
        "x" * 10**6,
        "\n\t\x1b[31m",
        {"a": "b" * 10**6},
        [[[[[["deep"]]]]]],
        list(range(10**5)),
        10**4000,
        b"\0" * 10**6,
        None,
        1.5,
    ],
)
def test_what_is_quoted_is_short_and_can_be_shown(value: Any) -> None:
    assert len(quoted(value)) <= 60 and quoted(value).isprintable()


def test_a_short_value_is_quoted_as_it_is() -> None:
    assert [quoted(v) for v in ("abc", 12, [1, "a"], None)] == ["'abc'", "12", "[1, 'a']", "None"]


@pytest.mark.parametrize("kind", [BadInput, MissingWeights, RenderFailed])
def test_long_messages_keep_their_beginning_and_their_end(kind: type[Exception]) -> None:
    message = str(kind("received " + "x" * 10**6 + "\r\n\x1b[2J, allowed is y; do z"))
    assert len(message) == MAX_MESSAGE
    assert message.startswith("received xxx") and message.endswith("allowed is y; do z")
    assert message.isprintable()
    assert str(BadInput("short: received 1; do z")) == "short: received 1; do z"


def test_a_wrong_value_of_any_kind_in_a_story_is_quoted_short(tmp_path: Path) -> None:
    save_story(Story(), tmp_path)
    good = json.loads((tmp_path / "story.json").read_text())
    nested: Any = "x"
    for _ in range(500):
        nested = [nested]
    for value in (nested, "x" * 10**6, list(range(10**5)), {"a" * 1000: 1}):
        with pytest.raises(BadInput) as caught:
            parse_story(json.dumps(good | {"title": value}))
        is_told(caught.value)
        with pytest.raises(BadInput) as caught:
            parse_story(json.dumps(good | {"k" * 5000: value}))
        is_told(caught.value)
