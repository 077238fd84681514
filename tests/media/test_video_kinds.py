"""Videos as cameras and editing programs write them: fields, stamps, groups and containers."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from letter_clips import numbered, numbers, write_foreign
from made_videos import counted, interlaced, write_rated
from seine_core.media.video import probe, read_frames

INTERLACED = [
    ("fields.mp4", "libx264", {"x264-params": "tff=1", "crf": "4"}),
    ("fields.ts", "libx264", {"x264-params": "tff=1:keyint=10", "crf": "4"}),
    ("fields.mxf", "mpeg2video", {"flags": "+ildct+ilme", "q:v": "2"}),
]
OPEN_GROUPS = [
    ("open.mp4", "libx265", {"x265-params": "open-gop=1:keyint=12:bframes=4:log-level=none"}),
    ("open.mkv", "libx265", {"x265-params": "open-gop=1:keyint=12:bframes=4:log-level=none"}),
    ("open.ts", "libx264", {"x264-params": "open-gop=1:keyint=12:bframes=3"}),
    ("open2.ts", "mpeg2video", {"g": "12", "bf": "2"}),
    ("open.mxf", "mpeg2video", {"g": "12", "bf": "2"}),
    ("packed.avi", "mpeg4", {"g": "12", "bf": "2"}),
    ("open.avi", "libx264", {"x264-params": "open-gop=1:keyint=12:bframes=3"}),
]


def combing(still) -> float:
    """How much neighbouring rows differ, beyond what they do two rows apart."""
    rows = still[..., 0].astype(int)
    return float(np.abs(rows[1:-1] - rows[:-2]).mean() - np.abs(rows[2:] - rows[:-2]).mean())


def left_of_bar(still) -> float:
    row = still[still.shape[0] // 2, :, 0].astype(float)
    return float(np.argmax(row > 125))


@pytest.mark.parametrize(("name", "codec", "options"), INTERLACED)
def test_fields_become_whole_pictures_of_the_first_moment(tmp_path, name, codec, options):
    woven = interlaced(14)
    assert combing(woven[5]) > 10
    path = write_rated(tmp_path / name, woven, codec, options=options)
    whole = list(read_frames(path, 25))
    assert len(whole) == 14
    for n, still in enumerate(whole[1:-1], 1):
        assert combing(still) < 2
        assert left_of_bar(still) == pytest.approx(8 * n, abs=2)
    for first in (3, 10, 11):  # what is made of several pictures is the same from anywhere
        for got, expected in zip(
            read_frames(path, 25, first / 25, 3), whole[first : first + 3], strict=True
        ):
            assert np.array_equal(got, expected)


def test_whole_pictures_in_fields_are_left_alone(tmp_path):
    still = numbered(0b1010_0110_1001_0101, 128, 96)
    options = {"x264-params": "tff=1", "crf": "1"}
    path = write_rated(tmp_path / "still.mp4", [still] * 4, "libx264", options=options)
    for got in read_frames(path, 25):
        assert np.abs(got.astype(int) - still).mean() < 3


@pytest.mark.parametrize(("name", "codec", "options"), OPEN_GROUPS)
def test_a_cut_is_exact_in_every_group(tmp_path, name, codec, options):
    path = write_rated(tmp_path / name, counted(60), codec, options=options)
    assert numbers(path, 25) == list(range(60))
    for first in (1, 9, 10, 11, 12, 13, 14, 23, 24, 25, 40, 59):
        assert numbers(path, 25, first / 25, 2) == list(range(60))[first : first + 2]


@pytest.mark.parametrize("bframes", [0, 3])
def test_a_cut_on_the_way_is_exact_behind_what_was_left_out(tmp_path, bframes):
    """Long groups, uneven spacing: pictures that nobody needs are passed over on the way."""
    rng = np.random.default_rng(4)
    times = np.cumsum(rng.choice([10, 40, 41, 90, 700], 200)).tolist()
    options = {"x264-params": f"keyint=200:bframes={bframes}:b-pyramid=none"}
    path = write_foreign(tmp_path / "long.mp4", counted(200), times, options=options)
    stamps = [time - times[0] for time in times]
    for at_ms in (*stamps[60:200:23], *(time + 5 for time in stamps[65:190:31])):
        expected = max(n for n, time in enumerate(stamps) if time <= at_ms)
        assert numbers(path, 25, at_ms / 1000, 1) == [expected]


def test_uneven_stamps_do_not_drift_in_ten_minutes(tmp_path):
    rng = np.random.default_rng(1)
    gaps = rng.choice([33, 34, 50, 67, 1001, 2500], 1500, p=[0.3, 0.3, 0.1, 0.1, 0.15, 0.05])
    times = [0, *np.cumsum(gaps).tolist()]
    times = [time for time in times if time < 600_000]
    stills = [numbered(n % 65536, 32, 32) for n in range(len(times))]
    path = write_foreign(tmp_path / "phone.mp4", stills, times, options={"crf": "16", "bf": "0"})
    assert probe(path).duration_s == pytest.approx((times[-1] + 100) / 1000, abs=0.01)
    rate = Fraction(30000, 1001)
    for n in (0, 9000, 17_000):
        at_ms = Fraction(n * 1000, 1) / rate
        if at_ms > times[-1]:
            continue
        expected = max(k for k, time in enumerate(times) if time <= at_ms)
        assert numbers(path, rate, float(at_ms / 1000), 1) == [expected]
    last = len(times) - 1
    assert numbers(path, 25, times[-1] / 1000) == [last] * 3
    *_, end = pairwise(read_frames(path, 25, times[-1] / 1000 - 1))
    assert np.array_equal(*end)


def test_an_edit_list_cuts_the_beginning(tmp_path):
    """Cut without decoding: the file begins with a key frame that is not to be seen."""
    path = write_rated(
        tmp_path / "cut.mp4",
        counted(40),
        "libx264",
        container_options={"avoid_negative_ts": "disabled", "use_editlist": "1"},
        shift=-7,
    )
    assert numbers(path, 25) == list(range(7, 40))
    assert numbers(path, 25, 0.4, 3) == [17, 18, 19]
    assert probe(path).duration_s == pytest.approx(33 / 25, abs=0.01)


@pytest.mark.parametrize(
    ("name", "shift", "settings"),
    [
        ("negative.mp4", 0, {"movflags": "negative_cts_offsets", "use_editlist": "0"}),
        ("late.mp4", 50, {}),
        ("late.mkv", 50, {}),
        ("late.ts", 250, {}),
    ],
)
def test_time_begins_with_the_first_picture(tmp_path, name, shift, settings):
    options = {"x264-params": "bframes=3"}
    path = write_rated(
        tmp_path / name,
        counted(40),
        "libx264",
        options=options,
        container_options=settings,
        shift=shift,
    )
    assert numbers(path, 25) == list(range(40))
    assert numbers(path, 25, 0.6, 4) == [15, 16, 17, 18]


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt"),
    [
        ("camera.mxf", "mpeg2video", "yuv420p"),
        ("camera.mts", "libx264", "yuv420p"),
        ("studio.mov", "prores_ks", "yuv422p10le"),
        ("studio.mkv", "ffv1", "yuv420p10le"),
        ("motion.avi", "mjpeg", "yuvj420p"),
        ("deep.mp4", "libx265", "yuv420p12le"),
        ("new.mp4", "libsvtav1", "yuv420p10le"),
        ("new.webm", "libsvtav1", "yuv420p"),
    ],
)
def test_what_cameras_and_studios_write_can_be_read(tmp_path, name, codec, pix_fmt):
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    path = write_rated(tmp_path / name, counted(12), codec, pix_fmt=pix_fmt, options=options)
    assert numbers(path, 25) == list(range(12))
    assert numbers(path, 25, 0.32) == list(range(8, 12))
    assert (probe(path).width, probe(path).height) == (64, 48)
