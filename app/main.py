"""The whole editor as one ASGI app: Gradio's page, the media route beside it, and the guard before
both."""

from collections.abc import Sequence
from pathlib import Path

import gradio as gr
from fastapi import FastAPI
from starlette.routing import Mount

from app.api import offer
from app.page.catalogue import catalogue
from app.page.layout import files, layout, theme
from app.page.sizes import sizes_router
from app.page.story_history import history_router
from app.page.wiring import wire
from app.served.accounts import Accounts
from app.served.bodies import Bodies
from app.served.faults import say_plainly, with_codes
from app.served.first_paint import FirstPaint
from app.served.gradio_state import LeanStates, SessionBounds
from app.served.login_page import Door, user_of
from app.served.routes import EditorGuard
from app.served.senders import Senders
from app.served.under_path import UnderPath
from app.stories.sweep import sweep
from app.stories.workspace import Workspace
from app.work.studio import Studio

_DOWNLOADS_CLOSED = (
    "Others can reach this server, so models are downloaded on it: "
    "`python -m seine_core models download NAME`, or start the editor with --auth."
)


def build(
    workspace: Path,
    *,
    story: Path | None = None,
    max_upload_mb: int = 500,
    local: bool = True,
    accounts: Accounts | None = None,
    names: Sequence[str] = (),
    proxies: Sequence[str] = (),
    root_path: str = "",
) -> FastAPI:
    """The editor with its stories in `workspace`; with `story`, for the one in that folder. `local`
    says that only this machine can reach it; with `accounts` everybody has to log in. It is known
    as `names` elsewhere, and believes `proxies` whom they ask for; under `root_path` where it has
    a host with others.

    Raises:
        BadInput: a folder or the story cannot be used.
    """
    opened = Workspace(workspace.absolute(), opened=story and story.absolute())
    sweep(opened)
    max_upload = max_upload_mb * 1_000_000
    studio = Studio(
        opened,
        max_upload=max_upload,
        downloads_closed="" if local or accounts else _DOWNLOADS_CLOSED,
    )
    with gr.Blocks(title="SEINE Storyboard", analytics_enabled=False, fill_width=True) as page:
        widgets = layout(studio.workspace.secret, catalogue(studio).plain())
        wire(page, widgets, studio)
        offer(studio)

    server = FastAPI(title="SEINE Storyboard", docs_url=None, redoc_url=None, openapi_url=None)
    # The last one is the first that a request meets.
    server.add_middleware(SessionBounds, gradio=lambda: _gradio(server))
    server.add_middleware(Bodies, max_upload=max_upload)
    server.add_middleware(FirstPaint, files=files())
    server.add_middleware(Senders, username=user_of)
    if accounts:
        server.add_middleware(Door, accounts=accounts)
    server.add_middleware(EditorGuard, local=local, names=names, proxies=proxies)
    if root_path:
        server.add_middleware(UnderPath, root=root_path)
    server.include_router(studio.uploads.router())
    server.include_router(studio.shelf.router())
    server.include_router(studio.pulse.router())
    server.include_router(studio.scores.router(studio.at_address))
    server.include_router(studio.mixes.router(studio.at_address))
    server.include_router(sizes_router(studio))
    server.include_router(history_router(studio))
    server.include_router(studio.sound_works.router(studio.at_address))
    gr.mount_gradio_app(
        server,
        page,
        path="/",
        root_path=root_path or None,
        auth_dependency=user_of if accounts else None,
        theme=theme(),
        head='<meta name="storyboard-login">' if accounts else None,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        show_error=False,
    )
    page.has_launched = True  # else Gradio checks no path that a handler is given or gives
    with_codes(server)
    states = LeanStates()
    _gradio(server).state_holder = states
    states.set_blocks(page)
    say_plainly(_gradio(server), page)
    return server


def _gradio(server: FastAPI) -> gr.routes.App:
    mounted = (route.app for route in server.routes if isinstance(route, Mount))
    return next(app for app in mounted if isinstance(app, gr.routes.App))
