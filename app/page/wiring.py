"""Every event of the page, and what it updates."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from app.page import handlers
from app.page.layout import Widgets, as_text
from app.page.stories_panel import StoryCards
from app.served.senders import sender_of
from app.served.shapes import Message
from app.stories.visitors import User
from app.work.studio import Studio
from seine_core.errors import BadInput

# Each page asks for itself, so nobody waits for another's command.
_PRIVATE: dict[str, Any] = {
    "api_visibility": "private",
    "show_progress": "hidden",
    "concurrency_limit": None,
}

# The story that the page's address names.
_ASKED = "token => [token, new URLSearchParams(location.search).get('story') || '']"


def wire(demo: gr.Blocks, widgets: Widgets, studio: Studio) -> None:
    """Tie the widgets to the handlers."""
    token, shown, status, clock = widgets.token, widgets.shown, widgets.status, widgets.clock
    outputs = [token, widgets.timeline, status, clock, shown]
    cards = StoryCards(studio)

    def enter(token: Any, story: Any, request: gr.Request) -> tuple[Any, ...]:
        try:
            who, sender, told = _who(token, request), sender_of(request), list[str]()
            return _updates(handlers.enter(who, studio, told.append, sender, story), told)
        except BadInput as error:
            raise gr.Error(handlers.as_text(error.for_page()), print_exception=False) from None

    def command(token: Any, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        try:
            who, sent, told = _who(token, request), event._data, list[str]()
            answer = handlers.command(who, sent, studio, told.append, sender_of(request))
            return _updates(answer, told)
        except BadInput as error:
            return gr.skip(), _said(error), gr.skip(), gr.skip(), gr.skip()

    def poll(token: Any, story: Any, request: gr.Request) -> tuple[Any, gr.Timer]:
        try:
            progress = handlers.poll(_who(token, request), studio, story)
        except BadInput:  # unknown after a change on the server: the next command says so
            return gr.skip(), gr.Timer(active=False)
        return as_text(progress.plain()), gr.Timer(active=progress.busy)

    def models(token: Any, event: gr.EventData, request: gr.Request) -> tuple[Any, gr.Timer]:
        try:
            told = list[str]()
            view = handlers.models(_who(token, request), event._data, studio, told.append)
        except BadInput as error:
            return _said(error), gr.Timer(active=False)
        # The page takes no notice of an answer that is equal to the last one.
        more = {"messages": told, "answer": studio.next_answer()}
        return as_text(view.plain() | more), gr.Timer(active=view.busy)

    def poll_models(token: Any, request: gr.Request) -> tuple[Any, gr.Timer]:
        try:
            view = handlers.poll_models(_who(token, request), studio)
        except BadInput:
            return gr.skip(), gr.Timer(active=False)
        return as_text(view.plain()), gr.Timer(active=view.busy)

    def panel(handler: Callable[..., Message]) -> Callable[..., Any]:
        def answer(token: Any, event: gr.EventData, request: gr.Request) -> Any:
            try:
                who, told = _who(token, request), list[str]()
                view = handler(who, event._data, studio, cards, told.append)
                return as_text(view.plain() | {"messages": told})
            except BadInput as error:
                return _said(error)

        answer.__name__ = handler.__name__  # by which the event is known
        return answer

    demo.load(enter, [token, shown], outputs, js=_ASKED, **_PRIVATE)
    # The page sends one command at a time and waits for its answer, so none may be dropped.
    widgets.timeline.command(command, token, outputs, trigger_mode="multiple", **_PRIVATE)
    clock.tick(poll, [token, shown], [status, clock], queue=False, **_PRIVATE)
    listed = [widgets.models, widgets.models_clock]
    widgets.models.command(models, token, listed, trigger_mode="multiple", **_PRIVATE)
    for zone, handler in ((widgets.stories, handlers.stories), (widgets.disk, handlers.disk)):
        zone.command(panel(handler), token, zone, trigger_mode="multiple", **_PRIVATE)
    widgets.models_clock.tick(poll_models, token, listed, queue=False, **_PRIVATE)


def _who(token: Any, request: gr.Request) -> Any:
    """Who asks: where people log in the user, whatever token the browser has."""
    return User(request.username) if request.username else token


def _updates(answer: handlers.Answer, told: list[str]) -> tuple[Any, ...]:
    """`told`: what the page is to say above the timeline, where it stays until it is read; a toast
    would cover the stage."""
    timer = gr.Timer(active=answer.busy)
    token = gr.skip() if isinstance(answer.token, User) else answer.token
    story, progress = as_text(answer.story | {"messages": told}), as_text(answer.progress)
    return token, story, progress, timer, answer.story["story"]


def _said(error: BadInput) -> str:
    """An answer to a page that is unknown: what there is to say, and nothing else."""
    return as_text({"messages": [error.for_page()]})
