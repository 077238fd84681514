"""What the open stories sound like, for the player: their mix in pieces, each exactly what the film
has there.

A piece is named by its content: a browser that has it is told so, and loads only what an edit
changed.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Header, HTTPException, Query
from fastapi.responses import Response

from app.stories.sessions import Session
from seine_core.errors import BadInput
from seine_core.media.sound import SAMPLE_RATE, Sound
from seine_core.media.sound_file import flac
from seine_core.story.mix.film_sound import film_sound
from seine_core.story.mix.mixer import Mix
from seine_core.story.mix.store import SoundStore
from seine_core.story.model import Story

CHUNK_S = 2  # seconds of a piece; the page counts in them
_LENGTH = CHUNK_S * SAMPLE_RATE
_AT_ONCE, _WAITING = 2, 12  # who waits for a piece holds a thread
_KEPT_MIXES, _KEPT_CHUNKS = 16, 64
_MOST_CHUNKS = 86_400 // CHUNK_S

Solo = frozenset[str]  # lanes: the ids of tracks, "" for the shots' own sound


class _Listened:
    """The mix of a story, which may have no sound, for one thread at a time."""

    def __init__(self, story: Story, mix: Mix | None) -> None:
        self.story = story
        self._mix = mix
        self._lock = threading.Lock()

    def chunk(self, number: int) -> Sound:
        """A piece, filled up with silence where the film ends in it."""
        piece = np.zeros((_LENGTH, 2), np.float32)
        if self._mix is not None:
            with self._lock:
                found = self._mix.read(number * _LENGTH, _LENGTH)
            piece[: len(found)] = found
        return piece


class Mixes:
    """One for the whole server."""

    def __init__(self, sounds: SoundStore) -> None:
        self._sounds = sounds
        self._mixes: OrderedDict[tuple[str, Solo], _Listened] = OrderedDict()
        self._chunks: OrderedDict[str, bytes] = OrderedDict()  # encoded, by their content
        self._working = threading.Semaphore(_AT_ONCE)
        self._waiting = threading.Semaphore(_WAITING)
        self._lock = threading.Lock()

    def chunk(
        self, session: Session, number: int, solo: Solo = frozenset(), known: str = ""
    ) -> tuple[str, bytes | None]:
        """The name of a piece of the story's mix as it is now, and the piece as FLAC; None where it
        has the name that is `known`. The last piece is filled up with silence. With `solo` only
        those tracks are heard.

        Raises:
            BadInput: a sound is missing or cannot be read.
        """
        samples = self._mix(session, solo).chunk(number)
        name = hashlib.sha256(samples.tobytes()).hexdigest()[:32]
        if name == known:
            return name, None
        with self._lock:
            found = self._chunks.get(name)
        if found is None:
            found = flac(samples)
            with self._lock:
                self._chunks[name] = found
                if len(self._chunks) > _KEPT_CHUNKS:
                    self._chunks.popitem(last=False)
        return name, found

    def _mix(self, session: Session, solo: Solo) -> _Listened:
        story, key = session.story, (session.name, solo)
        with self._lock:
            known = self._mixes.get(key)
        if known is None or known.story is not story:
            known = _Listened(story, film_sound(story, session.folder, self._sounds, solo))
            with self._lock:
                self._mixes[key] = known
                self._mixes.move_to_end(key)
                if len(self._mixes) > _KEPT_MIXES:
                    self._mixes.popitem(last=False)
        return known

    def forget(self, story: str) -> None:
        """The story is closed."""
        with self._lock:
            for key in [key for key in self._mixes if key[0] == story]:
                del self._mixes[key]

    def router(self, find: Callable[[str], Session]) -> APIRouter:
        """The route that the page asks; `find` gives the story of a random name."""
        router = APIRouter()

        @router.get("/mix/{name}")
        def mix(
            name: str,
            chunk: Annotated[int, Query(ge=0, lt=_MOST_CHUNKS)],
            solo: Annotated[list[str], Query(max_length=40)] = [],  # noqa: B006
            if_none_match: Annotated[str, Header()] = "",
        ) -> Response:
            session = find(name)
            if not self._waiting.acquire(blocking=False):
                raise HTTPException(503, "others listen; try again in a moment")
            try:
                with self._working:
                    known = if_none_match.removeprefix("W/").strip('"')
                    made, data = self.chunk(session, chunk, frozenset(solo), known)
            except (BadInput, OSError) as error:
                raise HTTPException(
                    404, BadInput("cannot be heard", reason=error).for_page()
                ) from None
            finally:
                self._waiting.release()
            headers = {
                "ETag": f'"{made}"',
                "Cache-Control": "private, no-cache",  # kept, and asked about before each use
                "X-Content-Type-Options": "nosniff",
            }
            if data is None:
                return Response(status_code=304, headers=headers)
            return Response(data, media_type="audio/flac", headers=headers)

        return router
