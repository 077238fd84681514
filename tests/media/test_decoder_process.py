"""A decoder reaches nothing but the file it is given, and ends with the program that began it."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import hostile_media as hostile
from letter_clips import numbers, write_numbered, write_tone
from pool_processes import decoders, has_ended, linux, peak, run
from seine_core.errors import BadInput
from seine_core.media.decoding import decoder_pool
from seine_core.media.frames import load_image
from seine_core.media.sound import check_sound, read_sound
from seine_core.media.video import probe, read_comment, read_frames
from waiting import wait_for


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
