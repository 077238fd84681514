"""What is answered to requests that fail: one line, and the kind of error as a stable word."""

import logging
from typing import Any

import gradio as gr
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from gradio.blocks import BlockFunction
from gradio.exceptions import Error
from gradio.route_utils import FnIndexInferError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response

from seine_core.errors import BadInput, Busy, NotFound, SeineError, TooLarge
from seine_core.web.server import summary

log = logging.getLogger(__name__)

# What Gradio's own routes raise where a call names an event, or holds inputs, that there are not.
# What our handlers raise does not come this way.
_MALFORMED = (
    *(RequestValidationError, FnIndexInferError),
    *(LookupError, ValueError, TypeError, AttributeError),
)


_CODES = {404: NotFound, 413: TooLarge, 429: Busy, 503: Busy}


def code_of(status: int) -> str:
    """The kind of error that an answer with this status tells of."""
    return _CODES.get(status, BadInput if status < 500 else SeineError).code


def with_codes(app: FastAPI) -> None:
    """Let the JSON in which `app` refuses a request have a `code` beside its `detail`."""

    async def refuse(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 204:  # which has no content
            return Response(status_code=204)
        said = {"detail": error.detail, "code": code_of(error.status_code)}
        return JSONResponse(said, error.status_code, error.headers)

    app.add_exception_handler(HTTPException, refuse)


def say_plainly(gradio: gr.routes.App, page: gr.Blocks) -> None:
    """Answer malformed calls with one line, and log one; Gradio quotes them, or writes tracebacks,
    and fails where they are no text."""
    for kind in _MALFORMED:
        gradio.add_exception_handler(kind, _malformed)
    process, validate = page.process_api, page.validate_inputs

    def validate_plainly(function: BlockFunction, inputs: list[Any]) -> None:
        try:
            validate(function, inputs)
        except ValueError:  # it quotes all that was sent
            error = BadInput(
                f"received {len(inputs)} values",
                subject=function.api_name or "event",
                allowed=len(function.inputs),
                advice="send one for each input",
            )
            log.warning("%s", error)
            title = _title(function, error.code)
            raise Error(error.for_page(), title=title, print_exception=False) from None

    async def process_plainly(*args: Any, **kwargs: Any) -> Any:
        try:
            return await process(*args, **kwargs)
        except Error:
            raise
        except Exception as error:
            function = kwargs.get("block_fn") or args[0]
            name = getattr(function, "api_name", function)
            log.error("event %s failed: %s", str(name)[:80], summary(error))
            raise Error(
                "This failed; the server's log says why.",
                title=_title(function, SeineError.code),
                print_exception=False,
            ) from None

    page.validate_inputs = validate_plainly  # type: ignore[method-assign,assignment]
    page.process_api = process_plainly  # type: ignore[method-assign]


def _title(function: Any, code: str) -> str:
    """Programs are told the kind of an error where a page shows a title."""
    return code if getattr(function, "api_visibility", "") == "public" else "Error"


async def _malformed(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):  # that quotes all that was sent
        log.warning("%s %s: %s", request.method, request.scope["path"][:200], summary(error))
    return PlainTextResponse("The request is not in the form that is understood here.\n", 422)
