"""What a command writes beside a film: a table or a report, as text."""

from pathlib import Path

from seine_core.errors import BadInput
from seine_core.files.atomic import check_place, write_atomically


def check_text_file(file: Path) -> None:
    """Raises:
    BadInput: `file` cannot be written; said before the work is done.
    """
    try:
        if not _is_stream(file):
            check_place(file)
    except OSError as error:
        raise _unwritable(file, error) from None


def write_text_file(file: Path, text: str) -> None:
    """Write `text` to `file`, whole or not at all; a pipe or a terminal gets it as it is.

    Raises:
        BadInput: it cannot be written.
    """
    try:
        if _is_stream(file):
            file.write_text(text, "utf-8", newline="")
        else:
            write_atomically(file, text.encode())
    except OSError as error:
        raise _unwritable(file, error) from None


def _is_stream(file: Path) -> bool:
    return file.exists() and not file.is_file() and not file.is_dir()


def _unwritable(file: Path, error: OSError) -> BadInput:
    return BadInput("cannot be written", subject=file, reason=error, advice="choose another place")
