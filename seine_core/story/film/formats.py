"""The forms that a film goes out in: one table, for the command line, the page and the writers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from seine_core.errors import BadInput
from seine_core.media.bands import is_large

Audio = Literal["", "aac", "opus", "pcm"]


@dataclass(frozen=True, kw_only=True)
class Encoder:
    """How pictures are encoded anew: FFmpeg's encoder with its options, which are others where
    frames are so large that what it looks ahead would not fit into memory."""

    name: str
    container: str
    options: Mapping[str, str]
    large: Mapping[str, str] = field(default_factory=dict)
    pixels: str = "yuv420p"
    tag: str = ""
    is_intra: bool = False  # every frame is a key frame
    least: int = 2  # pixels that a side has at least
    # How much more a frame takes among many than among few, by `benchmarks.bench_formats`.
    long_run: float = 1.0

    def options_for(self, width: int, height: int) -> dict[str, str]:
        return {**self.options, **(self.large if is_large(width, height) else {})}


@dataclass(frozen=True, kw_only=True)
class Format:
    """A form of a film. Its pictures are joined as they are or, with an `encoder`, encoded anew."""

    name: str
    suffix: str
    codec: str  # as `--codec` calls it
    title: str
    about: str  # what it is good for
    kind: Literal["video", "moving", "stills", "still", "sound"]
    audio: Audio = ""
    encoder: Encoder | None = None
    keeps_story: bool = True  # the file can be made a story again
    bits: int = 8

    @property
    def has_pictures(self) -> bool:
        return self.kind != "sound"


_X265 = "log-level=error:pools=4:frame-threads=1"

_ALL = (
    Format(
        name="mp4",
        suffix=".mp4",
        codec="h264",
        title="MP4",
        about="Plays everywhere",
        kind="video",
        audio="aac",
    ),
    Format(
        name="mp4-hevc",
        suffix=".mp4",
        codec="hevc",
        title="MP4 · HEVC",
        about="Smaller, for newer devices",
        kind="video",
        audio="aac",
        encoder=Encoder(
            name="libx265",
            container="mp4",
            options={"preset": "fast", "crf": "20", "x265-params": _X265},
            large={
                "x265-params": f"{_X265}:rc-lookahead=2:bframes=0:ref=1:lookahead-slices=0",
            },
            tag="hvc1",  # what players of Apple's look for
            least=64,  # of smaller pictures x265 writes where no memory is its own
            long_run=1.12,
        ),
    ),
    Format(
        name="webm",
        suffix=".webm",
        codec="vp9",
        title="WebM",
        about="For web pages, smaller; takes longer to write",
        kind="video",
        audio="opus",
        encoder=Encoder(
            name="libvpx-vp9",
            container="webm",
            # In one pass looking ahead changes no byte, and each frame takes up to 30 MB.
            options={
                **{"crf": "28", "b": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1"},
                **{"tile-columns": "2", "lag-in-frames": "0"},
            },
            long_run=1.09,
        ),
    ),
    Format(
        name="webm-av1",
        suffix=".webm",
        codec="av1",
        title="WebM · AV1",
        about="The smallest, for newer browsers",
        kind="video",
        audio="opus",
        encoder=Encoder(
            name="libsvtav1",
            container="webm",
            options={"preset": "8", "crf": "30", "svtav1-params": "lp=2"},
            large={"svtav1-params": "lp=1:lookahead=0:hierarchical-levels=2:pred-struct=1"},
            long_run=1.12,
        ),
    ),
    Format(
        name="mov",
        suffix=".mov",
        codec="prores",
        title="ProRes 422 HQ",
        about="10 bit, for editing elsewhere; very large",
        kind="video",
        audio="pcm",
        encoder=Encoder(
            name="prores_ks",
            container="mov",
            options={"profile": "hq", "vendor": "apl0"},
            pixels="yuv422p10le",
            is_intra=True,
        ),
        bits=10,
    ),
    Format(
        name="gif",
        suffix=".gif",
        codec="gif",
        title="GIF",
        about="Moves in any chat, no sound; large",
        kind="moving",
    ),
    Format(
        name="webp",
        suffix=".webp",
        codec="webp",
        title="Animated WebP",
        about="As a GIF, smaller and with all colours; no sound",
        kind="moving",
        keeps_story=False,
    ),
    Format(
        name="zip",
        suffix=".zip",
        codec="png",
        title="PNG sequence",
        about="Every frame without loss in one .zip, no sound; very large",
        kind="stills",
    ),
    Format(
        name="folder",
        suffix="",
        codec="png",
        title="PNG folder",
        about="Every frame without loss",
        kind="stills",
    ),
    Format(
        name="wav",
        suffix=".wav",
        codec="pcm",
        title="WAV",
        about="The sound alone, without loss",
        kind="sound",
        audio="pcm",
        keeps_story=False,
    ),
    Format(
        name="m4a",
        suffix=".m4a",
        codec="aac",
        title="M4A",
        about="The sound alone",
        kind="sound",
        audio="aac",
        keeps_story=False,
    ),
    Format(
        name="png",
        suffix=".png",
        codec="png",
        title="Still",
        about="The picture at the playhead, without loss",
        kind="still",
        keeps_story=False,
    ),
)
FORMATS: Mapping[str, Format] = {form.name: form for form in _ALL}
# Anything without a suffix is a folder of PNG files.
EXPORT_SUFFIXES = tuple(dict.fromkeys(form.suffix for form in _ALL if form.suffix))


def format_of(out: Path | str, codec: str | None = None, *, is_folder: bool = False) -> Format:
    """The form that a file's name asks for, with this codec or the usual one.

    Raises:
        BadInput: an ending, or a codec, that there is none for.
    """
    suffix = "" if is_folder else Path(out).suffix.lower()
    known = [form for form in _ALL if form.suffix == suffix]
    if not known:
        raise BadInput(
            f"cannot export {suffix!r}",
            subject=Path(out),
            allowed=EXPORT_SUFFIXES,
            advice="give no suffix for a folder of PNG files",
        )
    for form in known:
        if codec in (None, form.codec):
            return form
    raise BadInput(subject="codec", received=codec, allowed=[form.codec for form in known]).about(
        f"a {suffix or 'folder'}"
    )
