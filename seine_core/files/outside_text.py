"""Text from outside: JSON, TOML and tables. Whatever reading it raises becomes `BadInput` here, and
nowhere else; so a caller meets no other error, however the text was made.

Messages do not say which file it is where only the text is given: whoever read it knows.
"""

import contextlib
import csv
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seine_core.errors import BadInput, quoted
from seine_core.files.outside_file import open_handle, read_file

MAX_BYTES = 100_000_000  # of a list or a config
# Broken text, text that is no UTF-8, numbers of too many digits, brackets nested too deeply.
_FAULTS = (ValueError, RecursionError, OverflowError, MemoryError)


def parse_json(text: bytes | str) -> Any:
    """What a JSON text says.

    Raises:
        BadInput: it is broken, or nested more deeply than anything sensible.
    """
    try:
        return json.loads(text)
    except _FAULTS as error:
        raise BadInput("the JSON is broken", reason=error) from None


def parse_toml(text: bytes | str) -> dict[str, Any]:
    """What a TOML text says. Raises as `parse_json` does."""
    try:
        return tomllib.loads(text if isinstance(text, str) else text.decode("utf-8-sig"))
    except _FAULTS as error:
        raise BadInput("the TOML is broken", reason=error) from None


def read_text(path: Path, most: int = MAX_BYTES) -> bytes:
    """The bytes of a text file of at most so many, which may be none.

    Raises:
        BadInput: it cannot be read, or is larger.
    """
    _check_there(path)
    return read_file(path, most, may_be_empty=True)


def _check_there(path: Path) -> None:
    try:
        path.stat()
    except OSError as error:
        raise BadInput("cannot be read", subject=path, reason=error) from None
    except ValueError:
        raise BadInput(
            "cannot be read", subject=quoted(str(path)), reason="no file has such a name"
        ) from None


def read_json(path: Path, most: int = MAX_BYTES) -> Any:
    """What a JSON file of at most so many bytes says.

    Raises:
        BadInput: it cannot be read, is larger, or broken.
    """
    data = read_text(path, most)
    try:
        return parse_json(data)
    except BadInput as error:
        raise BadInput("cannot be read", subject=path, reason=error) from None


@contextlib.contextmanager
def open_table(path: Path) -> Iterator["csv.DictReader[str]"]:
    """The rows of a CSV file. What is found to be wrong with it in the `with` block is said.

    Raises:
        BadInput: it cannot be read, or is no table.
    """
    with open_text(path) as file, table_errors(path):
        yield csv.DictReader(file)


@contextlib.contextmanager
def open_text(path: Path) -> Iterator[Any]:
    """The lines of a text file in UTF-8; what is none is replaced.

    Raises:
        BadInput: it cannot be read.
    """
    _check_there(path)
    handle = open_handle(path, may_be_empty=True)
    try:
        with open(handle, newline="", encoding="utf-8-sig", errors="replace") as file:
            yield file
    except OSError as error:
        raise BadInput("cannot be read", subject=path, reason=error) from None


@contextlib.contextmanager
def table_errors(path: Path) -> Iterator[None]:
    """Whatever reading rows raises in the block about what the file holds, as BadInput."""
    try:
        yield
    except csv.Error as error:
        raise BadInput("cannot be read", subject=path, reason=error) from None
