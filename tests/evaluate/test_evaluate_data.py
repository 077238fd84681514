"""Pairs of scenes out of folders of every layout, and what is said of those that are of no use."""

import json
from pathlib import Path

import pytest

from letter_clips import number, numbered, write_numbered
from seine_core.errors import BadInput
from seine_core.evaluate.datasets import Data, open_data
from seine_core.evaluate.pairs import UnusableScene, fingerprint, read_scenes
from seine_core.media.frames import save_png
from seine_core.story import edits
from seine_core.story.disk import storage


def told(data: Data) -> list[tuple[str, str]]:
    return [(pair.id, pair.prompt) for pair in data.pairs]


def kinds(data: Data) -> list[str]:
    return [fault.kind for fault in data.faults]


def scenes(data: Data) -> list[tuple[int, int]]:
    """The numbers that the scenes of each pair show."""
    return [(number(a), number(b)) for a, b in (read_scenes(p, 64, 48) for p in data.pairs)]


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("videos")
    write_numbered(folder / "a.mp4", range(1, 71))
    write_numbered(folder / "b.mp4", range(101, 171), fps=30)
    (folder / "a.txt").write_text(" the\nsea ", "utf-8")
    return folder


def test_scenes_of_a_video_are_its_first_and_64th_frame(videos: Path) -> None:
    data = open_data([videos])
    assert told(data) == [("0001-a", "the sea"), ("0002-b", "")]
    assert kinds(data) == ["no caption"] and data.faults[0].reason.startswith("b.mp4, frames 1")
    assert scenes(data) == [(1, 64), (101, 164)]
    assert scenes(open_data([videos], frames=(3, 10))) == [(3, 10), (103, 110)]


def test_one_prompt_for_all_and_a_limit(videos: Path) -> None:
    assert told(open_data([videos], prompt="rain")) == [("0001-a", "rain"), ("0002-b", "rain")]
    assert told(open_data([videos], limit=1)) == [("0001-a", "the sea")]
    assert kinds(open_data([videos], prompt="")) == []
    both = open_data([videos, videos])
    assert [pair.id for pair in both.pairs] == ["0001-a", "0002-b", "0003-a", "0004-b"]


def test_a_scene_that_cannot_be_had(tmp_path: Path) -> None:
    write_numbered(tmp_path / "short.mp4", range(5))
    (tmp_path / "broken.mp4").write_bytes((tmp_path / "short.mp4").read_bytes()[:100])
    for pair, kind, reason in zip(
        open_data([tmp_path]).pairs,
        ("unreadable", "too short"),
        ("broken.mp4: ", "short.mp4: ends before frame 64 .about 5 frames"),
        strict=True,
    ):
        with pytest.raises(UnusableScene, match=reason) as error:
            read_scenes(pair, 64, 48)
        assert error.value.kind == kind and "\n" not in str(error.value)


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    write_numbered(tmp_path / "a.mp4", range(4))
    (pair,) = open_data([tmp_path]).pairs
    before = fingerprint(pair)
    assert fingerprint(pair) == before
    write_numbered(tmp_path / "a.mp4", range(7))
    assert fingerprint(pair) != before


def test_msr_vtt(videos: Path, tmp_path: Path) -> None:
    place = tmp_path / "TestVideo"
    place.mkdir()
    for i in (7, 8):
        (place / f"video{i}.mp4").write_bytes((videos / "a.mp4").read_bytes())
    captions = [f"caption {i}" for i in range(20)]
    content = {
        "videos": [
            {"video_id": f"video{i}", "split": "test" if i else "train"} for i in (0, 7, 8, 9)
        ],
        "sentences": [
            {"video_id": f"video{i}", "caption": said} for i in (0, 7, 8, 9) for said in captions
        ],
    }
    (tmp_path / "test_videodatainfo.json").write_text(json.dumps(content), "utf-8")
    (tmp_path / "other.json").write_text("[]", "utf-8")
    data = open_data([tmp_path])
    assert [pair.id for pair in data.pairs] == ["0001-video7", "0002-video8"]
    assert all(pair.prompt in captions for pair in data.pairs)
    assert len(data.faults) == 1 and "video9.mp4 is not there" in data.faults[0].reason
    assert told(open_data([tmp_path])) == told(data)
    chosen = {open_data([tmp_path], seed=seed).pairs[0].prompt for seed in range(8)}
    assert len(chosen) > 2


def test_a_list_beside_the_videos(videos: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/x.mp4").write_bytes((videos / "a.mp4").read_bytes())
    (tmp_path / "out.mp4").write_bytes(b"x")
    table = tmp_path / "in/list.csv"
    table.write_text("path,caption\nx.mp4,a wave\n../out.mp4,no\nnone.mp4,no\n", "utf-8")
    data = open_data([tmp_path / "in"])
    assert told(data) == [("0001-x", "a wave")]
    assert kinds(data) == ["bad row", "bad row"]
    assert "lies outside" in " ".join(fault.reason for fault in data.faults)
    (tmp_path / "in/second.jsonl").touch()
    with pytest.raises(BadInput, match=r"several lists \(list.csv, second.jsonl\)"):
        open_data([tmp_path / "in"])


def test_pairs_by_name(tmp_path: Path) -> None:
    for n, name in enumerate(
        ("pair1_a_cherry", "pair1_b_forest", "x-a", "x-b", "y_a", "z_a", "z_a_more", "z_b", "sea")
    ):
        save_png(numbered(n), tmp_path / f"{name}.png")
    (tmp_path / "x.txt").write_text("snow falls", "utf-8")
    data = open_data([tmp_path])
    assert told(data) == [("0001-pair1", ""), ("0002-x", "snow falls")]
    assert scenes(data) == [(0, 1), (2, 3)]
    assert sorted(kinds(data)) == ["no caption", "no pair", "no pair", "no pair"]


def test_listed_pairs(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for n in range(2):
        save_png(numbered(n), folder / f"{n}.png")
    save_png(numbered(9), tmp_path / "9.png")
    rows = ["0.png,1.png,up", "1.png,0.png,", "0.png,../9.png,x", "0.png", "0.png,2.png,x"]
    (folder / "pairs.csv").write_text("first,last,prompt\n" + "\n".join(rows), "utf-8")
    data = open_data([folder])
    assert told(data) == [("0001-0", "up"), ("0002-1", "")]
    assert scenes(data) == [(0, 1), (1, 0)]
    assert sorted(kinds(data)) == ["bad row", "bad row", "bad row", "no caption"]
    (folder / "pairs.csv").write_text("a,b\n", "utf-8")
    with pytest.raises(BadInput, match="has the columns a, b; expected are first, last"):
        open_data([folder])


def test_a_story(videos: Path, tmp_path: Path) -> None:
    pictures = [tmp_path / f"{n}.png" for n in (200, 201)]
    for n, path in enumerate(pictures):
        save_png(numbered(200 + n), path)
    story = storage.new_story(
        tmp_path / "s", [pictures[0], videos / "a.mp4", pictures[1]], duration_s=1.0
    )
    first, second, third = (shot.id for shot in story.shots)
    story = edits.set_transition(story, first, second, prompt="the sun\nsets")
    storage.save_story(story, tmp_path / "s")
    data = open_data([tmp_path / "s"])
    assert told(data) == [
        (f"0001-{first}-{second}", "the sun sets"),
        (f"0002-{second}-{third}", ""),
    ]
    assert scenes(data) == [(200, 1), (23, 201)]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder.rmdir(), "no such folder"),
        (lambda folder: None, "has no pair of scenes"),
        (lambda folder: save_png(numbered(1), folder / "sea.png"), "has no pair .*sea.png"),
        (lambda folder: (folder / "story.json").write_text("{"), "not a story"),
        (lambda folder: (folder / "x.mp4").touch(), None),
    ],
)
def test_data_of_no_use_is_one_line(tmp_path: Path, make, message) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    make(folder)
    if message is None:
        assert len(open_data([folder]).pairs) == 1
        return
    with pytest.raises(BadInput, match=message) as error:
        open_data([folder])
    assert "\n" not in str(error.value)


def test_frames_and_limits_out_of_range(videos: Path) -> None:
    for frames in ((0, 5), (5, 5), (6, 5)):
        with pytest.raises(BadInput, match="frames: received"):
            open_data([videos], frames=frames)
    with pytest.raises(BadInput, match="limit: received 0"):
        open_data([videos], limit=0)
