"""What programs can ask for over HTTP, with `gradio_client` or without: clips and films, as files.

A clip is made as a small story of its own. So it is checked, planned, cached and rendered like all
others, in the same queue, where one thing renders at a time.
"""

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, get_args
from weakref import WeakValueDictionary

import gradio as gr
from pydantic import ValidationError

from app.page.catalogue import engines
from app.served.senders import Sender, sender_of
from app.served.uploads import UploadedFile
from app.work.background import Submit
from app.work.films import Format
from app.work.renders import RenderJob
from app.work.studio import Studio
from seine_core.errors import BadInput, TooLarge
from seine_core.story import edits
from seine_core.story.disk.archive import unpack
from seine_core.story.disk.storage import add_media
from seine_core.story.fields import Quality
from seine_core.story.film.formats import FORMATS
from seine_core.story.make.output import Output
from seine_core.story.make.plan import make_plan
from seine_core.story.make.render import render_story
from seine_core.story.model import Story, VideoSource, bad_field

_LONGEST_S = 1800  # of a film: what takes hours is for the command line
_LOOK_S = 0.2

Make = Callable[[Path], Story]  # a story, with its media in the folder


def offer(studio: Studio) -> None:
    """Add the endpoints to the `gr.Blocks` that is being made."""

    def list_engines() -> list[dict[str, Any]]:
        """The engines: what each can do, the styles and cameras it knows, what it misses."""
        return [engine.plain() for engine in engines()]

    async def transition(
        request: gr.Request,
        start: gr.FileData,
        end: gr.FileData,
        prompt: str = "",
        duration_s: float = 2.0,
        engine: str = "auto",
        camera: str = "auto",
        style: str = "auto",
        seed: int = 0,
        width: int = 768,
        height: int = 432,
        fps: float = 24,
    ) -> AsyncIterator[dict[str, Any] | None]:
        """The way from one image to another as an MP4 that begins and ends with them."""

        def make(folder: Path) -> Story:
            story = _settings(width, height, fps)
            frame_s = float(1 / story.settings.fps)
            for image in (start, end):
                still = {"engine": "crossfade", "camera": "still"}
                with _opened(studio, request, image) as path:
                    story = _add(story, folder, path, duration_s=frame_s, **still)
            between_s = max(_number("duration_s", duration_s) - 2 * frame_s, 0)
            fields = {"engine": engine, "camera": camera, "style": style, "prompt": prompt}
            first, last = (shot.id for shot in story.shots)
            return edits.set_transition(
                story, first, last, duration_s=between_s, seed=seed, **fields
            )

        async for result in _rendered(studio, request, make, "mp4"):
            yield result

    async def animate(
        request: gr.Request,
        image: gr.FileData,
        prompt: str = "",
        duration_s: float = 3.0,
        engine: str = "auto",
        camera: str = "auto",
        seed: int = 0,
        width: int = 768,
        height: int = 432,
        fps: float = 24,
        start_s: float = 0.0,
        speed: float = 1.0,
        reverse: bool = False,
        rotate: int = 0,
    ) -> AsyncIterator[dict[str, Any] | None]:
        """An image brought to life, or a video from `start_s` on, cut or continued to its length,
        as an MP4; `rotate` is clockwise."""

        def make(folder: Path) -> Story:
            story = _settings(width, height, fps)
            fields = {"engine": engine, "camera": camera, "prompt": prompt, "seed": seed}
            with _opened(studio, request, image) as path:
                story = _add(story, folder, path, duration_s=duration_s, turn=rotate, **fields)
            points: dict[str, Any] = {"offset_s": start_s, "speed": speed, "reverse": reverse}
            if reverse:
                points["end_s"] = _number("start_s", start_s) + duration_s * speed
            return _paced(story, points)

        async for result in _rendered(studio, request, make, "mp4"):
            yield result

    async def render_story_file(
        request: gr.Request, file: gr.FileData, format: str = "mp4", quality: str = "final"
    ) -> AsyncIterator[dict[str, Any] | None]:
        """The film of a story that was saved as a .seine.zip file, as mp4, mp4-hevc, webm,
        webm-av1, mov, gif, webp or zip (of PNG frames), its sound as wav or m4a, its first frame as
        png."""

        def make(folder: Path) -> Story:
            _one_of("quality", quality, get_args(Quality))
            with _opened(studio, request, file) as path:
                story = unpack(path, folder)
            return edits.set_settings(story, quality=quality)

        async for result in _rendered(studio, request, make, format):
            yield result

    gr.api(list_engines, concurrency_limit=None)
    for name, work in (
        ("transition", transition),
        ("animate", animate),
        ("render_story", render_story_file),
    ):
        work.__annotations__["return"] = gr.FileData  # what comes in the end, for the docs
        # Our own queue is the bound: one of Gradio's would be full of whoever asks most.
        gr.api(work, api_name=name, concurrency_limit=None)


async def _rendered(
    studio: Studio, request: gr.Request, make: Make, format: str
) -> AsyncIterator[dict[str, Any] | None]:
    """Nothing while it waits and renders, then the file. Who goes away or cancels closes this
    generator, and the render stops."""
    folder, is_kept = studio.results.begin(), False
    job: RenderJob | None = None
    try:
        _one_of("format", format, get_args(Format))
        form = FORMATS[format]
        out = folder / f"film{form.suffix}"
        who = sender_of(request)
        with studio.queue.place(who) as submit:
            async with _one_by_one(who):
                job = await asyncio.to_thread(_submit, studio, submit, who, make, out, form.codec)
        show = gr.Progress()
        while job.busy:
            progress = job.progress
            ahead = studio.queue.ahead(job) if job.state == "queued" else 0
            words = progress.label if progress else f"waiting for {ahead} others"
            show(progress.fraction if progress else 0.0, desc=words)
            yield None
            await asyncio.sleep(_LOOK_S)
        if job.state != "done":
            raise gr.Error(job.message, title=job.code, print_exception=False)
        await asyncio.to_thread(studio.results.keep, folder, who.person)
        is_kept = True
        assert request.request is not None
        url = f"{request.request.base_url}{studio.shelf.file(out, out.name)}"
        # A stream, so that Gradio leaves the address alone and its client loads it from there.
        kind = {"_type": "gradio.FileData"}
        yield {"path": url, "url": url, "orig_name": out.name, "is_stream": True, "meta": kind}
    except BadInput as error:
        # The only field of the answer that is free for what kind of error it is.
        raise gr.Error(error.for_page(), title=error.code, print_exception=False) from None
    finally:
        if not is_kept:
            if job is not None:
                studio.queue.cancel(job.story, job.id)
            studio.results.drop(folder)


def _one_by_one(who: Sender) -> asyncio.Lock:
    """What a person sends is decoded and planned one after the other, so that others find a thread
    for theirs."""
    lock = _decoding.get(who.person)
    if lock is None:
        lock = _decoding[who.person] = asyncio.Lock()
    return lock


_decoding: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


def _submit(
    studio: Studio, submit: Submit[RenderJob], who: Sender, make: Make, out: Path, codec: str
) -> RenderJob:
    """Queue the film of the story that `make` makes beside `out`.

    Raises:
        BadInput: it cannot be made.
    """
    folder = out.parent / "story"
    folder.mkdir(parents=True)
    story = make(folder)
    plan = make_plan(story, folder)
    seconds = float(plan.frames / plan.fps)
    if seconds > _LONGEST_S:
        raise TooLarge(
            f"the film would last {seconds:.0f} s",
            allowed=f"{_LONGEST_S}",
            advice="render it with `python -m seine_core render`",
        )

    def work(job: RenderJob) -> None:
        try:
            render_story(
                story, folder, out, studio.cache, output=Output(codec=codec), report=job.report
            )
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    # No part of any story: nobody's states are told by it, and none is the same as another.
    owners: dict[str, tuple[str, ...]] = {out.parent.name: ()}
    return submit(
        RenderJob(
            story=_caller(who),
            label="Program",
            sender=who,
            listed=False,  # nobody asks for it but this call
            kind="story",
            owners=owners,
            do=work,
            out=out,
        )
    )


def _caller(who: Sender) -> str:
    """The name under which a person's calls stand where stories' names do: nothing that a caller
    chose is in it."""
    return f"program-{hashlib.sha256(who.person.encode()).hexdigest()[:16]}"


def _settings(width: int, height: int, fps: float) -> Story:
    return edits.set_settings(Story(title="Clip"), width=width, height=height, fps=fps)


def _add(story: Story, folder: Path, file: Path, **fields: Any) -> Story:
    """`story` with a shot of this file.

    Raises:
        BadInput: it is neither an image nor a video.
    """
    return edits.insert(story, [add_media(folder, file)], **fields)


def _paced(story: Story, points: dict[str, Any]) -> Story:
    """`story` with its one shot's video played like this.

    Raises:
        BadInput: it shows a picture, or cannot be played like this.
    """
    [shot] = story.shots
    if isinstance(shot.source, VideoSource):
        return edits.set_shot(story, shot.id, source=edits.changed(shot.source, points))
    if points != {"offset_s": 0.0, "speed": 1.0, "reverse": False}:
        raise BadInput(
            "are of a video, and a picture was received", subject="start_s, speed and reverse"
        )
    return story


def _opened(studio: Studio, request: gr.Request, file: Any) -> AbstractContextManager[Path]:
    """An upload of the caller's, as `Bodies` leaves it of the `FileData` that a client sends.

    Raises:
        BadInput: it is none.
    """
    try:
        given = UploadedFile.model_validate(file)
    except ValidationError as error:
        raise BadInput(
            bad_field(error), subject="file", advice="send an upload, as `handle_file` does"
        ) from None
    return studio.uploads.opened(given, sender_of(request))


def _number(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or not 0 <= value <= _LONGEST_S:
        raise BadInput(subject=name, received=value, allowed=f"0 to {_LONGEST_S}")
    return float(value)


def _one_of(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise BadInput(subject=name, received=value, allowed=allowed)
