"""Writes the stored corpus anew: `PYTHONPATH=.:tests/support python tests/fuzzing/fuzz_seeds.py`.
Every seed is made here, by the program's own writers or a library's; what a fuzzer found is kept
beside them and stays."""

import io
import json
import pickle
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import cv2
import numpy as np
import torch
from PIL import Image
from pillow_heif import from_bytes, register_heif_opener
from safetensors.torch import save

import icc_profiles
from fuzz_targets import CORPUS
from letter_clips import numbered, write_foreign, write_numbered, write_tone
from made_videos import half_red, interlaced, write_flat, write_rated
from seine_core.media.decoding.tone_mapping import BT2020, HLG, PQ
from seine_core.media.frames import save_png
from seine_core.story import edits, sound_edits
from seine_core.story.disk.archive import pack
from seine_core.story.disk.storage import dump_story, save_story
from seine_core.story.model import CardSource, ImageSource, Story, VideoSource

register_heif_opener()  # so that Pillow writes HEIC too
PICTURE = Image.fromarray(numbered(0b0110_1001_1100_0011, 16, 12))


def images() -> Iterator[tuple[str, bytes]]:
    turned = Image.Exif()
    turned[0x0112] = 6
    grey = PICTURE.convert("L")
    kinds = {
        "plain.png": (PICTURE, {}),
        "deep.png": (grey.convert("I;16"), {}),
        "alpha.png": (PICTURE.convert("RGBA"), {}),
        "palette.png": (PICTURE.quantize(4), {"transparency": 1}),
        "turned.jpg": (PICTURE, {"exif": turned}),
        "progressive.jpg": (PICTURE, {"progressive": True}),
        "inks.jpg": (PICTURE.convert("CMYK"), {}),
        "lossy.webp": (PICTURE, {}),
        "lossless.webp": (PICTURE, {"lossless": True}),
        "moving.webp": (PICTURE, {"save_all": True, "append_images": [grey.convert("RGB")]}),
        "still.gif": (PICTURE.quantize(4), {}),
        "moving.gif": (PICTURE.quantize(4), {"save_all": True, "append_images": [grey]}),
        "plain.bmp": (PICTURE, {}),
        "packed.tiff": (PICTURE, {"compression": "tiff_lzw"}),
        "strips.tiff": (PICTURE, {"tiffinfo": {278: 1}}),
        "float.tiff": (grey.convert("F"), {}),
        "plain.avif": (PICTURE, {}),
        "plain.heic": (PICTURE, {}),
        "alpha.heic": (PICTURE.convert("RGBA"), {}),
        "burst.heic": (PICTURE, {"save_all": True, "append_images": [grey]}),
        "wide.png": (PICTURE, {"icc_profile": icc_profiles.display_p3()}),
        "wide.webp": (PICTURE, {"icc_profile": icc_profiles.adobe_rgb()}),
        "grey.jpg": (grey, {"icc_profile": icc_profiles.grey(1.8)}),
        "press.tiff": (PICTURE.convert("CMYK"), {"icc_profile": icc_profiles.inks((60, -10, 9))}),
        "lab.tiff": (Image.new("LAB", (4, 3), (153, 118, 88)), {}),
        "moving.png": (PICTURE, {"save_all": True, "append_images": [grey.convert("RGB")]}),
        "views.mpo": (PICTURE, {"save_all": True, "append_images": [grey]}),
    }
    for name, (picture, options) in kinds.items():
        yield name, _encoded(picture, name.rpartition(".")[2].upper(), **options)
    numbers = b"\0\0\0\4cICP\x0c\x0d\0\1" + zlib.crc32(b"cICP\x0c\x0d\0\1").to_bytes(4)
    png = _encoded(PICTURE, "PNG")
    yield "numbers.png", png[:33] + numbers + png[33:]
    deep = np.asarray(PICTURE, np.uint16) * 250
    for suffix in ("png", "tiff"):
        yield f"deep-colours.{suffix}", cv2.imencode(f".{suffix}", deep)[1].tobytes()
    heic = from_bytes("RGB;16", PICTURE.size, deep.tobytes())
    out = io.BytesIO()
    heic.save(out)
    yield "deep.heic", out.getvalue()


def _encoded(picture: Image.Image, suffix: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, {"JPG": "JPEG", "HEIC": "HEIF"}.get(suffix, suffix), **options)
    return out.getvalue()


def videos() -> Iterator[tuple[str, bytes]]:
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        stills = [numbered(n, 16, 16) for n in range(3)]
        write_numbered(folder / "rendered.mp4", range(3), width=16, height=16)
        for name, codec in (
            ("plain.mp4", "libx264"),
            ("plain.mkv", "libx264"),
            ("plain.webm", "libvpx-vp9"),
            ("plain.avi", "mpeg4"),
            ("plain.ts", "libx264"),
            ("pictures.mov", "png"),
        ):
            pixels = "rgb24" if codec == "png" else "yuv420p"
            write_foreign(folder / name, stills, (0, 100, 200), codec=codec, pix_fmt=pixels)
        write_foreign(folder / "turned.mp4", stills, (0, 100, 400), rotate=90, tone_s=0.05)
        write_foreign(folder / "moving.gif", stills, (0, 100, 200), codec="gif", pix_fmt="rgb8")
        write_flat(folder / "pq.mkv", (573, 400, 600), transfer=PQ, primaries=BT2020)
        write_flat(folder / "hlg.mkv", (700, 2000, 2400), bits=12, transfer=HLG)
        write_rated(folder / "camera.mxf", interlaced(3, 32, 32), "mpeg2video")
        fields = {"x264-params": "tff=1"}
        write_rated(folder / "fields.ts", interlaced(3, 32, 32), "libx264", options=fields)
        glass = [half_red("yuva420p")] * 3
        settings = {"auto-alt-ref": "0"}
        write_rated(
            folder / "alpha.webm", glass, "libvpx-vp9", pix_fmt="yuva420p", options=settings
        )
        for path in sorted(folder.iterdir()):
            yield path.name, path.read_bytes()
    first, *later = (Image.fromarray(still) for still in stills)
    for suffix, options in (("webp", {"lossless": True}), ("png", {})):
        options |= {"save_all": True, "append_images": later, "duration": [100, 100, 200]}
        yield f"moving.{suffix}", _encoded(first, suffix.upper(), **options)


def sounds() -> Iterator[tuple[str, bytes]]:
    with TemporaryDirectory() as temporary:
        for suffix in (".wav", ".mp3", ".m4a"):
            path = write_tone(Path(temporary, f"tone{suffix}"), 0.02)
            yield path.name, path.read_bytes()


def stories() -> Iterator[tuple[str, bytes]]:
    yield "empty.json", dump_story(Story()).encode()
    yield "full.json", dump_story(_full_story()).encode()
    yield "least.json", b'{"shots": [{"id": "a", "source": {"kind": "image", "file": "a.png"}}]}'
    yield "newer.json", b'{"version": 99}'
    yield "twice.json", b'{"title": "a", "title": "b", "shots": []}'


def subtitles() -> Iterator[tuple[str, bytes]]:
    from pysubs2 import SSAEvent, SSAFile

    events = [
        SSAEvent(start=1000, end=2500, text=r"{\an8}The {\i1}river{\i0}\NGrüße 川"),
        SSAEvent(start=3000, end=4000, text="Chapter\n3 {note} a --> b & <c>"),
        SSAEvent(start=3500, end=3600, text="m 0 0 l 1 1", type="Comment"),
    ]
    file = SSAFile()
    file.events.extend(events)
    for kind in ("srt", "vtt", "ass", "ssa"):
        yield f"plain.{kind}", file.to_string(kind).encode()
    yield "wide.srt", file.to_string("srt").encode("utf-16")
    yield "tight.srt", file.to_string("srt").replace("\n\n", "\r\n").encode()
    yield (
        "notes.vtt",
        (
            b"WEBVTT\n\nSTYLE\n::cue { color: red }\n\nNOTE no\n\nname\n"
            b"00:01.000 --> 00:02.000 align:left\n<v A>&amp;&lt;\n\nNOTE nor this\n"
        ),
    )


def archives() -> Iterator[tuple[str, bytes]]:
    with TemporaryDirectory() as temporary:
        folder = Path(temporary, "story")
        (folder / "media").mkdir(parents=True)
        save_png(numbered(1, 16, 16), folder / "media" / "a.png")
        story = edits.insert(Story(), [ImageSource(file="a.png")])
        save_story(edits.insert(story, [CardSource()]), folder)
        pack(folder, Path(temporary, "packed.seine.zip"))
        yield "packed.seine.zip", Path(temporary, "packed.seine.zip").read_bytes()
    yield "empty.zip", _zip({})
    yield "outside.zip", _zip({"story.json": b"{}", "../evil": b"x"})
    yield "swollen.zip", _zip({"story.json": b" " * 300_000 + b"{}"})
    yield "no-medium.zip", _zip(dict([("story.json", [*stories()][2][1])]))


def checkpoints() -> Iterator[tuple[str, bytes]]:
    """Small ones that are no SEINE's: the least UNet that there can be has 300 kB."""
    sizes = {"block_out_channels": (32,), "layers_per_block": 1, "attention_head_dim": 1}
    sizes |= {"cross_attention_dim": 8}
    tensors = {"conv_in.weight": torch.arange(4.0).reshape(2, 2), "b": torch.zeros(3).half()}
    for name, content in (
        ("other.pt", {"ema": tensors, "config": sizes}),
        ("mixed.pt", {"ema": {**tensors, "c": "no tensor"}}),
        ("swollen.pt", {"ema": tensors, "config": sizes | {"block_out_channels": (8192,) * 8}}),
    ):
        out = io.BytesIO()
        torch.save(content, out)
        yield name, out.getvalue()
    yield "other.safetensors", save(tensors)
    code = pickle.dumps(print)  # runs nothing, and stands for what would
    yield "code.pt", _zip({"archive/data.pkl": code, "archive/version": b"3\n"})


def commands() -> Iterator[tuple[str, bytes]]:
    shot, edge = {"id": "shot-1"}, {"left": "shot-1", "right": "shot-2"}
    file = {"upload": "upload-" + "0" * 32, "name": "a.png"}
    for fields in (
        {"op": "set_title", "title": "Journey"},
        {"op": "set_shot", **shot, "fields": {"prompt": "sea", "duration_s": 2.5, "seed": 3}},
        {"op": "set_many", "changes": [{"owners": ["shot-1"], "fields": {"camera": "still"}}]},
        {"op": "copy_shots", "copy_name": "copy-" + "0" * 32, "ids": ["shot-1", "shot-2"]},
        {"op": "paste_shots", "copy_name": "copy-" + "0" * 32, "before": "shot-1"},
        {"op": "set_new_edges", "fields": {"style": "iris"}},
        {"op": "set_edge", **edge, "fields": {"style": "dissolve", "duration_s": 0.0}},
        {"op": "set_settings", "fields": {"width": 128, "height": 64, "fps": 12}},
        {"op": "add_card", "before": None},
        {"op": "set_card", "id": "shot-1", "colour": "#123456"},
        {"op": "add_media", "files": [file], "before": "shot-1"},
        {"op": "replace_media", **shot, "file": file},
        {"op": "add_bridge", **edge, "file": file},
        {"op": "add_sample", "name": "x"},
        {"op": "move", "ids": ["shot-3"], "before": "shot-1"},
        {"op": "duplicate", "ids": ["shot-1", "shot-2"], "before": None},
        {"op": "split", **shot, "at_s": 0.25},
        {"op": "load_subtitles", "file": file},
        {"op": "remove", "ids": ["shot-2"]},
        {"op": "keep_take", "owner": "shot-1>shot-2", "index": 0},
        {"op": "caption_narration"},
        {"op": "undo"},
    ):
        yield f"{fields['op'].replace('_', '-')}.json", json.dumps(fields).encode()


def bodies() -> Iterator[tuple[str, bytes]]:
    mark = {"_type": "gradio.FileData"}
    upload = {"path": "upload-" + "0" * 32, "orig_name": "a.png", "meta": mark}
    event = {"fn_index": 0, "session_hash": "s", "event_data": None}
    for name, fields in (
        ("event", {**event, "data": [None, 0.5, "x"]}),
        ("upload", {**event, "data": [upload]}),
        ("gallery", {"data": [[{"image": upload, "caption": None}]]}),
        ("path", {"data": [{"path": "/etc/passwd", "meta": mark}]}),
        ("address", {"data": [{"url": "http://127.0.0.1/a.png", "meta": mark}]}),
        (
            "command",
            {**event, "data": [None], "event_data": {"op": "add_media", "files": [upload]}},
        ),
    ):
        yield f"{name}.json", json.dumps(fields).encode()
    yield "twice.json", b'{"data": [{"path": "/x"}], "data": [{"p\\u0061th": "/x", "meta": null}]}'


def votes() -> Iterator[tuple[str, bytes]]:
    yield "rater.json", b'{"name": "Ada"}'
    yield "nobody.json", b"{}"
    yield "vote.json", b'{"trial": "' + b"0" * 32 + b'", "choice": "left"}'
    yield "taken-back.json", b'{"trial": "x", "choice": null}'


def _full_story() -> Story:
    sources = (
        ImageSource(file="a.png"),
        VideoSource(file="b.mp4", offset_s=0.5, loop_from_s=0.25),
        CardSource(colour="#ff8800"),
    )
    story = edits.set_settings(Story(title="Grüße 🌅"), width=128, height=64, fps=12)
    for source in sources:
        story = edits.insert(story, [source], title="Scene", prompt="a beach, slow motion")
    story = edits.set_shot(story, "shot-3", captions=[{"text": "The end", "place": "centre"}])
    story = edits.set_transition(story, "shot-1", "shot-2", style="dissolve", seed=2**31)
    story = sound_edits.add_track(story, "voice", title="Voice")
    return sound_edits.add_sound(story, "track-1", "c.wav", anchor="shot-2", volume=0.5)


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        for name, content in files.items():
            info = ZipInfo(name)
            info.compress_type = ZIP_DEFLATED if name == "story.json" else 0
            archive.writestr(info, content)
    return out.getvalue()


if __name__ == "__main__":
    warnings.simplefilter("error")
    for target, made in {
        "image": images,
        "video": videos,
        "sound": sounds,
        "story": stories,
        "subtitles": subtitles,
        "archive": archives,
        "checkpoint": checkpoints,
        "command": commands,
        "body": bodies,
        "vote": votes,
    }.items():
        (CORPUS / target).mkdir(parents=True, exist_ok=True)
        for name, content in made():
            (CORPUS / target / name).write_bytes(content)
