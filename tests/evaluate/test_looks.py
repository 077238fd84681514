"""The sheets to be marked by eye: anonymous, complete, and summed up right."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from benchmarks.looks import main
from mixed_scenes import scene
from seine_core.media.frames import load_image, save_png


@pytest.fixture(scope="module")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tmp_path = tmp_path_factory.mktemp("looks")
    for name in ("02", "04"):
        save_png(scene(name), tmp_path / f"{name}.png")
    pairs = tmp_path / "pairs.txt"
    pairs.write_text("# kind a b\n\nunlike 02 04\none 02 02\n", "utf-8")
    engines = "crossfade:cut,crossfade:dissolve"
    words = ["--engines", engines, "--frames", "4", "--size", "192x108"]
    main(["make", str(pairs), str(tmp_path), "-o", str(tmp_path / "out"), *words])
    return tmp_path / "out"


@pytest.fixture
def made(sheets: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sheets, tmp_path / "out")


def mark(folder: Path, marks: dict[str, str]) -> None:
    """Fill in the form; `marks` is by engine."""
    key = json.loads((folder / "key.json").read_text("utf-8"))
    with (folder / "marks.csv").open(newline="", encoding="utf-8") as file:
        form = list(csv.DictReader(file))
    assert [(line["pair"], line["row"], line["mark"]) for line in form] == [
        *(("1", "A", ""), ("1", "B", ""), ("2", "A", ""), ("2", "B", ""))
    ]
    lines = ["pair,row,mark"]
    for line in form:
        engine = key[int(line["pair"]) - 1]["rows"][line["row"]]["engine"]
        lines.append(f"{line['pair']},{line['row']},{marks[engine]}")
    (folder / "marks.csv").write_text("\n".join(lines), "utf-8")


def test_sheets_are_marked_and_summed_up(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sorted(file.name for file in (made / "sheets").iterdir()) == ["01.jpg", "02.jpg"]
    sheet = load_image(made / "sheets/01.jpg")
    assert sheet.shape == (2 * 216, 8 * 384 + 54, 3)
    mark(made, {"crossfade:cut": "2", "crossfade:dissolve": "4"})
    main(["sum", str(made)])
    table = capsys.readouterr().out.splitlines()
    rows = {tuple(line.split(" | ")[:2]): line.split(" | ") for line in table}
    assert rows["| crossfade:dissolve", "2 all"][2:4] == ["4.00", "4"]
    assert rows["| crossfade:cut", "1 unlike"][2:4] == ["2.00", "2"]
    assert rows["| crossfade:cut", "1 unlike"][6] == "3.00", "the jump of a cut in 4 frames"
    # The cut jumps more between unlike scenes; between equal ones nothing does.
    assert "| jump | 75 % of 2 |" in table


def test_what_is_not_there_is_said(made: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no marks yet"):
        main(["sum", str(made)])
    mark(made, {"crossfade:cut": "6", "crossfade:dissolve": "4"})
    with pytest.raises(SystemExit, match="marks 1 to 5"):
        main(["sum", str(made)])
    with pytest.raises(SystemExit, match="has no sheets"):
        main(["sum", str(tmp_path / "none")])
    pairs = tmp_path / "bad.txt"
    for text, words in (
        ("one 02\n", "bad.txt:1.*kind a b"),
        ("#\n", "no pairs"),
        ("one x y\n", "no such picture"),
    ):
        pairs.write_text(text, "utf-8")
        with pytest.raises(SystemExit, match=words):
            main(["make", str(pairs), str(tmp_path), "-o", str(tmp_path / "o")])
