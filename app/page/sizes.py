"""The route that the export dialog asks how large a file will be, and when it is there."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from pydantic_core import from_json

from app.page import commands
from app.page.messages import SizeView, SmallerView
from app.work.studio import Studio
from seine_core.errors import BadInput

_MOST = 2000  # characters of a command


def sizes_router(studio: Studio) -> APIRouter:
    """`/sizes/NAME?render=…`: NAME stands for a story, the rest is the command to be sent."""
    router = APIRouter()

    @router.get("/sizes/{name}")
    def sizes(name: str, render: Annotated[str, Query(max_length=_MOST)]) -> dict[str, Any]:
        session = studio.at_address(name)
        try:
            asked = commands.parse(from_json(render))
            if not isinstance(asked, commands.Render):
                raise BadInput("is no render", subject="command")
            changes = studio.queue.changes(session.name)
            output = asked.output.output()
            found = studio.sizes.of(session, asked.format, output, changes)
            seconds = found and studio.seconds_to_export(session, asked.format, output)
        except ValueError as error:
            known = error if isinstance(error, BadInput) else BadInput("is no command")
            return SizeView(problem=known.for_page()).plain()
        if found is None:
            raise HTTPException(503, "others ask; try again in a moment")
        size, less = found
        return SizeView(
            bytes=size.bytes,
            rough=size.is_rough,
            seconds=seconds and round(seconds, 1),
            less=less and SmallerView(**vars(less)),
        ).plain()

    return router
