"""The files that the page may load: pictures, videos and waveforms under random names, no others.

A name says nothing about where its file lies, and only what was registered here is served.
"""

import io
import math
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np
from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse, JSONResponse, Response
from numpy.typing import NDArray
from PIL import Image
from starlette.types import Receive, Scope, Send

from seine_core.clips import Still
from seine_core.errors import BadInput
from seine_core.media import video
from seine_core.media.decoding.decoder_pool import AT_ONCE
from seine_core.media.frames import UPRIGHT, Focus, Orientation, load_image, oriented
from seine_core.story.disk.media_store import Media
from seine_core.story.disk.storage import write_atomically
from seine_core.story.mix.store import PEAKS_PER_S, SoundStore
from seine_core.vision.importance import crop_focus, crop_rule

# Never a type that a browser would run; anything else is not served.
_TYPES = {
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".mov": "video/quicktime",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".gif": "image/gif",
    ".m4a": "audio/mp4",
    ".wav": "audio/wav",
    ".zip": "application/zip",  # to be saved only
    ".json": "application/json",
    ".srt": "application/x-subrip",
    ".vtt": "text/vtt",
    ".peaks": "application/octet-stream",
}
CARD_WIDTH = 360  # pixels of a picture in the timeline
TAKE_WIDTH = 200  # pixels of each of the pictures that a take is shown by
STAGE_WIDTH = 1280  # pixels of a picture on the stage
FRAME_WIDTH = 240  # pixels of each frame of a filmstrip
FRAME_STEP_MS = 250  # between two frames of a video that can be asked for
_DAY_S = 24 * 3600.0
_COPIES, _ALL_COPIES = 3, 16  # of one thing that is made anew, and of all, on their way at once
_KEPT_NAMES = 20_000  # the oldest are forgotten first; a page that still has one reloads the story


@dataclass(frozen=True)
class _File:
    path: Path
    download_name: str


@dataclass(frozen=True)
class _Picture:
    """A JPEG no wider than `width` of an image, or of a video at `at_s`; made when first asked."""

    path: Path
    width: int
    at_s: float
    orientation: Orientation = UPRIGHT


@dataclass(frozen=True)
class _Frames:
    """Single frames of a video that lasts `length_s`, each made when it is first asked for by
    `?at_ms=`, a multiple of `FRAME_STEP_MS`: so there are only so many of them."""

    path: Path
    length_s: float

    def frame(self, at_ms: int) -> _Picture:
        """The frame that is seen then.

        Raises:
            BadInput: the video has none there.
        """
        last_ms = math.floor(self.length_s * 1000)
        if not 0 <= at_ms <= last_ms or at_ms % FRAME_STEP_MS:
            raise BadInput(
                subject="at_ms",
                received=at_ms,
                allowed=f"0 to {last_ms}, in steps of {FRAME_STEP_MS}",
            )
        return _Picture(self.path, FRAME_WIDTH, at_ms / 1000)


@dataclass(frozen=True)
class _Crop:
    """Where a picture is cropped around its subject to a frame of `size`; `rule` is how that is
    found."""

    picture: _Picture
    size: tuple[int, int]
    rule: str


@dataclass(frozen=True)
class _Drawn:
    """A PNG that `draw` gives whenever it is asked for."""

    draw: Callable[[], bytes]


@dataclass(frozen=True)
class _Peaks:
    """The waveform of a sound, or of what a video has: int8 [n 2], the lowest and the highest of
    each hundredth of a second. Backwards with `from_s`, the second of the file to begin at."""

    path: Path
    tempo: float = 1.0
    from_s: float | None = None


@dataclass(frozen=True)
class _MadeAnew:
    """A file that `make` writes for each who asks, and that is gone once it is sent."""

    make: Callable[[Path], object]
    download_name: str
    place: str  # what it is made of, for short


class _OnceSent(FileResponse):
    """A file that is gone however sending it ends: with a range that it does not have, with a
    caller who leaves, or well; `gone` is then called."""

    gone: Callable[[], object]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            Path(self.path).unlink(missing_ok=True)
            self.gone()


class LivePicture:
    """A picture that changes while something renders; only the newest is kept, and served as long
    as somebody holds this."""

    def __init__(self) -> None:
        self.name = secrets.token_hex(16) + ".jpg"
        self.jpeg = b""
        self.shown = 0  # how many there have been

    def show(self, frame: Still) -> None:
        self.jpeg = encode_jpeg(frame, 640)
        self.shown += 1

    def clear(self) -> None:
        """Nothing more comes: the last frame is in no memory any more."""
        self.jpeg, self.shown = b"", 0


_Served = _File | _Picture | _Crop | _Drawn | _Peaks | _MadeAnew | LivePicture
_Thing = _File | _Picture | _Frames | _Crop | _Drawn | _Peaks | _MadeAnew


class MediaShelf:
    """What is served, by name. The same file keeps its name as long as the server runs."""

    def __init__(self, thumbnails: Path, sounds: SoundStore) -> None:
        self._thumbnails = thumbnails
        self._sounds = sounds
        self._forgotten = 0  # addresses that no longer lead anywhere
        self._things: dict[str, _Thing] = {}
        self._names: dict[object, str] = {}
        self._live: WeakValueDictionary[str, LivePicture] = WeakValueDictionary()
        self._lock = threading.Lock()
        self._making = threading.Semaphore(AT_ONCE)  # hundreds at once would take all memory
        self._packing = threading.Semaphore(4)  # who waits for a large file holds others up
        self._sending: Counter[str] = Counter()  # copies on the disk, by what they are made of

    def file(self, path: Path, download_name: str) -> str:
        """The address of a video; with `?download=1` it is saved as `download_name`."""
        stat = path.stat()
        return self._add((path, stat.st_mtime_ns), path.suffix, _File(path, download_name))

    def picture(
        self, path: Path, width: int, at_s: float = 0.0, orientation: Orientation = UPRIGHT
    ) -> str:
        """The address of a small picture of an image or a video."""
        picture = _Picture(path, width, at_s, orientation)
        return self._add(picture, ".jpg", picture)

    def frames(self, path: Path, length_s: float) -> str:
        """The address of the frames of a video, each with `?at_ms=`."""
        frames = _Frames(path, length_s)
        return self._add(frames, ".jpg", frames)

    def crop(
        self,
        path: Path,
        size: tuple[int, int],
        at_s: float = 0.0,
        orientation: Orientation = UPRIGHT,
    ) -> str:
        """The address of where the crop of an image or a video to `size` lies: [x, y], 0..1."""
        crop = _Crop(_Picture(path, 0, at_s, orientation), size, crop_rule())
        return self._add(crop, ".json", crop)

    @property
    def edition(self) -> tuple[int, str]:
        """Another whenever an address that was given out may lead nowhere, or to an older crop."""
        return self._forgotten, crop_rule()

    def drawn(self, key: object, draw: Callable[[], bytes]) -> str:
        """The address of the PNG that `draw` gives, always the same for the same `key`."""
        return self._add(key, ".png", _Drawn(draw))

    def peaks(self, path: Path, tempo: float = 1.0, from_s: float | None = None) -> str:
        """The address of the waveform of a sound, or of what a video has, at a tempo; with `from_s`
        from that second of the file backwards."""
        peaks = _Peaks(path, tempo, from_s)
        return self._add((peaks, path.stat().st_mtime_ns), ".peaks", peaks)

    def live(self, picture: LivePicture) -> str:
        """The address of a picture that changes."""
        self._live[picture.name] = picture
        return f"media/{picture.name}"

    def made_anew(
        self, key: object, suffix: str, download_name: str, make: Callable[[Path], object]
    ) -> str:
        """The address of a file that `make` writes whenever it is asked for; the same `key` and
        name keep their address."""
        thing = _MadeAnew(make, download_name, str(key))
        return self._add((key, download_name), suffix, thing)

    def _add(self, key: object, suffix: str, thing: _Thing) -> str:
        if suffix not in _TYPES:
            raise BadInput("cannot be shown", subject=suffix, allowed=_TYPES)
        with self._lock:
            name = self._names.get(key)
            if name is None:
                name = self._names[key] = secrets.token_hex(16) + suffix
                self._things[name] = thing
                if len(self._names) > _KEPT_NAMES:
                    self._forgotten += 1
                    oldest = next(iter(self._names))
                    del self._things[self._names.pop(oldest)]
        return f"media/{name}"

    def router(self) -> APIRouter:
        """The route that serves all this."""
        router = APIRouter()

        @router.api_route("/media/{name}", methods=["GET", "HEAD"])
        def media(name: str, download: bool = False, at_ms: int = 0) -> Response:
            thing = self._things.get(name) or self._live.get(name)
            if thing is None:
                raise HTTPException(404, "no such file")
            if isinstance(thing, _Frames):
                try:
                    thing = thing.frame(at_ms)
                except BadInput as error:
                    raise HTTPException(404, error.for_page()) from None
            return self._serve(thing, download)

        return router

    def _serve(self, thing: _Served, download: bool) -> Response:
        headers = {
            "X-Content-Type-Options": "nosniff",
            # A name stands for one content for ever; a changed file gets a new one.
            "Cache-Control": "private, max-age=31536000, immutable",
        }
        if isinstance(thing, LivePicture):
            headers["Cache-Control"] = "no-store"
            if not thing.jpeg:  # a page asks for it as it ends
                return Response(status_code=204, headers=headers)
            return Response(thing.jpeg, media_type="image/jpeg", headers=headers)
        if isinstance(thing, _Picture | _Crop | _Drawn | _Peaks):
            try:
                with self._making:
                    if isinstance(thing, _Peaks):
                        data = self._waveform(thing).tobytes()
                        return Response(data, media_type=_TYPES[".peaks"], headers=headers)
                    if isinstance(thing, _Crop):
                        return JSONResponse(_focus(thing), headers=headers)
                    if isinstance(thing, _Drawn):
                        return Response(thing.draw(), media_type="image/png", headers=headers)
                    path = self._made(thing)
            except BadInput:
                raise HTTPException(404, "cannot be read") from None
            return FileResponse(path, media_type="image/jpeg", headers=headers)
        if isinstance(thing, _MadeAnew):
            return self._sent_anew(thing, headers | {"Cache-Control": "no-store"})
        if not thing.path.is_file():
            raise HTTPException(404, "no such file")
        kept = download or thing.path.suffix == ".zip"
        return FileResponse(
            thing.path,
            media_type=_TYPES[thing.path.suffix],
            headers=headers,
            filename=thing.download_name,
            content_disposition_type="attachment" if kept else "inline",
        )

    def _waveform(self, wanted: _Peaks) -> NDArray[np.int8]:
        peaks = self._sounds.get(Media.of(wanted.path), wanted.tempo).peaks()
        if wanted.from_s is None:
            return peaks
        count = round(wanted.from_s / wanted.tempo * PEAKS_PER_S)
        return np.pad(peaks[:count], ((0, max(0, count - len(peaks))), (0, 0)))[::-1]

    def _sent_anew(self, thing: _MadeAnew, headers: dict[str, str]) -> Response:
        with self._lock:  # slow readers would fill the disk
            if self._sending[thing.place] >= _COPIES or self._sending.total() >= _ALL_COPIES:
                raise HTTPException(503, "it is being sent already; try again in a minute")
            self._sending[thing.place] += 1
        endings = "".join(Path(thing.download_name).suffixes)
        part = self._thumbnails / f".{secrets.token_hex(8)}{endings}"
        try:
            self._made_at(part, thing)
        except BaseException:
            part.unlink(missing_ok=True)
            self._sent(thing)
            raise
        answer = _OnceSent(
            part,
            media_type=_TYPES[part.suffix],
            headers=headers,
            filename=thing.download_name,
        )
        answer.gone = lambda: self._sent(thing)
        return answer

    def _made_at(self, part: Path, thing: _MadeAnew) -> None:
        if not self._packing.acquire(blocking=False):
            raise HTTPException(503, "other files are being packed; try again in a minute")
        try:
            self._thumbnails.mkdir(parents=True, exist_ok=True)
            thing.make(part)
        except (BadInput, OSError) as error:
            raise HTTPException(404, BadInput("cannot be made", reason=error).for_page()) from None
        finally:
            self._packing.release()

    def _sent(self, thing: _MadeAnew) -> None:
        with self._lock:
            self._sending[thing.place] -= 1
            if not self._sending[thing.place]:
                del self._sending[thing.place]

    def _made(self, picture: _Picture) -> Path:
        # Media names carry a hash of the content, as folders of clips do: so these say which
        # picture it is.
        path = picture.path
        folder = self._thumbnails / path.parent.parent.name
        turned = "-".join(map(str, map(int, picture.orientation)))
        turned = "" if picture.orientation == UPRIGHT else f"-{turned}"
        name = f"{path.parent.name}-{path.name}-{picture.at_s:g}-{picture.width}{turned}.jpg"
        target = folder / name
        if target.exists():
            if time.time() - target.stat().st_mtime > _DAY_S:
                target.touch()  # those that nobody looks at are swept away
        else:
            folder.mkdir(parents=True, exist_ok=True)
            write_atomically(target, encode_jpeg(_first_frame(picture), picture.width))
        return target


@lru_cache(maxsize=1000)
def _focus(crop: _Crop) -> Focus:
    return crop_focus(_first_frame(crop.picture), *crop.size)


def _first_frame(picture: _Picture) -> Still:
    return oriented(_stored_frame(picture), *picture.orientation)


def _stored_frame(picture: _Picture) -> Still:
    if picture.path.suffix == ".png":  # what every added image is kept as
        return load_image(picture.path)
    # A part of a loop may begin behind the end: the video's beginning stands for it.
    starts_s = (picture.at_s, 0.0)
    found = (video.read_frames(picture.path, 1, start_s, frames=1) for start_s in starts_s)
    frame = next(chain.from_iterable(found), None)
    if frame is None:
        raise BadInput(f"no picture at {picture.at_s:g} s", subject=picture.path)
    return frame


def encode_jpeg(frame: Still, width: int) -> bytes:
    """A JPEG of `frame`, at most `width` pixels wide."""
    image = Image.fromarray(np.ascontiguousarray(frame))
    if image.width > width:
        image = image.resize((width, max(1, round(image.height * width / image.width))))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=86)
    return out.getvalue()
