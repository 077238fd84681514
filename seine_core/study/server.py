"""The study's ASGI app: pages and API for raters, and the results at a secret address.

A rater is identified by a cookie. Trials have ids that only the server can make and that differ
from rater to rater, so no address tells which method made a clip, and nobody votes for another.
"""

import hmac
import json
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from seine_core.errors import BadInput
from seine_core.reports.charts import check_charts
from seine_core.study import report
from seine_core.study.material import CLIP_TYPES, Material
from seine_core.study.trials import Trial, schedule
from seine_core.study.votes import PER_ADDRESS, Choice, Rater, Votes
from seine_core.web.addresses import one_caller
from seine_core.web.guard import Guard

MAX_BODY = 4096  # bytes; a name of the longest kind fits twice
MAX_NAME = 80
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self'; media-src blob:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",  # nothing stays behind on a computer that several raters use
}
_YEAR_S = 365 * 24 * 3600
_STATIC = {
    **dict.fromkeys(("page.js", "players.js", "outbox.js"), "text/javascript"),
    "icon.svg": "image/svg+xml",
    **dict.fromkeys(("theme.css", "page.css", "results.css"), "text/css"),
}


class _JoinRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    name: str = Field(default="", max_length=MAX_NAME)
    invitation: str = Field(default="", max_length=64)


class _VoteRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    trial: str = Field(max_length=64)
    choice: Choice | None  # None deletes a vote


_Body = TypeVar("_Body", bound=BaseModel)


def build(
    material: Material,
    votes: Votes,
    *,
    local: bool = True,
    names: Sequence[str] = (),
    proxies: Sequence[str] = (),
    per_address: int = PER_ADDRESS,
) -> Starlette:
    """The ASGI app of a study of `material`, which records into `votes`. At most `per_address`
    raters join from one address unless they are invited. `local`: only this machine can reach it;
    `names`: its host names elsewhere; `proxies`: those whose forwarded headers are believed.

    Raises:
        BadInput: matplotlib, which the results page needs, is not installed.
    """
    check_charts()
    pages = _Pages(material, votes, per_address)
    results = "/results/{key}"
    return Starlette(
        routes=[
            Route("/", pages.page),
            Route("/static/{name}", pages.static),
            Route("/api/session", pages.session),
            Route("/api/raters", pages.join, methods=["POST"]),
            Route("/api/votes", pages.vote, methods=["POST"]),
            Route("/clips/{trial}/{side}", pages.clip),
            Route("/scenes/{trial}/{end}", pages.scene),
            Route(results, pages.results),
            Route(f"{results}/votes.csv", pages.votes_csv),
            Route(f"{results}/results.json", pages.results_json),
        ],
        middleware=[
            Middleware(
                Guard, local=local, name="study", headers=_HEADERS, names=names, proxies=proxies
            )
        ],
        exception_handlers={HTTPException: _refuse},
    )


class _Pages:
    """The handlers; Starlette runs those that are no coroutines, which read the disk, in
    threads."""

    def __init__(self, material: Material, votes: Votes, per_address: int) -> None:
        self.material = material
        self.per_address = per_address
        self.votes = votes
        self.cookie = f"seine-study-{votes.settings.id}"  # cookies do not know ports
        self.trials = lru_cache(1000)(self._trials)

    def _trials(self, number: int) -> dict[str, Trial]:
        """A rater's trials by their ids, in the order they are shown."""
        settings = self.votes.settings
        mine = schedule(self.material.clips, settings.seed, number - 1, settings.length)

        def id_of(trial: Trial) -> str:
            named = json.dumps([number, trial.item, trial.left, trial.right])
            return hmac.new(settings.secret.encode(), named.encode(), sha256).hexdigest()[:32]

        return {id_of(trial): trial for trial in mine}

    def page(self, request: Request) -> Response:
        return _static("page.html", "text/html")

    def static(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _STATIC:
            raise HTTPException(404, "There is no such page.")
        return _static(name, _STATIC[name])

    def session(self, request: Request) -> Response:
        """The question, and the rater's trials with the choices so far; without a cookie no
        rater."""
        return JSONResponse(self._session(self._current_rater(request)))

    async def join(self, request: Request) -> Response:
        body = await _body(request, _JoinRequest)
        name, address = body.name.strip(), request.client.host if request.client else ""
        if not name.isprintable():
            raise HTTPException(422, "The name has signs that cannot be shown.")
        try:
            rater = await run_in_threadpool(
                self.votes.join,
                name,
                caller=one_caller(address),
                invitation=body.invitation,
                per_address=self.per_address,
            )
        except BadInput as error:
            raise HTTPException(403, error.for_page()) from None
        response = JSONResponse(await run_in_threadpool(self._session, rater))
        response.set_cookie(
            self.cookie,
            rater.token,
            max_age=_YEAR_S,
            httponly=True,
            samesite="lax",  # strict would not know a rater who follows a link in a letter
            secure=request.url.scheme == "https",
        )
        return response

    async def vote(self, request: Request) -> Response:
        vote = await _body(request, _VoteRequest)
        await run_in_threadpool(self._vote, request, vote)
        return JSONResponse({"kept": True})

    def _vote(self, request: Request, vote: _VoteRequest) -> None:
        rater = self._require_rater(request)
        self.votes.cast(rater, self._trial(rater, vote.trial), vote.choice)

    def clip(self, request: Request) -> Response:
        trial = self._trial(self._require_rater(request), request.path_params["trial"])
        side = request.path_params["side"]
        if side not in ("left", "right"):
            raise HTTPException(404, "There is no such clip.")
        path = self.material.clips[trial.item][getattr(trial, side)]
        return _media(request, path, CLIP_TYPES[path.suffix.lower()])

    def scene(self, request: Request) -> Response:
        trial = self._trial(self._require_rater(request), request.path_params["trial"])
        path = self.material.scenes.get((trial.item, request.path_params["end"]))
        if path is None:
            raise HTTPException(404, "There is no such scene.")
        return _media(request, path, "image/png")

    def results(self, request: Request) -> Response:
        self._require_results_key(request)
        return Response(report.as_page(self.votes), media_type="text/html")

    def votes_csv(self, request: Request) -> Response:
        self._require_results_key(request)
        text = report.as_csv(self.votes.votes())
        return _download(text, "votes.csv", "text/csv")

    def results_json(self, request: Request) -> Response:
        self._require_results_key(request)
        text = report.as_json(self.votes)
        return _download(text, "results.json", "application/json")

    def _require_results_key(self, request: Request) -> None:
        key, own = request.path_params["key"], self.votes.settings.results_key
        if not hmac.compare_digest(key.encode(), own.encode()):
            raise HTTPException(404, "There is no such page.")

    def _current_rater(self, request: Request) -> Rater | None:
        token = request.cookies.get(self.cookie)
        return self.votes.rater(token) if token else None

    def _require_rater(self, request: Request) -> Rater:
        rater = self._current_rater(request)
        if rater is None:
            raise HTTPException(401, "This study does not know you yet; open its first page.")
        return rater

    def _trial(self, rater: Rater, trial: str) -> Trial:
        try:
            return self.trials(rater.number)[trial]
        except KeyError:
            raise HTTPException(404, "You have no such trial; open the page again.") from None

    def _session(self, rater: Rater | None) -> dict[str, Any]:
        settings = self.votes.settings
        session: dict[str, Any] = {"study": settings.id, "question": settings.question}
        if rater is None:
            return session | {"rater": None}
        cast = {
            (vote.item, frozenset((vote.left, vote.right))): vote
            for vote in self.votes.votes(rater)
        }

        def shown(id: str, trial: Trial) -> dict[str, Any]:
            vote = cast.get((trial.item, frozenset((trial.left, trial.right))))
            has = {end: (trial.item, end) in self.material.scenes for end in ("first", "last")}
            prompt = self.material.prompts.get(trial.item, "")
            return {"id": id, "prompt": prompt, **has, "choice": vote and vote.choice}

        trials = [shown(id, trial) for id, trial in self.trials(rater.number).items()]
        return session | {"rater": {"number": rater.number, "name": rater.name}, "trials": trials}


async def _body(request: Request, kind: type[_Body]) -> _Body:
    """The request's body as `kind`, of at most MAX_BODY bytes."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise HTTPException(413, f"At most {MAX_BODY} bytes are read here.")
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, fault["loc"])) or "the request"
        raise HTTPException(422, f"{where[:80]}: {fault['msg'][:200]}") from None


def _media(request: Request, path: Path, media_type: str) -> Response:
    """A file or the requested range of it, without its time and name: they would reveal the method,
    as methods were run one after the other."""
    if not path.is_file():
        raise HTTPException(404, "This file is gone; tell the person who runs the study.")
    headers = {
        "Last-Modified": "Thu, 01 Jan 1970 00:00:00 GMT",
        "ETag": f'"{sha256(request.url.path.encode()).hexdigest()[:32]}"',
    }
    return FileResponse(path, media_type=media_type, headers=headers)


def _static(name: str, media_type: str) -> Response:
    text = files("seine_core.study").joinpath("static", name).read_bytes()
    return Response(text, media_type=media_type)


def _download(text: str, name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type=media_type, headers=headers)


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)
