"""Every form of a film, looked at as others do: codec, rate, frames, length, colours and sound."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from letter_clips import number, numbers, write_numbered
from seine_core.errors import BadInput
from seine_core.media.encode import write_clip
from seine_core.media.frames import load_image
from seine_core.media.video import probe, read_frames
from seine_core.rates import NTSC
from seine_core.story.film.export import export, export_frames, read_comment
from seine_core.story.film.formats import FORMATS, format_of

STORY = '{"title": "Zwei Füße · 夜の川 🎬"}'
VIDEOS = [form for form in FORMATS.values() if form.kind == "video"]
# As FFmpeg names what is inside.
CODECS = {"h264": "h264", "hevc": "hevc", "vp9": "vp9", "av1": "av1", "prores": "prores"}
SOUNDS = {"aac": "aac", "opus": "opus", "pcm": "pcm_s16le"}


def tone(seconds: float) -> Iterator[np.ndarray]:
    """A tone of 440 Hz in uneven pieces, [n 2] at 48 kHz."""
    wave = np.sin(2 * np.pi * 440 * np.arange(round(seconds * 48_000)) / 48_000) / 2
    sound = np.stack([wave, wave], axis=1).astype(np.float32)
    yield from np.array_split(sound, 7)


@pytest.fixture(scope="module", params=[Fraction(25), NTSC[1]], ids=["25", "29.97"])
def clips(request, tmp_path_factory) -> tuple[Fraction, list[Path]]:
    """Three clips of 8 frames that show 100 … 123."""
    folder = tmp_path_factory.mktemp("clips")
    rate = request.param
    return rate, [
        write_numbered(
            folder / f"{i}.mp4", range(100 + 8 * i, 108 + 8 * i), fps=rate, width=96, height=64
        )
        for i in range(3)
    ]


@pytest.mark.parametrize("form", VIDEOS, ids=lambda form: form.name)
def test_a_video_has_every_frame_at_its_time_in_bt709_with_its_sound(clips, tmp_path, form):
    rate, paths = clips
    out = tmp_path / f"film{form.suffix}"
    sound = tone(float(24 / rate))
    wanted = {"fps": rate, "codec": form.codec, "comment": STORY, "title": "Füße"}
    assert export(paths, out, sound=sound, **wanted) == 24
    # WebM counts in milliseconds, the others exactly.
    slack = Fraction(1, 1000) if form.suffix == ".webm" else 0
    with av.open(str(out)) as film:
        video, heard = film.streams.video[0], film.streams.audio[0]
        assert video.codec_context.name == CODECS[form.codec] or form.codec in ("vp9", "av1")
        assert video.codec.canonical_name == CODECS[form.codec]
        assert heard.codec.canonical_name == SOUNDS[form.audio]
        context = video.codec_context
        tags = context.colorspace, context.color_primaries, context.color_trc, context.color_range
        assert tags == (1, 1, 1, 1)  # BT.709 three times, limited range
        pictures = list(film.decode(video))
        assert {picture.colorspace for picture in pictures} == {1}
        assert context.format.components[0].bits == form.bits
        times = [picture.pts * video.time_base for picture in pictures]
        assert all(abs(at - n / rate) <= slack for n, at in enumerate(times))
        assert abs(Fraction(film.duration, 10**6) - 24 / rate) <= slack + Fraction(1, 40)
        if not slack:
            assert video.duration * video.time_base == 24 / rate
            assert video.average_rate == rate
    assert numbers(out, rate) == list(range(100, 124))
    assert read_comment(out) == STORY
    with av.open(str(out)) as film:
        parts = [piece.to_ndarray() for piece in film.decode(film.streams.audio[0])]
    loud = np.concatenate([np.asarray(part, float).reshape(-1) for part in parts])
    loud /= 32768 if form.audio == "pcm" else 1
    assert np.sqrt(np.mean(loud**2)) == pytest.approx(0.35, abs=0.05)


def test_colours_are_the_same_in_every_form(tmp_path):
    colours = np.array([(200, 40, 40), (30, 160, 60), (40, 60, 200), (240, 200, 120)], np.uint8)
    clip = tmp_path / "clip.mp4"
    flat = [np.broadcast_to(c, (64, 96, 3)) for c in colours.repeat(4, axis=0)]
    write_clip(flat, clip, width=96, height=64, fps=25)
    for form in FORMATS.values():
        if form.kind not in ("video", "moving"):
            continue
        out = tmp_path / f"{form.name}{form.suffix}"
        export([clip], out, fps=25, codec=form.codec)
        if form.name == "webp":
            with Image.open(out) as image:
                stills = []
                for n in range(image.n_frames):
                    image.seek(n)
                    stills.append(np.asarray(image.convert("RGB")))
        else:
            stills = list(read_frames(out, 25))
        stills = stills[2::4] if len(stills) > 4 else stills  # equal ones are one of longer
        for still, colour in zip(stills, colours, strict=True):
            assert np.abs(still.mean(axis=(0, 1)) - colour).max() <= 4, form.name


def test_an_animated_webp_keeps_every_frame_its_time_and_its_size(clips, tmp_path):
    rate, paths = clips
    out = tmp_path / "film.webp"
    assert export(paths, out, fps=rate, max_width=64) == 24
    with Image.open(out) as image:
        assert image.size == (64, 43) and image.n_frames == 24 and image.info["loop"] == 0
        shown, spans = [], []
        for n in range(24):
            image.seek(n)
            image.load()
            shown.append(number(np.asarray(image.convert("RGB"))))
            spans.append(image.info["duration"])
    assert shown == list(range(100, 124))
    assert sum(spans) == pytest.approx(float(24_000 / rate), abs=2)


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_what_moves_in_a_page_can_show_fewer_frames_in_the_same_time(clips, tmp_path, suffix):
    rate, paths = clips
    out = tmp_path / f"film.{suffix}"
    export(paths, out, fps=rate, max_fps=rate / 2, loop=False)
    with Image.open(out) as image:
        assert image.n_frames == 12
        spans = []
        for n in range(12):
            image.seek(n)
            image.load()
            spans.append(image.info["duration"])
    assert sum(spans[:-1]) == pytest.approx(float(22_000 / rate), abs=11)


@pytest.mark.parametrize("suffix", ["wav", "m4a"])
def test_the_sound_alone_is_all_of_it(tmp_path, suffix):
    out = tmp_path / f"film.{suffix}"
    export([], out, fps=25, sound=tone(1.5))
    with av.open(str(out)) as heard:
        assert not heard.streams.video
        parts = [piece.to_ndarray() for piece in heard.decode(audio=0)]
    samples = sum(part.shape[1] for part in parts) // (2 if suffix == "wav" else 1)
    assert samples == 72_000 if suffix == "wav" else 72_000 <= samples <= 75_000
    with pytest.raises(BadInput, match="no sound"):
        export([], out, fps=25)
    assert out.exists()


# -- a part of the film ----------------------------------------------------------------------------

RANGES = [range(0, 24), range(8, 16), range(3, 5), range(5, 21), range(23, 24)]


@pytest.mark.parametrize("frames", RANGES, ids=str)
@pytest.mark.parametrize("name", ["film.mp4", "film.webm", "film.gif", "film.zip"])
def test_a_part_has_its_frames_alone(clips, tmp_path, name, frames):
    rate, paths = clips
    out = tmp_path / name
    assert export(paths, out, fps=rate, frames=frames) == len(frames)
    if name == "film.zip":
        export(paths, tmp_path / "film", fps=rate, frames=frames)
        shown = [number(load_image(path)) for path in sorted((tmp_path / "film").glob("*.png"))]
    else:
        shown = numbers(out, rate)
    assert shown == [100 + n for n in frames]
    if name == "film.mp4":
        assert probe(out).duration_s == pytest.approx(float(len(frames) / rate), abs=1e-6)


def test_a_still_is_the_frame_that_is_asked_for(clips, tmp_path):
    rate, paths = clips
    out = tmp_path / "still.png"
    for frame in (0, 9, 23):
        export(paths, out, fps=rate, frames=range(frame, 24))
        assert number(load_image(out)) == 100 + frame


def test_no_part_of_the_film_is_said(clips, tmp_path):
    rate, paths = clips
    with pytest.raises(BadInput, match="range: no frame"):
        export(paths, tmp_path / "a.mp4", fps=rate, frames=range(24, 30))
    assert not list(tmp_path.iterdir())


# -- the table -------------------------------------------------------------------------------------


def test_every_form_is_found_by_its_name_and_codec():
    for form in FORMATS.values():
        assert format_of(f"film{form.suffix}", form.codec) is form
    assert format_of("film.MP4").codec == "h264" and format_of("film.webm").codec == "vp9"
    with pytest.raises(BadInput, match=r"codec: received 'av1', allowed h264, hevc"):
        format_of("film.mp4", "av1")


def test_single_clips_go_out_in_the_forms_of_videos(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (3, 32, 48, 3), np.uint8)
    export_frames(noise, tmp_path / "a.mov", width=48, height=32, fps=NTSC[0])
    with av.open(str(tmp_path / "a.mov")) as film:
        assert film.streams.video[0].average_rate == NTSC[0]
