"""Files that were uploaded, each under a random id that only its sender can use.

A browser or a program names a file by the id that it got for it, and never by a path: nothing that
was not uploaded here, and by whoever asks, can be opened through this.
"""

import contextlib
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request
from gradio.route_utils import GradioMultiPartParser, MultiPartException
from pydantic import StringConstraints
from python_multipart.exceptions import FormParserError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from app.served.senders import Sender, sender_of
from app.served.shapes import Received
from seine_core.errors import BadInput, Busy, NotFound
from seine_core.story.naming import words_of

UPLOAD_PATH = "/gradio_api/upload"  # where Gradio's page and its client send files to
ID = re.compile(r"upload-[0-9a-f]{32}")
_KEPT_S = 3600.0  # an upload is copied into a story at once
_FILES_EACH = 1000
_TIMES_EACH = 10  # what one person may have here and under way, in largest files
_FILES_AT_ONCE = 50
_ROOM_BYTES = 500_000_000  # of the disk, left for what is rendered


class UploadedFile(Received):
    """An upload as `Bodies` leaves it of what the page sends: its id, and the user's own name."""

    upload: Annotated[str, StringConstraints(max_length=100)]
    name: Annotated[str, StringConstraints(max_length=1000)] = ""


@dataclass
class _Upload:
    path: Path  # FOLDER/ID/NAME
    owner: str
    person: str
    size: int
    came: float
    used: bool = False


class Uploads:
    """The uploads of all senders, in a folder of this server's own that it empties when it starts:
    an id is good for an hour, and for this run."""

    def __init__(
        self, folder: Path, max_bytes: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`max_bytes`: of one file."""
        self._folder = folder
        self.max_bytes = max_bytes
        self._clock = clock
        self._known: dict[str, _Upload] = {}
        self._coming: dict[Path, tuple[str, int]] = {}  # where to: whose, and at most so large
        self._lock = threading.Lock()
        shutil.rmtree(folder, ignore_errors=True)

    def keep(self, file: Path, name: str, sender: Sender) -> str:
        """Take the file at `file`, which is moved; its id.

        Raises:
            BadInput: the person has too much here.
        """
        size = file.stat().st_size
        with self._lock:
            self._make_room(sender.person, size, but=file.parent)
            number = f"upload-{secrets.token_hex(16)}"
            place = self._folder / number / _plain(name)
            place.parent.mkdir(parents=True)
            shutil.move(file, place)
            self._known[number] = _Upload(place, sender.owner, sender.person, size, self._clock())
        return number

    @contextlib.contextmanager
    def opened(self, file: UploadedFile, sender: Sender) -> Iterator[Path]:
        """Where a file is that `sender` uploaded. What the `with` block finds to be wrong with it
        is said with the name by which its user knows it.

        Raises:
            BadInput: it is none of theirs; or what the block raises.
        """
        name = short_name(file)
        with self._lock:
            upload = self._known.get(file.upload)
            if upload is None or not sender.owns(upload.owner):
                raise NotFound("was not uploaded here", subject=name, advice="add it again")
            upload.used = True
        try:
            yield upload.path
        except BadInput as error:
            places = (upload.path, upload.path.parent)
            known = error.renamed(lambda path: name if path in places else path)
            raise known.about(name) from None

    def router(self) -> APIRouter:
        """The route that takes files."""
        router = APIRouter()

        @router.post(UPLOAD_PATH)
        async def upload(request: Request) -> list[str]:
            sender = sender_of(request)
            part = self._folder / f".{secrets.token_hex(8)}"
            length = request.headers.get("content-length", "")
            most = min(int(length) if length.isdecimal() else self.max_bytes, self.max_bytes)
            try:
                await run_in_threadpool(self._begin, part, sender, most)
                form = await _Files(
                    request.headers,
                    request.stream(),
                    max_files=_FILES_AT_ONCE,
                    upload_dir=part,
                    max_file_size=self.max_bytes,
                ).parse()
                ids = []
                for _, found in form.multi_items():
                    assert isinstance(found, UploadFile)  # `_Files` takes nothing else
                    await found.close()
                    place = Path(found.file.name or "")
                    ids.append(
                        await run_in_threadpool(self.keep, place, found.filename or "", sender)
                    )
                return ids
            except MultiPartException as error:
                large = "maximum allowed size" in error.message
                raise HTTPException(413 if large else 400, error.message) from None
            except FormParserError:
                raise HTTPException(400, "the form cannot be read; send it as a form") from None
            except LookupError:  # of the encoding that the request names
                raise HTTPException(400, "the form is in no encoding that is known here") from None
            except BadInput as error:
                raise HTTPException(429, error.for_page()) from None
            except OSError as error:
                raise HTTPException(507, f"cannot be kept ({error.strerror})") from None
            finally:
                await run_in_threadpool(self._end, part)

        return router

    def _begin(self, part: Path, sender: Sender, most: int) -> None:
        """Have room for an upload of `most` bytes, which counts from now on."""
        part.mkdir(parents=True)
        with self._lock:
            self._make_room(sender.person, most)
            coming = most + sum(size for _, size in self._coming.values())
            if shutil.disk_usage(part).free < coming + _ROOM_BYTES:
                raise HTTPException(507, "the server's disk is full; tell whoever runs it")
            self._coming[part] = sender.person, most

    def _end(self, part: Path) -> None:
        shutil.rmtree(part, ignore_errors=True)
        with self._lock:
            self._coming.pop(part, None)

    def _make_room(self, person: str, size: int, but: Path | None = None) -> None:
        """Remove what is old; of the person's also what was used, where there is too much else.
        What comes in the folder `but` is not counted: it is what there has to be room for."""
        now = self._clock()
        for number, upload in list(self._known.items()):
            if now - upload.came > _KEPT_S:
                self._drop(number)
        coming = sum(
            most for part, (whose, most) in self._coming.items() if whose == person and part != but
        )
        while True:
            theirs = [(n, each) for n, each in self._known.items() if each.person == person]
            here = sum(upload.size for _, upload in theirs) + coming
            full = here + size > _TIMES_EACH * self.max_bytes
            if not full and len(theirs) < _FILES_EACH:
                return
            used = next((number for number, upload in theirs if upload.used), None)
            if used is None:
                raise Busy(
                    f"you have {len(theirs)} uploads that no story took yet",
                    advice="add them, or wait an hour",
                )
            self._drop(used)

    def _drop(self, number: str) -> None:
        shutil.rmtree(self._known.pop(number).path.parent, ignore_errors=True)


class _Files(GradioMultiPartParser):
    """Takes files only: other parts of a form would be held in memory, however large."""

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._current_part.file is None:
            raise MultiPartException("received a field, allowed are files")
        super().on_part_data(data, start, end)

    def on_part_end(self) -> None:
        if self._current_part.file is not None:
            super().on_part_end()


def title(file: UploadedFile) -> str:
    """The file's name as words, without the number that put it in order."""
    return words_of(Path(short_name(file)).stem)


def short_name(file: UploadedFile) -> str:
    """The name by which its user knows it."""
    name = re.split(r"[/\\]", file.name)[-1]
    return "".join(c for c in name if c.isprintable())[:80] or "file"


def _plain(name: str) -> str:
    """`name` as a file's here: its ending tells what is in it, and it leads nowhere."""
    stem, dot, suffix = re.split(r"[/\\]", name)[-1].partition(".")
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")[:60] or "file"
    return plain + re.sub(r"[^A-Za-z0-9.]", "", dot + suffix)[-24:].lower()
