"""The whole editor as one ASGI app: Gradio's page, and the media route beside it."""

from pathlib import Path

import gradio as gr
from fastapi import FastAPI

from app.first_paint import FirstPaint
from app.layout import head, layout, theme
from app.sessions import Workspace
from app.studio import Studio
from app.view import catalogue
from app.wiring import wire


def build(workspace: Path, *, story: Path | None = None, max_upload_mb: int = 500) -> FastAPI:
    """The editor with its stories in `workspace`; with `story`, for the one in that folder.

    Raises:
        BadInput: a folder or the story cannot be used.
    """
    studio = Studio(Workspace(workspace.absolute(), opened=story and story.absolute()))
    # Uploads are copied into a story at once: what is left of them goes after an hour.
    with gr.Blocks(
        title="SEINE Storyboard",
        analytics_enabled=False,
        fill_width=True,
        delete_cache=(3600, 3600),
    ) as page:
        widgets = layout(studio.workspace.secret, catalogue(studio.shelf))
        wire(page, widgets, studio)
    server = FastAPI(title="SEINE Storyboard", docs_url=None, redoc_url=None, openapi_url=None)
    server.include_router(studio.shelf.router())
    server.add_middleware(FirstPaint)
    return gr.mount_gradio_app(
        server,
        page,
        path="/",
        theme=theme(),
        head=head(),
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        max_file_size=f"{max_upload_mb}mb",
        show_error=False,
    )
