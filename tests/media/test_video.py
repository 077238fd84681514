"""Reading and writing video files, on numbered frames."""

import hashlib
import itertools
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from letter_clips import number, numbered, numbers, write_foreign, write_numbered, write_tone
from seine_core.errors import BadInput
from seine_core.media.decoding.video_geometry import turn
from seine_core.media.decoding.video_timing import sample
from seine_core.media.encode import ClipWriter, write_clip
from seine_core.media.video import probe, read_frames


def test_importing_the_core_does_not_load_pyav():
    code = "import sys, seine_core.media.video; sys.exit('av' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# -- writing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("quality", ["draft", "final", 30])
def test_a_clip_comes_back_frame_by_frame(tmp_path, quality):
    path = write_numbered(tmp_path / "clip.mp4", range(60), quality=quality)
    assert numbers(path) == list(range(60))
    info = probe(path)
    assert (info.width, info.height, info.fps, info.has_audio) == (64, 48, 24.0, False)
    assert info.duration_s == pytest.approx(60 / 24, abs=1e-6)


def test_flat_colours_do_not_shift(tmp_path):
    rng = np.random.default_rng(1)
    corners = np.array(list(itertools.product((0, 255), repeat=3)), np.uint8)
    colours = np.concatenate([corners, rng.integers(0, 256, (40, 3), np.uint8)])
    path = tmp_path / "colours.mp4"
    flat = [np.broadcast_to(colour, (48, 64, 3)) for colour in colours]
    write_clip(flat, path, width=64, height=48, fps=24)
    for got, given_colour in zip(read_frames(path, 24), colours, strict=True):
        assert np.abs(got.astype(int) - given_colour).max() <= 2


def test_headers_do_not_depend_on_what_is_shown_or_for_how_long(tmp_path):
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 256, (48, 64, 3), np.uint8) for _ in range(70)]
    headers = set()
    for name, stills in (("one", noise[:1]), ("noise", noise), ("grey", [noise[0] // 9] * 20)):
        write_clip(stills, tmp_path / name, width=64, height=48, fps=24)
        with av.open(str(tmp_path / name)) as container:
            stream = container.streams.video[0]
            headers.add((bytes(stream.codec_context.extradata or b""), stream.time_base))
            packets = [p for p in container.demux(stream) if p.size]
            assert packets[0].is_keyframe
            assert all(p.pts == p.dts == i * 512 for i, p in enumerate(packets))
    assert len(headers) == 1


def test_the_same_frames_give_the_same_bytes(tmp_path):
    digests = {
        hashlib.sha256(
            write_numbered(
                tmp_path / f"{i}.mp4", range(40), width=256, height=256, quality="final"
            ).read_bytes()
        ).hexdigest()
        for i in range(3)
    }
    assert len(digests) == 1


def test_one_frame_is_a_clip(tmp_path):
    path = write_numbered(tmp_path / "clip.mp4", [7])
    assert numbers(path) == [7]
    assert probe(path).duration_s == pytest.approx(1 / 24, abs=1e-6)


@pytest.mark.parametrize(
    ("field", "settings"),
    [
        ("width", {"width": 63}),
        ("height", {"height": 0}),
        ("fps", {"fps": 0}),
        ("quality", {"quality": "best"}),
        ("quality", {"quality": 99}),
    ],
)
def test_impossible_settings_are_refused(tmp_path, field, settings):
    with pytest.raises(BadInput, match=f"^{field}: received"):
        ClipWriter(tmp_path / "c.mp4", **({"width": 64, "height": 48, "fps": 24} | settings))


def test_a_failed_clip_leaves_nothing_and_keeps_the_old_one(tmp_path):
    path = write_numbered(tmp_path / "clip.mp4", [1, 2])
    settings = {"width": 64, "height": 48, "fps": 24}
    with pytest.raises(RuntimeError), ClipWriter(path, **settings) as writer:
        writer.write(numbered(3))
        raise RuntimeError("the engine broke")
    with pytest.raises(BadInput, match="no frame was written"), ClipWriter(path, **settings):
        pass
    with pytest.raises(BadInput, match="allowed uint8"), ClipWriter(path, **settings) as writer:
        writer.write(numbered(3, 32, 32))
    assert numbers(path) == [1, 2]
    assert list(tmp_path.iterdir()) == [path]


def test_an_unwritable_place_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_numbered(tmp_path / "nowhere" / "clip.mp4", [1])


def test_a_full_disk_is_an_os_error_and_leaves_nothing(tmp_path):
    """With a file size limit in a child, which the kernel enforces as it does a full disk."""
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "import numpy as np; from seine_core.media.encode import write_clip\n"
        "noise = (np.random.default_rng(i).integers(0, 256, (256, 256, 3), np.uint8)"
        " for i in range(40))\n"
        "try: write_clip(noise, sys.argv[1], width=256, height=256, fps=24)\n"
        "except OSError as error: sys.exit(error.errno)"
    )
    result = subprocess.run([sys.executable, "-c", code, str(tmp_path / "c.mp4")])
    assert result.returncode == 27  # EFBIG
    assert list(tmp_path.iterdir()) == []


# -- an even rate ----------------------------------------------------------------------------------


@given(
    lengths=st.lists(st.integers(1, 50), min_size=1, max_size=12),
    fps=st.integers(1, 60),
    start=st.fractions(0, 1, max_denominator=100),
)
def test_sampling_shows_what_is_on_screen(lengths, fps, start):
    """Against the definition: for each time, search the item that covers it."""
    edges = [Fraction(0), *itertools.accumulate(Fraction(n, 100) for n in lengths)]
    shown = [(a, b, i) for i, (a, b) in enumerate(itertools.pairwise(edges))]
    expected = []
    for i in itertools.count():
        time = start + Fraction(i, fps)
        if time >= edges[-1]:
            break
        expected.append(max(k for k, (a, _, _) in enumerate(shown) if a <= time))
    assert list(sample(shown, Fraction(fps), start, Fraction(0))) == expected


def test_uneven_frames_come_out_even(tmp_path):
    """Phones write frames when they have them; each must stand as long as it stood there."""
    times = [0, 100, 130, 400, 410, 900]
    path = write_foreign(tmp_path / "vfr.mp4", [numbered(i) for i in range(6)], times)
    expected = [max(k for k, t in enumerate(times) if t <= i * 40) for i in range(25)]
    assert numbers(path, 25) == expected


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm", ".avi", ".ts", ".gif"])
def test_every_container_keeps_each_frame_once(tmp_path, suffix):
    """Containers round times to their ticks (1/1000 s, 1/90000 s, 1/100 s) or to frames."""
    codec, pix_fmt = {".webm": ("libvpx-vp9", "yuv420p"), ".gif": ("gif", "rgb8")}.get(
        suffix, ("mpeg4" if suffix == ".avi" else "libx264", "yuv420p")
    )
    path = tmp_path / f"video{suffix}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, 25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pix_fmt
        for n in range(30):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(numbered(n), "rgb24")))
        container.mux(stream.encode(None))
    assert numbers(path, 25) == list(range(30))
    info = probe(path)
    assert (info.width, info.height) == (64, 48)
    assert info.fps == pytest.approx(25, rel=0.05)
    assert info.duration_s == pytest.approx(30 / 25, abs=0.05)
    assert numbers(path, 25, start_s=0.52) == list(range(13, 30))


@pytest.mark.parametrize("fps", [24, 30])
def test_a_seek_is_exact_even_among_b_frames(tmp_path, fps):
    times = [round(i * 1000 / 24) for i in range(200)]
    options = {"bf": "3", "g": "30", "x264-params": "open-gop=1"}
    stills = [numbered(i) for i in range(200)]
    path = write_foreign(tmp_path / "b.mp4", stills, times, options=options)
    whole = numbers(path, fps)
    for first in (1, 29, 30, 31, 95, 150, len(whole) - 1):
        assert numbers(path, fps, first / fps, 5) == whole[first : first + 5]
    assert numbers(path, fps, start_s=100) == []


def test_rates_are_converted_without_drift(tmp_path):
    path = write_numbered(tmp_path / "clip.mp4", range(48))
    assert numbers(path, 12) == list(range(0, 48, 2))
    assert numbers(path, 48) == [i // 2 for i in range(96)]
    assert len(numbers(path, 30)) == 60


# -- looks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rotate", [0, 90, 180, -90])
@pytest.mark.parametrize("hflip", [False, True])
def test_turned_and_mirrored_videos_come_upright(tmp_path, rotate, hflip):
    path = write_foreign(
        tmp_path / "turned.mp4", [numbered(0b0111)], [0], rotate=rotate, hflip=hflip
    )
    stored = numbered(0b0111)
    upright = np.rot90(stored, rotate // 90)  # numpy turns counter-clockwise too
    if hflip:
        upright = upright[:, ::-1]
    still = next(read_frames(path, 24))
    assert still.shape == upright.shape
    assert number(still) == number(upright)
    assert (probe(path).height, probe(path).width) == upright.shape[:2]


def test_turning_by_anything_else_is_left_alone():
    still = numbered(5)
    assert turn(still, (1, 1, -1, 1)) is still


def test_oblong_pixels_are_made_square(tmp_path):
    path = write_foreign(tmp_path / "dv.mp4", [numbered(9)], [0], aspect=Fraction(3, 2))
    assert (probe(path).width, probe(path).height) == (96, 48)
    assert next(read_frames(path, 24)).shape == (48, 96, 3)


def test_grey_and_odd_sizes_can_be_read(tmp_path):
    ramp = np.repeat(np.linspace(0, 255, 51)[None, :, None], 37, axis=0).repeat(3, axis=2)
    still = ramp.astype(np.uint8)
    full = {"crf": "1", "x264-params": "fullrange=on"}  # as PyAV makes grey of RGB
    for pix_fmt, options in (("gray", full), ("yuv444p", {"crf": "1"})):
        path = write_foreign(
            tmp_path / f"{pix_fmt}.mp4", [still] * 3, [0, 40, 80], pix_fmt=pix_fmt, options=options
        )
        got = next(read_frames(path, 25))
        assert got.shape == (37, 51, 3)
        assert np.abs(got.astype(int) - still).max() <= 4


@pytest.mark.parametrize(
    ("height", "tag"), [(48, 1), (48, 5), (48, None), (720, 1), (720, 5), (720, None)]
)
@pytest.mark.parametrize("full", [False, True])
def test_colour_matrices_and_ranges_are_honoured(tmp_path, height, tag, full):
    """A known Y'CbCr triple, decoded by the formula of its standard."""
    y, cb, cr = 120, 90, 170
    path = tmp_path / "matrix.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", 24, options={"crf": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, height, "yuv420p"
        if tag:
            stream.codec_context.colorspace = tag
        stream.codec_context.color_range = 2 if full else 1
        planes = [np.full((height, 64), y), np.full((height // 2, 32), cb)]
        planes.append(np.full((height // 2, 32), cr))
        flat = np.concatenate([p.reshape(-1) for p in planes]).astype(np.uint8)
        frame = av.VideoFrame.from_ndarray(flat.reshape(-1, 64), "yuv420p")
        frame.color_range = 2 if full else 1
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    is_709 = tag == 1 or (tag is None and height >= 720)
    k_r, k_b = (0.2126, 0.0722) if is_709 else (0.299, 0.114)
    luma = y / 255 if full else (y - 16) / 219
    b_y, r_y = (
        ((cb - 128) / 255, (cr - 128) / 255) if full else ((cb - 128) / 224, (cr - 128) / 224)
    )
    red, blue = luma + 2 * (1 - k_r) * r_y, luma + 2 * (1 - k_b) * b_y
    green = (luma - k_r * red - k_b * blue) / (1 - k_r - k_b)
    expected = np.clip(np.array([red, green, blue]) * 255, 0, 255)
    got = next(read_frames(path, 24))[height // 2, 32]
    assert np.abs(got - expected).max() <= 2


# -- what cannot be read ---------------------------------------------------------------------------


def refused(path: Path) -> str:
    with pytest.raises(BadInput) as probed:
        probe(path)
    with pytest.raises(BadInput):
        next(read_frames(path, 24))
    message = str(probed.value)
    assert "\n" not in message and str(path) in message
    return message


def test_files_that_are_no_video_are_refused(tmp_path):
    assert "no such file" in refused(tmp_path / "missing.mp4")
    (tmp_path / "empty.mp4").touch()
    assert "0 bytes" in refused(tmp_path / "empty.mp4")
    (tmp_path / "text.mp4").write_text("not a video at all\n" * 100)
    assert "no video that can be read" in refused(tmp_path / "text.mp4")
    assert "is no file" in refused(tmp_path)


@pytest.mark.parametrize("suffix", [".mp4", ".m4a", ".mp3", ".wav"])
def test_a_sound_is_called_one(tmp_path, suffix):
    assert "is a sound" in refused(write_tone(tmp_path / f"sound{suffix}", 0.2))


def test_playlists_cannot_reach_other_files(tmp_path):
    write_numbered(tmp_path / "secret.mp4", [1])
    (tmp_path / "list.mp4").write_text("ffconcat version 1.0\nfile secret.mp4\n")
    refused(tmp_path / "list.mp4")
    (tmp_path / "hls.mp4").write_text(
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.mp4\n#EXT-X-ENDLIST\n"
    )
    refused(tmp_path / "hls.mp4")


def test_a_file_named_like_a_protocol_is_a_file(tmp_path, monkeypatch):
    write_numbered(tmp_path / "concat:a.mp4", [1, 2])
    monkeypatch.chdir(tmp_path)
    assert numbers(Path("concat:a.mp4")) == [1, 2]


def test_a_cut_off_file_is_refused_or_ends_early(tmp_path):
    whole = write_numbered(tmp_path / "clip.mp4", range(48), quality="final").read_bytes()
    for cut in (20, 200, len(whole) // 5):
        (tmp_path / "cut.mp4").write_bytes(whole[:cut])
        if cut <= 200:
            refused(tmp_path / "cut.mp4")
    # The index stands first, so a later cut loses only the end.
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) * 9 // 10])
    got = numbers(tmp_path / "cut.mp4")
    assert 24 < len(got) < 48
    assert got == list(range(len(got)))


def test_an_index_without_pictures_is_refused(tmp_path):
    path = write_numbered(tmp_path / "clip.mp4", range(30))
    whole = path.read_bytes()
    begin = whole.index(b"mdat") + 4
    path.write_bytes(whole[:begin] + bytes(len(whole) - begin))
    assert "no picture" in refused(path)


def test_a_gif_is_a_video_and_its_glass_is_white(tmp_path):
    from PIL import Image

    red, glass = (Image.new("P", (20, 10), index) for index in (0, 1))
    for image in (red, glass):
        image.putpalette([255, 0, 0, 0, 0, 0])
    path = tmp_path / "a.gif"
    settings = {"duration": 200, "disposal": 2, "transparency": 1, "optimize": False}
    red.save(path, save_all=True, append_images=[glass], **settings)
    shown = [still[5, 5].tolist() for still in read_frames(path, 10)]
    assert shown == [[255, 0, 0]] * 2 + [[255, 255, 255]] * 2


@pytest.mark.parametrize(("fps", "start_s"), [(0, 0.0), (-1, 0.0), (5000, 0.0), (24, -1.0)])
def test_impossible_times_are_refused(tmp_path, fps, start_s):
    path = write_numbered(tmp_path / "clip.mp4", [1])
    with pytest.raises(BadInput, match="received"):
        read_frames(path, fps, start_s)
