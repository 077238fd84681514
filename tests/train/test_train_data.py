"""Clips out of folders: lists of every layout, files of every fault, and their order."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from letter_clips import number, write_numbered
from moving_squares import MovingSquares, tiny_run
from seine_core.errors import BadInput
from seine_core.media.captioned_files import Captioned, captioned_files
from seine_core.media.frames import IMAGE_SUFFIXES
from seine_core.media.video import VIDEO_SUFFIXES
from seine_core.train.cache import LatentCache, TextCache
from seine_core.train.clips import Clip
from seine_core.train.config import ClipShape, Images, Videos
from seine_core.train.images import ImageClips
from seine_core.train.loading import Item, Items, load_batches
from seine_core.train.sources import open_source
from seine_core.train.videos import VideoClips

SHAPE = ClipShape(frames=8, width=64, height=48)


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two whole videos of 40 frames, and one of every fault."""
    folder = tmp_path_factory.mktemp("videos")
    write_numbered(folder / "a.mp4", range(40))
    write_numbered(folder / "b.mp4", range(100, 140), width=98, height=34, fps=30)
    write_numbered(folder / "short.mp4", range(5))
    (folder / "a.txt").write_text("  the\nsea ", "utf-8")
    (folder / "empty.mp4").touch()
    (folder / "damaged.mp4").write_bytes((folder / "a.mp4").read_bytes()[:200])
    (folder / "text.mp4").write_text("no video")
    return folder


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def names(files: list[Captioned]) -> list[tuple[str, tuple[str, ...]]]:
    return [(file.path.name, file.captions) for file in files]


# --- lists ---


def test_without_a_list_captions_stand_beside_the_videos(videos: Path) -> None:
    files, faults = captioned_files(videos, None, VIDEO_SUFFIXES)
    assert len(files) == 6 and not faults
    assert names(files)[:2] == [("a.mp4", ("the sea",)), ("b.mp4", ("",))]


def test_csv_and_jsonl_with_bad_rows(videos: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.mp4").touch()
    (videos / "link.mp4").unlink(missing_ok=True)
    (videos / "link.mp4").symlink_to(tmp_path / "outside.mp4")
    rows = [
        ("b.mp4", "a city"),
        ("a.mp4", "the sea"),
        ("a.mp4", "the sea again"),
        ("missing.mp4", "x"),
        ("../outside.mp4", "x"),
        (str(tmp_path / "outside.mp4"), "x"),
        ("link.mp4", "x"),
        ("", "x"),
        ("x" * 5000, "x"),
    ]
    expected = [("a.mp4", ("the sea", "the sea again")), ("b.mp4", ("a city",))]
    table = write(
        tmp_path / "c.csv", "path,caption\n" + "".join(f"{p},{c}\n" for p, c in rows) + "a.mp4\n"
    )
    files, faults = captioned_files(videos, table, VIDEO_SUFFIXES)
    assert names(files) == expected
    assert [fault.split(": ", 1)[0] for fault in faults] == [
        f"{table}, line {line}" for line in range(5, 12)
    ]
    assert "missing.mp4 is not there" in faults[0]
    assert all("lies outside" in fault for fault in faults[1:4])
    assert "the caption is None" in faults[-1]

    lines = [json.dumps({"path": p, "caption": c}) for p, c in rows]
    lines += ["", "{", "[1]", '{"path": 3, "caption": "x"}', '{"path": "a.mp4", "caption": 3}']
    files, faults = captioned_files(
        videos, write(tmp_path / "c.jsonl", "\n".join(lines)), VIDEO_SUFFIXES
    )
    assert names(files) == expected
    assert len(faults) == 10
    (videos / "link.mp4").unlink()


def test_webvid(tmp_path: Path) -> None:
    (tmp_path / "000001_000050").mkdir()
    (tmp_path / "000001_000050/123.mp4").touch()
    table = write(
        tmp_path / "results.csv",
        "videoid,contentUrl,duration,page_dir,name\n"
        '123,https://example.org/123.mp4,PT00H00M10S,000001_000050,"Waves, calm"\n'
        "124,https://example.org/124.mp4,PT00H00M10S,000001_000050,Gone\n",
    )
    files, faults = captioned_files(tmp_path, table, VIDEO_SUFFIXES)
    assert names(files) == [("123.mp4", ("Waves, calm",))]
    assert len(faults) == 1


def test_msr_vtt(tmp_path: Path) -> None:
    (tmp_path / "video7.mp4").touch()
    content = {
        "videos": [{"video_id": "video7", "split": "train"}],
        "sentences": [
            {"video_id": "video7", "caption": "a man sings"},
            {"video_id": "video7", "caption": "a song"},
            {"video_id": "video8", "caption": "gone"},
            "nonsense",
        ],
    }
    table = write(tmp_path / "train_val_videodatainfo.json", json.dumps(content))
    files, faults = captioned_files(tmp_path, table, VIDEO_SUFFIXES)
    assert names(files) == [("video7.mp4", ("a man sings", "a song"))]
    assert len(faults) == 2


def test_msr_vtt_by_split(tmp_path: Path) -> None:
    content = {
        "videos": [{"video_id": f"video{i}", "split": s} for i, s in enumerate(("train", "test"))],
        "sentences": [{"video_id": f"video{i}", "caption": f"no. {i}"} for i in range(2)],
    }
    for i in range(2):
        (tmp_path / f"video{i}.mp4").touch()
    table = write(tmp_path / "MSRVTT_data.json", json.dumps(content))
    for split, expected in (("test", [1]), ("validate", [0, 1]), (None, [0, 1])):
        files, _ = captioned_files(tmp_path, table, VIDEO_SUFFIXES, split=split)
        assert [file.captions for file in files] == [(f"no. {i}",) for i in expected]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("c.csv", "file,text\na.mp4,x\n", "has the columns file, text; expected are path and"),
        ("c.csv", "", "has the columns none"),
        ("c.csv", "path,caption\ngone.mp4,x\n", "names no file that is there .*gone.mp4 is not"),
        ("c.json", "[]", "has no list `sentences`"),
        ("c.json", "{", "cannot be read"),
        ("c.xlsx", "x", "allowed .csv, .jsonl and"),
        ("", "", "cannot be read"),
    ],
)
def test_a_list_of_no_use_is_one_line(
    videos: Path, tmp_path: Path, name: str, text: str, message: str
) -> None:
    table = write(tmp_path / name, text) if name else tmp_path / "no.csv"
    with pytest.raises(BadInput, match=message) as error:
        captioned_files(videos, table, VIDEO_SUFFIXES)
    assert "\n" not in str(error.value)


def test_a_missing_or_empty_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        captioned_files(tmp_path / "no", None, VIDEO_SUFFIXES)
    with pytest.raises(BadInput, match=r"names no file .* ending in \.mp4"):
        captioned_files(tmp_path, None, VIDEO_SUFFIXES)


# --- videos and pictures ---


def video_clips(folder: Path, *names: str, stride: tuple[int, int] = (1, 4)) -> VideoClips:
    files = [Captioned(path=folder / name, captions=("the sea", "a city")) for name in names]
    return VideoClips(files, Videos(kind="videos", folder=folder, stride=stride), SHAPE)


@pytest.mark.parametrize(("name", "first"), [("a.mp4", 0), ("b.mp4", 100)])
def test_clips_start_anywhere_and_step_evenly(videos: Path, name: str, first: int) -> None:
    source = video_clips(videos, name)
    starts, strides, captions = set(), set(), set()
    for seed in range(25):
        clip = source.clip(0, seed)
        assert clip.frames.shape == (8, 48, 64, 3) and clip.frames.dtype == np.uint8
        if name == "a.mp4":  # the other's shape is cropped, its numbers with it
            shown = [number(frame) - first for frame in clip.frames]
            steps = set(np.diff(shown).tolist())
            assert len(steps) == 1 and shown[0] >= 0 and shown[-1] < 40
            starts.add(shown[0])
            strides |= steps
        captions.add(clip.caption)
    assert captions == {"the sea", "a city"}
    if name == "a.mp4":
        assert strides == {1, 2, 3, 4} and len(starts) > 8


def test_the_same_seed_gives_the_same_clip(videos: Path) -> None:
    first, again, other = (video_clips(videos, "a.mp4").clip(0, seed) for seed in (5, 5, 6))
    assert np.array_equal(first.frames, again.frames) and first.caption == again.caption
    assert not np.array_equal(first.frames, other.frames)


def test_a_stride_that_does_not_fit_is_made_smaller(videos: Path) -> None:
    clip = video_clips(videos, "a.mp4", stride=(30, 30)).clip(0, 0)
    assert np.diff([number(frame) for frame in clip.frames]).tolist() == [5] * 7


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("short.mp4", "has 5 frames, a clip needs at least 8"),
        ("empty.mp4", "is empty"),
        ("damaged.mp4", "damaged.mp4"),
        ("text.mp4", "no video that can be read"),
        ("gone.mp4", "no such file"),
    ],
)
def test_a_file_of_no_use_says_why(videos: Path, name: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        video_clips(videos, name).clip(0, 0)


def test_pictures_become_clips_with_the_cameras_words(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 100, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png")
    (tmp_path / "a.txt").write_text("in my style")
    Image.new("L", (7, 301), 90).save(tmp_path / "b.jpg")
    files, _ = captioned_files(tmp_path, None, IMAGE_SUFFIXES)
    source = ImageClips(files, Images(kind="images", folder=tmp_path), SHAPE)
    captions = set()
    for seed in range(12):
        clip = source.clip(0, seed)
        assert clip.frames.shape == (8, 48, 64, 3)
        still = all(np.array_equal(frame, clip.frames[0]) for frame in clip.frames)
        assert still == ("static camera" in clip.caption)
        captions.add(clip.caption)
    assert len(captions) > 5 and all(caption.startswith("in my style, ") for caption in captions)
    assert source.clip(1, 0).frames.shape == (8, 48, 64, 3)
    assert not source.clip(1, 0).caption.startswith(",")


# --- order and processes ---


def numbers_of(items: list[list[Item]]) -> list[list[int]]:
    return [[item.number for item in batch] for batch in items]


def test_every_clip_comes_once_an_epoch_in_another_order() -> None:
    items = Items(MovingSquares(10), seed=1)
    epochs = [[items.place(number)[0] for number in range(e * 10, e * 10 + 10)] for e in range(3)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]
    seeds = {items.place(number)[1] for number in range(30)}
    assert len(seeds) == 30
    few = Items(MovingSquares(10), seed=1, variations=2)
    assert len({few.place(number) for number in range(100)}) == 20


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_worker_processes_change_nothing(videos: Path, tmp_path: Path, workers: int) -> None:
    """Files of no use among them."""
    source = open_source(Videos(kind="videos", folder=videos), SHAPE)
    config = tiny_run(tmp_path, steps=4, loading={"workers": workers})
    loaded = [
        item for batch in load_batches(Items(source, 0), config, first_step=0) for item in batch
    ]
    expected = [Items(source, 0)[number] for number in range(8)]
    assert [item.number for item in loaded] == list(range(8))
    for item, same in zip(loaded, expected, strict=True):
        assert item.frames is not None and same.frames is not None
        assert torch.equal(item.frames, same.frames) and item.caption == same.caption
    faults = {fault for item in loaded for fault in item.faults}
    assert {Path(fault.split(":")[0]).name for fault in faults} == {
        "short.mp4",
        "empty.mp4",
        "damaged.mp4",
        "text.mp4",
    }


def test_processes_share_a_step_and_resuming_skips_what_was_seen(tmp_path: Path) -> None:
    items = Items(MovingSquares(), 0)
    alone = tiny_run(tmp_path, steps=3, batch_size=4)
    shared = tiny_run(tmp_path, steps=3, batch_size=1, accumulate=2)
    one = numbers_of(list(load_batches(items, alone, first_step=0)))
    assert one == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    two = [
        numbers_of(list(load_batches(items, shared, first_step=0, process=p, processes=2)))
        for p in (0, 1)
    ]
    assert two == [[[0], [2], [4], [6], [8], [10]], [[1], [3], [5], [7], [9], [11]]]
    assert numbers_of(list(load_batches(items, alone, first_step=2))) == [[8, 9, 10, 11]]


def test_when_no_clip_is_left_it_ends_with_one_line(videos: Path) -> None:
    bad = video_clips(videos, "short.mp4", "text.mp4")
    with pytest.raises(BadInput, match=r"none of 2 clips can be used.*(short|text)\.mp4") as error:
        Items(bad, 0)[0]
    assert "\n" not in str(error.value)

    class Nothing(MovingSquares):
        def __len__(self) -> int:
            return 0

    with pytest.raises(BadInput, match="no clip to train on"):
        Items(Nothing(), 0)


# --- cache ---


class Counted(MovingSquares):
    made = 0

    def clip(self, index: int, seed: int) -> Clip:
        self.made += 1
        return super().clip(index, seed)


def test_latents_are_made_once_for_each_variation(tmp_path: Path) -> None:
    source = Counted(4)
    cache = LatentCache(tmp_path, "a vae", "4x32x32")
    items = Items(source, 0, variations=2, cache=cache)
    for n in range(16):
        item = items[n]
        if item.latents is None:
            assert n < 8
            cache.put(item.key, torch.full((4, 4, 4, 4), float(n)), item.caption)
        else:
            assert float(item.latents[0, 0, 0, 0]) < 8
            index, seed = items.place(n)
            assert item.caption == MovingSquares().clip(index, seed).caption
    assert source.made == 8
    other = Items(source, 0, variations=2, cache=LatentCache(tmp_path, "another vae", "4x32x32"))
    assert other[0].latents is None


def test_a_damaged_file_in_the_cache_is_made_anew(tmp_path: Path) -> None:
    cache = TextCache(tmp_path, "an encoder")
    assert cache.get("the sea") is None
    cache.put("the sea", torch.ones(2, 3))
    found: Any = cache.get("the sea")
    assert torch.equal(found, torch.ones(2, 3))
    assert TextCache(tmp_path, "another").get("the sea") is None
    (file,) = tmp_path.rglob("*.safetensors")
    file.write_bytes(file.read_bytes()[:-5])
    assert cache.get("the sea") is None


def test_a_changed_file_has_another_key(videos: Path, tmp_path: Path) -> None:
    copy = tmp_path / "a.mp4"
    copy.write_bytes((videos / "a.mp4").read_bytes())
    source = video_clips(tmp_path, "a.mp4")
    before = source.key(0)
    assert source.key(0) == before
    copy.write_bytes(copy.read_bytes() + b"\0")
    assert source.key(0) != before
