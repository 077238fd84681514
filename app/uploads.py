"""Files that were uploaded: where they are, and what they are called.

A browser or a program says where it thinks that its file lies. Only what lies among the uploads is
opened, and nobody is told the server's folders.
"""

import re
import threading
from pathlib import Path
from typing import Annotated

from gradio.utils import get_upload_folder, is_in_or_equal
from pydantic import BaseModel, ConfigDict, StringConstraints

from seine_core.errors import BadInput

# Many large pictures at once would take all memory.
DECODING = threading.Semaphore(2)


class UploadedFile(BaseModel):
    """An upload as the page names it: `name` is the user's own."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    path: Annotated[str, StringConstraints(max_length=4096)]
    name: Annotated[str, StringConstraints(max_length=1000)] = ""


def uploaded(file: UploadedFile) -> Path:
    """The path of a file that was uploaded, and of no other.

    Raises:
        BadInput: it lies elsewhere.
    """
    try:
        path = Path(file.path).resolve()
        inside = is_in_or_equal(path, Path(get_upload_folder()).resolve()) and path.is_file()
    except (OSError, ValueError, RuntimeError):  # the last for links in a circle
        inside = False
    if not inside:
        raise BadInput("was not uploaded here; add it again")
    return path


def named(file: UploadedFile, error: BadInput) -> str:
    """The message without the server's folders: the user knows the file by its own name."""
    name = _short_name(file)
    message = str(error)
    message = message.replace(file.path, name).replace(str(Path(file.path).name), name)
    return message if name in message else f"{name}: {message}"


def title(file: UploadedFile) -> str:
    """The file's name as words, without the number that put it in order."""
    words = re.sub(r"[\s_-]+", " ", Path(_short_name(file)).stem).strip()
    words = re.sub(r"^\d+ (?=\S)", "", words)
    return words[:1].upper() + words[1:]


def _short_name(file: UploadedFile) -> str:
    name = re.split(r"[/\\]", file.name or file.path)[-1]
    return "".join(c for c in name if c.isprintable())[:80] or "file"
