"""Files from outside are decoded in child processes, with limits; nobody waits for a bad one."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import hostile_media as hostile
from letter_clips import numbers, write_numbered
from pool_processes import decoders, has_ended, linux, peak, run
from seine_core.errors import BadInput
from seine_core.media.cuts import find_scenes
from seine_core.media.decoding import decoder_pool
from seine_core.media.decoding.decoder_pool import Turns
from seine_core.media.decoding.decoder_process import Decoder, Lost
from seine_core.media.decoding.limits import MAX_BYTES, Limits, max_pixels
from seine_core.media.frames import load_image
from seine_core.media.sound import check_sound, read_sound
from seine_core.media.video import probe, read_frames
from seine_core.story.disk.storage import add_media
from waiting import wait_for

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
    """Their decoders are at a halt meanwhile, as if they had no end."""
    pool = use(at_once=decoder_pool.AT_ONCE, base_s=0.5, megapixel_s=0.1)
    bad = hostile.jpeg_of_scans(tmp_path / "scans.jpg")

    def halted() -> bool:
        busy = decoders(pool)
        for pid in busy:
            os.kill(pid, signal.SIGSTOP)
        return len(busy) == 2

    with ThreadPoolExecutor(2) as threads:
        ends = [threads.submit(load_image, bad) for _ in range(2)]
        wait_for(halted)
        held = decoders(pool)
        for _ in range(3):
            assert load_image(good).shape == (48, 64, 3)
        assert not any(end.done() for end in ends)
        for pid in held:
            os.kill(pid, signal.SIGCONT)
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
