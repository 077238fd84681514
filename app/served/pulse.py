"""Whether a story changed, told so cheaply that every open page may ask every other second.

A page knows the address of its story's pulse and of no other: the name in it is random.
"""

import re
import secrets
import threading
from collections.abc import Callable

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

_NAME = re.compile(r"[0-9a-f]{32}")


class Pulse:
    """`beat` gives a short text for a story, another one whenever the story or its renders are."""

    def __init__(self, beat: Callable[[str], str]) -> None:
        self._beat = beat
        self._stories: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._lock = threading.Lock()

    def address(self, story: str, route: str = "revision") -> str:
        """Where the page asks; other routes than this one's know the story by the same name."""
        with self._lock:
            name = self._names.get(story)
            if name is None:
                name = self._names[story] = secrets.token_hex(16)
                self._stories[name] = story
        return f"{route}/{name}"

    def story(self, name: str) -> str | None:
        """The story that has this name in an address."""
        return self._stories.get(name) if _NAME.fullmatch(name) else None

    def forget(self, story: str) -> None:
        """The story is closed: whoever asks on is told nothing, and loads it anew."""
        with self._lock:
            self._stories.pop(self._names.pop(story, ""), None)

    def router(self) -> APIRouter:
        """The route that answers."""
        router = APIRouter()

        @router.get("/revision/{name}")
        async def revision(name: str) -> PlainTextResponse:
            story = self.story(name)
            return PlainTextResponse(
                self._beat(story) if story else "", headers={"Cache-Control": "no-store"}
            )

        return router
