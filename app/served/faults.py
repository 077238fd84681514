"""What Gradio fails at, in one line of the log: calls that no page and no client makes, mostly."""

import logging
from typing import Any

import gradio as gr
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from gradio.exceptions import Error
from gradio.route_utils import FnIndexInferError
from starlette.responses import PlainTextResponse, Response

from seine_core.web.server import summary

log = logging.getLogger(__name__)

# What Gradio's own routes raise where a call names an event, or holds inputs, that there are not.
# What our handlers raise does not come this way.
_MALFORMED = (
    *(RequestValidationError, FnIndexInferError),
    *(LookupError, ValueError, TypeError, AttributeError),
)


def say_plainly(gradio: gr.routes.App, page: gr.Blocks) -> None:
    """Answer malformed calls with one line, and log one; Gradio quotes them, or writes tracebacks,
    and fails where they are no text."""
    for kind in _MALFORMED:
        gradio.add_exception_handler(kind, _malformed)
    process = page.process_api

    async def process_plainly(*args: Any, **kwargs: Any) -> Any:
        try:
            return await process(*args, **kwargs)
        except Error:
            raise
        except Exception as error:
            function = kwargs.get("block_fn") or args[0]
            name = getattr(function, "api_name", function)
            log.error("event %s failed: %s", str(name)[:80], summary(error))
            raise Error("This failed; the server's log says why.", print_exception=False) from None

    page.process_api = process_plainly  # type: ignore[method-assign]


async def _malformed(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):  # that quotes all that was sent
        log.warning("%s %s: %s", request.method, request.scope["path"][:200], summary(error))
    return PlainTextResponse("The request is not in the form that is understood here.\n", 422)
