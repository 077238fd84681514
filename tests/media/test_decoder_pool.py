"""Files from outside are decoded in child processes, with limits; nobody waits for a bad one."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import hostile_media as hostile
from letter_clips import numbers, write_numbered, write_tone
from seine_core.errors import BadInput
from seine_core.media.cuts import find_scenes
from seine_core.media.decoding import decoder_pool
from seine_core.media.decoding.decoder_pool import DecoderPool, Turns
from seine_core.media.decoding.decoder_process import Decoder, Lost
from seine_core.media.decoding.limits import MAX_BYTES, Limits, max_pixels
from seine_core.media.frames import load_image
from seine_core.media.video import check_sound, probe, read_comment, read_frames, read_sound
from seine_core.story.disk.storage import add_media
from waiting import wait_for

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., DecoderPool]]:
    """Makes the program use a pool of its own, which ends with the test."""
    pools: list[DecoderPool] = []

    def make(at_once: int = 2, **limits: Any) -> DecoderPool:
        pool = DecoderPool(Limits(**limits), at_once)
        monkeypatch.setattr(decoder_pool, "_pool", pool)
        pools.append(pool)
        return pool

    yield make
    for pool in pools:
        pool.close()


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.png"
    Image.new("RGB", (64, 48), "red").save(path)
    return path


def decoders(pool: DecoderPool) -> list[int]:
    return [decoder.process.pid for decoder in pool._all]


def peak(pool: DecoderPool) -> int:
    """Bytes that the pool's processes had in memory at most."""
    lines = [
        line
        for pid in decoders(pool)
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmHWM")
    ]
    return sum(int(line.split()[1]) * 1024 for line in lines)


def has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


# -- files that take too much ----------------------------------------------------------------------

CLAIMS: list[tuple[str, Callable[[Path], Any], str]] = [
    ("vp8l.webp", lambda p: hostile.huge_webp(p, b"VP8L"), "16384 x 16384 pixels, allowed 64"),
    ("vp8x.webp", lambda p: hostile.huge_webp(p, b"VP8X"), "16384 x 16384 pixels, allowed 64"),
    ("vp8.webp", lambda p: hostile.huge_webp(p, b"VP8 "), "16383 x 16383 pixels, allowed 64"),
    ("bits.png", lambda p: hostile.png(p, 9000, 9000, depth=1, colour=0), "9000 x 9000 pixels"),
    ("screen.gif", lambda p: hostile.gif_of_frames(p, 1, 65535), "pixels, allowed 64 million"),
]


@linux
@pytest.mark.parametrize(("name", "make", "words"), CLAIMS, ids=[name for name, *_ in CLAIMS])
def test_a_file_that_claims_to_be_huge_is_refused_by_its_header(
    tmp_path, use, name, make, words
) -> None:
    pool = use()
    make(tmp_path / name)
    assert (tmp_path / name).stat().st_size < 20_000
    with pytest.raises(BadInput, match=words):
        load_image(tmp_path / name)
    with pytest.raises(BadInput, match="pixels"):
        add_media(tmp_path / "story", tmp_path / name)
    assert peak(pool) < 150_000_000


SLOW: list[tuple[str, Callable[[Path], Any]]] = [
    ("scans.jpg", lambda p: hostile.jpeg_of_scans(p)),
    ("strips.tif", lambda p: hostile.tiff_of_strips(p, 700_000)),
]


@pytest.mark.parametrize(("name", "make"), SLOW, ids=[name for name, _ in SLOW])
def test_a_file_that_takes_too_long_is_ended_and_told(tmp_path, use, good, name, make) -> None:
    pool = use(base_s=0.5, megapixel_s=0.1)
    make(tmp_path / name)
    before = os.times()
    with pytest.raises(BadInput, match="takes more processor time to decode than allowed"):
        load_image(tmp_path / name)
    assert decoders(pool) == []  # its parent has waited for it, so its time is known
    after = os.times()
    spent = after.children_user + after.children_system
    assert spent - before.children_user - before.children_system < 6
    assert load_image(good).shape == (48, 64, 3)


@linux
def test_a_picture_that_takes_too_much_memory_is_told(tmp_path, use, good) -> None:
    pool = use(memory=60_000_000)
    hostile.png(tmp_path / "deep.png", 5000, 5000, depth=16, colour=6)
    with pytest.raises(BadInput, match="takes more memory to decode than allowed \\(60 MB\\)"):
        load_image(tmp_path / "deep.png")
    assert decoders(pool) == []  # one that ran out of memory is replaced
    hostile.png_in_mov(tmp_path / "deep.mov", 2000)
    for read in (probe, lambda path: list(read_frames(path, 25))):
        with pytest.raises(BadInput, match="takes more memory to decode than allowed \\(60 MB\\)"):
            read(tmp_path / "deep.mov")
    assert load_image(good).shape == (48, 64, 3)
    assert peak(pool) < 200_000_000


@linux
def test_what_a_decoder_takes_at_most_is_what_it_may_take(tmp_path, good) -> None:
    """As the system counts it: the largest of a program's children that have ended."""
    hostile.png(tmp_path / "deep.png", 5000, 5000, depth=16, colour=6)
    code = """
        import resource, sys
        from seine_core.errors import BadInput
        from seine_core.media.frames import load_image
        from seine_core.media.decoding.decoder_pool import DecoderPool
        from seine_core.media.decoding import decoder_pool
        from seine_core.media.decoding.limits import Limits
        for path, memory in ((sys.argv[1], 60), (sys.argv[2], 60), (sys.argv[2], 1000)):
            decoder_pool._pool = DecoderPool(Limits(memory=memory * 1_000_000))
            try:
                load_image(path)
            except BadInput as error:
                print("MB" in str(error), file=sys.stderr)
            decoder_pool._pool.close()
            print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
        """
    with run(code, good, tmp_path / "deep.png", stderr=subprocess.PIPE) as program:
        out, err = program.communicate(timeout=200)
    plain, bounded, unbounded = map(int, out.split())
    assert err == "True\n"
    assert bounded - plain < 80_000_000 < unbounded - plain


def test_the_largest_picture_that_is_allowed_fits_the_memory(tmp_path) -> None:
    """Turned and with four channels, it takes most."""
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("RGBA", (8000, 8000), (255, 0, 0, 128))
    image.save(tmp_path / "large.png", exif=exif, compress_level=1)
    assert load_image(tmp_path / "large.png").shape == (4096, 4096, 3)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("days.mp4", hostile.mp4_of_odd_times),
        ("rate.mp4", lambda p: hostile.mp4_with(p, b"mdhd", b"\x7f\xff\xff\xff", 12)),
        ("hold.mp4", lambda p: hostile.mp4_with(p, b"stts", b"\x7f\xff\xff\xff" * 2, 8)),
        ("edits.mp4", lambda p: hostile.mp4_with(p, b"elst", b"\x7f\xff\xff\xff" * 2, 8)),
        ("size.mp4", lambda p: hostile.mp4_with(p, b"avc1", b"\xff" * 4, 24)),
        ("frames.gif", lambda p: hostile.gif_of_frames(p, 10_000)),
    ],
)
def test_odd_times_and_sizes_of_a_video_are_read_or_told(tmp_path, name, make) -> None:
    make(tmp_path / name)
    try:
        info = probe(tmp_path / name)
    except BadInput as error:
        assert len(str(error)) <= 1000
        return
    assert 0 < info.duration_s <= 1e6 and info.fps > 0
    assert info.width <= 8192 and info.height <= 8192
    for start_s in (0.0, 3000.0):
        stills = list(read_frames(tmp_path / name, 24, start_s, 100))
        assert len(stills) <= 100
    find_scenes(tmp_path / name)


def test_a_sound_of_slow_samples_is_refused(tmp_path) -> None:
    hostile.wav_of_slow_samples(tmp_path / "slow.wav")
    with pytest.raises(BadInput, match="1 channels at 1 Hz, allowed 1 to 8"):
        check_sound(tmp_path / "slow.wav")
    with pytest.raises(BadInput, match="1 channels at 1 Hz, allowed 1 to 8"):
        next(read_sound(tmp_path / "slow.wav", 0.0))


def test_the_environment_says_how_many_pixels_are_allowed(tmp_path, use, monkeypatch) -> None:
    hostile.png(tmp_path / "fits.png", 2000, 1000, depth=1, colour=0)
    hostile.png(tmp_path / "large.png", 2001, 1000, depth=1, colour=0)
    monkeypatch.setenv("SEINE_MAX_MEGAPIXELS", "2")
    use()
    assert load_image(tmp_path / "fits.png").shape == (1000, 2000, 3)
    with pytest.raises(BadInput, match="2001 x 1000 pixels, allowed 2 million"):
        load_image(tmp_path / "large.png")
    for said, millions in (("", 64), ("x", 64), ("-3", 64), ("0", 1), ("100", 100), ("9999", 1000)):
        monkeypatch.setenv("SEINE_MAX_MEGAPIXELS", said)
        assert max_pixels() == millions * 1_000_000


# -- nobody waits for a bad file -------------------------------------------------------------------


def test_two_bad_files_hold_up_no_good_one(tmp_path, use, good) -> None:
    use(at_once=decoder_pool.AT_ONCE, base_s=4.0)
    bad = hostile.jpeg_of_scans(tmp_path / "scans.jpg")
    with ThreadPoolExecutor(2) as threads:
        ends = [threads.submit(load_image, bad) for _ in range(2)]
        for _ in range(3):
            assert load_image(good).shape == (48, 64, 3)
        assert not any(end.done() for end in ends)
        for end in ends:
            assert isinstance(end.exception(), BadInput)


def test_who_came_first_is_served_first() -> None:
    turns, order = Turns(1), []
    with turns.turn():
        threads = []
        for n in range(5):

            def work(n: int = n) -> None:
                with turns.turn():
                    order.append(n)

            threads.append(threading.Thread(target=work))
            threads[-1].start()
            wait_for(lambda n=n: len(turns._waiting) == n + 1)
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]
    with turns.turn():  # and the turn is free again
        pass


def test_who_reads_slowly_holds_nobody_up(tmp_path, use, good) -> None:
    pool = use(at_once=1)
    clip = write_numbered(tmp_path / "clip.mp4", range(50))
    readers = [read_frames(clip, 24) for _ in range(3)]
    assert all(next(reader) is not None for reader in readers)
    assert load_image(good).shape == (48, 64, 3)
    assert [sum(1 for _ in reader) for reader in readers] == [49] * 3
    assert len(decoders(pool)) <= 2  # as many as stay warm


def test_threads_read_different_files_at_once(tmp_path, use) -> None:
    use(at_once=3)
    clips = [write_numbered(tmp_path / f"{n}.mp4", range(n, n + 40)) for n in range(6)]
    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(numbers, clips)) == [list(range(n, n + 40)) for n in range(6)]


# -- decoders that die -----------------------------------------------------------------------------


def test_a_decoder_that_was_killed_is_replaced(tmp_path, use, good) -> None:
    pool = use()
    load_image(good)
    (first,) = decoders(pool)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: has_ended(first))
    assert load_image(good).shape == (48, 64, 3)
    assert first not in decoders(pool)


@pytest.mark.parametrize(
    ("name", "words"), [("SIGSEGV", "crash \\(SIGSEGV\\)"), ("SIGKILL", "decoder killed")]
)
def test_a_file_that_crashes_its_decoder_is_told(tmp_path, use, good, name, words) -> None:
    pool = use()
    clip = write_numbered(tmp_path / "clip.mp4", range(100))
    stills = read_frames(clip, 24)
    next(stills)
    (pid,) = decoders(pool)
    os.kill(pid, getattr(signal, name))
    with pytest.raises(BadInput, match=words):
        list(stills)
    assert decoders(pool) == []
    assert load_image(good).shape == (48, 64, 3)


def test_who_stops_early_leaves_the_decoder_to_others(tmp_path, use) -> None:
    pool = use()
    clip = write_numbered(tmp_path / "clip.mp4", range(200))
    for _ in range(3):
        stills = read_frames(clip, 24)
        next(stills)
        stills.close()
        del stills
        for _still in read_frames(clip, 24):
            break
        assert len(decoders(pool)) == 1 and len(pool._idle) == 1
    assert numbers(clip) == list(range(200))


def test_frames_before_the_damage_are_given(tmp_path) -> None:
    whole = write_numbered(tmp_path / "clip.mp4", range(48), quality="final").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) * 3 // 4])
    got = numbers(tmp_path / "cut.mp4")
    assert 10 < len(got) < 48 and got == list(range(len(got)))


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        [0, [10, 10, 3], "|u1"],
        [0, [10, 10, 3], "|O", 1],
        [0, [MAX_BYTES, 2], "|u1", 1],
        [-5, [5], "|u1", 1],
        [MAX_BYTES - 1, [5], "|u1", 1],
        [0, [-1, -5], "|u1", 1],
        [0, ["1"], "|u1", 1],
        [0, [1.5], "|u1", 1],
        [0, [4], "|u1", 10**12],
        [0, [1] * 9, "|u1", 1],
        {"at": 0},
    ],
)
def test_a_decoder_is_not_believed(told) -> None:
    decoder = Decoder(Limits())
    try:
        with pytest.raises(Lost):
            decoder.piece(told)
    finally:
        decoder.close()


# -- what a decoder cannot do ----------------------------------------------------------------------


@linux
def test_a_decoder_opens_nothing_and_writes_nothing(use, good) -> None:
    pool = use(memory=500_000_000)
    load_image(good)
    (pid,) = decoders(pool)
    limits = {
        line[:25].strip(): line[26:].split()[0]
        for line in Path(f"/proc/{pid}/limits").read_text().splitlines()[1:]
    }
    assert limits["Max file size"] == limits["Max core file size"] == "0"
    handles = {int(entry.name) for entry in Path(f"/proc/{pid}/fd").iterdir()}
    # One more: the file that is to be decoded. All others of its numbers are taken.
    assert int(limits["Max open files"]) == len(handles) + 1 == max(handles) + 2
    assert int(limits["Max address space"]) < 1_500_000_000
    mapped = Path(f"/proc/{pid}/maps").read_text()
    assert not any(name in mapped for name in ("torch", "gradio", "cv2", "pydantic"))
    environment = Path(f"/proc/{pid}/environ").read_text()
    assert "HF_TOKEN" not in environment and "HOME=" not in environment


@linux
def test_a_process_that_gave_up_paths_reaches_no_file(tmp_path, use, good) -> None:
    """What is open stays open, and what decodes does not need more."""
    code = """
        import os, signal, sys
        from seine_core.media.decoding.landlock import give_up_paths
        kept = open(sys.argv[1], "rb")
        if not give_up_paths():
            print("unknown here")
            sys.exit()
        def tried(work, *args):
            try:
                work(*args)
                return "done"
            except PermissionError:
                return "refused"
        target = sys.argv[1]
        print(
            tried(open, target), tried(open, target, "w"), tried(os.unlink, target),
            tried(os.rename, target, target + "2"), tried(os.mkdir, target + "3"),
            tried(os.listdir, "/"), tried(os.execv, "/bin/true", ["true"]),
            tried(kept.read), sep="\\n",
        )
        """
    with run(code, good) as program:
        said = program.communicate(timeout=100)[0].split("\n")
    if said[0] == "unknown here":
        pytest.skip("this system has no Landlock")
    assert said == ["refused"] * 7 + ["done", ""]
    pool = use()
    load_image(good)
    (pid,) = decoders(pool)
    assert "NoNewPrivs:\t1" in Path(f"/proc/{pid}/status").read_text()


@linux
def test_no_open_file_is_left_behind(tmp_path, use, good) -> None:
    use()
    clip = write_numbered(tmp_path / "clip.mp4", range(30))
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))

    def all_kinds() -> int:
        load_image(good)
        for path in (tmp_path / "bad.png", tmp_path / "none.png"):
            with pytest.raises(BadInput):
                load_image(path)
        next(read_frames(clip, 24))
        assert len(list(read_frames(clip, 24))) == 30
        return len(os.listdir("/proc/self/fd"))

    first = all_kinds()
    assert [all_kinds() for _ in range(5)] == [first] * 5


@linux
def test_a_long_video_takes_no_more_memory_than_a_short_one(tmp_path, use) -> None:
    pool = use()
    clip = write_numbered(tmp_path / "clip.mp4", range(60), width=640, height=480)
    peaks = []
    for _ in range(4):
        assert sum(1 for _ in read_frames(clip, 240)) == 600
        peaks.append(peak(pool))
    assert peaks[-1] < peaks[0] + 20_000_000


def test_pipes_and_devices_are_not_waited_for(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path / "pipe.png", Path("/dev/zero"), Path("/dev/stdin"), tmp_path):
        for read in (load_image, probe, check_sound, read_comment):
            with pytest.raises(BadInput, match="is no file"):
                read(path)


def test_a_name_that_no_file_can_have_is_told(tmp_path) -> None:
    for name in ("a\0b.png", "\ud800.png", "x" * 5000):
        with pytest.raises(BadInput) as caught:
            load_image(tmp_path / name)
        assert len(str(caught.value)) <= 1000 and str(caught.value).isprintable()


# -- processes -------------------------------------------------------------------------------------


def run(code: str, *args: object, **settings: Any) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, args)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        **settings,
    )


@linux
@pytest.mark.parametrize("busy", [False, True])
def test_decoders_end_with_a_program_that_is_killed(tmp_path, good, busy) -> None:
    bad = hostile.jpeg_of_scans(tmp_path / "scans.jpg", 60_000)
    code = """
        import sys, threading
        from seine_core.media.frames import load_image
        from seine_core.media.decoding.decoder_pool import pool
        from seine_core.media.decoding.limits import Limits
        pool()._limits = Limits(base_s=1000)
        load_image(sys.argv[1])
        if sys.argv[3] == "True":
            threading.Thread(target=load_image, args=[sys.argv[2]]).start()
        print(*(decoder.process.pid for decoder in pool()._all), flush=True)
        sys.stdin.read()
        """
    with run(code, good, bad, busy, stdin=subprocess.PIPE) as program:
        assert program.stdout is not None
        (decoder,) = map(int, program.stdout.readline().split())
        wait_for(lambda: not busy or seconds_of(decoder) > 1.0)
        program.kill()
    wait_for(lambda: has_ended(decoder))


def seconds_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_program_ends_while_a_video_is_open(tmp_path) -> None:
    clip = write_numbered(tmp_path / "clip.mp4", range(60))
    code = """
        import sys
        from seine_core.media.video import read_frames
        stills = read_frames(sys.argv[1], 24)
        next(stills)
        """
    with run(code, clip, stderr=subprocess.PIPE) as program:
        out, err = program.communicate(timeout=60)
    assert (program.returncode, out, err) == (0, "", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_process_that_was_forked_has_decoders_of_its_own(tmp_path, good) -> None:
    clip = write_numbered(tmp_path / "clip.mp4", range(60))
    code = """
        import os, sys, warnings
        warnings.simplefilter("error")
        from seine_core.media.frames import load_image
        from seine_core.media.decoding.decoder_pool import pool
        from seine_core.media.video import read_frames
        stills = read_frames(sys.argv[2], 24)
        next(stills)
        ours = {decoder.process.pid for decoder in pool()._all}
        if not (child := os.fork()):
            load_image(sys.argv[1])
            theirs = {decoder.process.pid for decoder in pool()._all}
            pool().close()
            os._exit(bool(ours & theirs))
        assert os.waitpid(child, 0)[1] == 0
        assert sum(1 for _ in stills) == 59
        load_image(sys.argv[1])
        print("well", ours == {decoder.process.pid for decoder in pool()._all})
        """
    with run(code, good, clip, stderr=subprocess.PIPE) as program:
        out, err = program.communicate(timeout=100)
    assert (out, err) == ("well True\n", "")


def test_a_decoder_starts_only_when_there_is_something_to_decode() -> None:
    code = """
        from seine_core.media import frames, video
        from seine_core.cli import app
        from seine_core.media.decoding import decoder_pool
        print(decoder_pool._pool)
        """
    with run(code) as program:
        assert program.communicate(timeout=100)[0] == "None\n"


def test_a_system_that_passes_no_open_files_decodes_too(tmp_path, good, monkeypatch) -> None:
    monkeypatch.setattr(decoder_pool, "_CONTAINED", False)
    monkeypatch.setattr(decoder_pool, "_pool", None)
    assert tuple(load_image(good)[5, 5]) == (255, 0, 0)
    clip = write_numbered(tmp_path / "clip.mp4", range(30))
    assert numbers(clip) == list(range(30)) and probe(clip).fps == 24
    assert numbers(clip, 48, 0.5, 3) == [12, 12, 13]
    tone = write_tone(tmp_path / "tone.wav", 0.5)
    check_sound(tone)
    assert sum(len(piece) for piece in read_sound(tone, 0.0)) == 24_000
    assert read_comment(clip) is None
    hostile.huge_webp(tmp_path / "huge.webp")
    with pytest.raises(BadInput, match="16384 x 16384"):
        load_image(tmp_path / "huge.webp")
    assert decoder_pool.pool()._all == set()


def test_both_ways_give_the_same_pictures(tmp_path, monkeypatch) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (150, 201, 3), np.uint8)
    for name in ("a.png", "a.jpg", "a.webp", "a.bmp", "a.tif", "a.gif", "a.avif"):
        Image.fromarray(noise).save(tmp_path / name)
    Image.fromarray(noise).save(tmp_path / "lzw.tif", compression="tiff_lzw")
    names = sorted(tmp_path.iterdir())
    contained = [load_image(path) for path in names]
    monkeypatch.setattr(decoder_pool, "_CONTAINED", False)
    for path, still in zip(names, contained, strict=True):
        assert np.array_equal(load_image(path), still)
