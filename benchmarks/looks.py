"""Contact sheets of engines to be marked by eye, without knowing whose is which, and what the marks
and the figures of `seine_core.evaluate.scene_mix` say.

    python -m benchmarks.looks make PAIRS PICTURES -o OUT [--engines auto,morph,layers:iris]
    python -m benchmarks.looks sum OUT

PAIRS has a line for each pair: its kind, and the names of two files in PICTURES without their
endings. `make` writes OUT/sheets/01.jpg and so on, each with a row of 8 frames for each engine in
random order; OUT/marks.csv, where a mark from 1 to 5 goes behind each row; and OUT/key.json, which
says whose each row is and has its figures: not to be opened before. An engine may have a style
behind a colon. `sum` prints Markdown tables of the marks that are given: the mean mark and figures
of each engine by kind of pair, and how often a figure orders two rows of a sheet as the eye does.
"""

import argparse
import csv
import json
import random
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from seine_core.clips import Frames, Still, in_memory
from seine_core.engines import get_engine, make
from seine_core.engines.protocol import ClipSpec, Request
from seine_core.errors import BadInput
from seine_core.evaluate.cut_faces import faces_cut
from seine_core.evaluate.scene_mix import Scenes
from seine_core.media.frames import IMAGE_SUFFIXES, fit, load_image

SHOWN = 8  # frames of a row
THUMB = 216  # pixels high
FIGURES = ("scene_mix", "scene_mix_worst", "jump", "island")
TITLES = ("U", "worst U", "jump", "island")


@dataclass(frozen=True)
class Pair:
    """Two pictures, and what they have in common."""

    kind: str
    a: str
    b: str


def read_pairs(file: Path) -> list[Pair]:
    """The pairs of a file, without its empty lines and comments (#).

    Raises:
        BadInput: it cannot be read, has none, or a line is not `kind a b`.
    """
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("cannot be read", subject=file, reason=error) from None
    pairs = []
    for number, line in enumerate(lines, 1):
        words = line.split("#")[0].split()
        if len(words) not in (0, 3):
            raise BadInput(subject=f"{file}:{number}", received=line, allowed="kind a b")
        pairs += [Pair(*words)] if words else []
    if not pairs:
        raise BadInput("has no pairs", subject=file)
    return pairs


def picture(folder: Path, name: str, width: int, height: int) -> Still:
    for suffix in IMAGE_SUFFIXES:
        if (file := folder / f"{name}{suffix}").is_file():
            return fit(load_image(file), width, height)
    raise BadInput("no such picture", subject=folder / name, allowed=IMAGE_SUFFIXES)


def draw_sheet(rows: list[Frames]) -> Still:
    """A row of frames for each clip, lettered from A."""
    lines = []
    for number, clip in enumerate(rows):
        places = np.linspace(0, len(clip) - 1, SHOWN).round().astype(int)
        width = round(THUMB * clip.shape[2] / clip.shape[1])
        thumbs = [
            cv2.resize(clip[at], (width, THUMB), interpolation=cv2.INTER_AREA) for at in places
        ]
        margin = np.full((THUMB, THUMB // 4, 3), 255, np.uint8)
        place = 8, THUMB // 2
        cv2.putText(margin, chr(ord("A") + number), place, cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 2)
        lines.append(np.concatenate([margin, *thumbs], axis=1))
    return np.concatenate(lines)


def make_sheets(args: argparse.Namespace) -> None:
    """Render, draw and measure.

    Raises:
        BadInput: a pair, a picture, an engine or a style that is not there.
    """
    width, height = args.size
    pairs, order = read_pairs(args.pairs), random.Random(args.seed)
    (args.output / "sheets").mkdir(parents=True, exist_ok=True)
    key: list[dict[str, Any]] = []
    for number, pair in enumerate(pairs, 1):
        a, b = (picture(args.pictures, name, width, height) for name in (pair.a, pair.b))
        scenes, clips, rows = Scenes(a, b), [], []
        for name in order.sample(args.engines, len(args.engines)):
            engine, _, style = name.partition(":")
            spec = ClipSpec(
                frames=args.frames, width=width, height=height, seed=0, style=style or "auto"
            )
            began = time.process_time()
            asked = Request(task="transition", given=[a, b], spec=spec)
            clip = in_memory(make(get_engine(engine), asked))
            seconds = time.process_time() - began
            figures = scenes.mix(clip).figures | {"faces_cut": faces_cut(scenes, clip)}
            clips.append(clip)
            rows.append({"engine": name, "cpu_s": round(seconds, 2), "figures": figures})
        sheet = cv2.cvtColor(draw_sheet(clips), cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(args.output / f"sheets/{number:02}.jpg"), sheet)
        letters = map(chr, range(ord("A"), ord("A") + len(rows)))
        key.append({**asdict(pair), "rows": dict(zip(letters, rows, strict=True))})
        print(f"{number} of {len(pairs)}: {pair.a} → {pair.b}", flush=True)
    (args.output / "key.json").write_text(json.dumps(key, indent=1), "utf-8")
    with (args.output / "marks.csv").open("w", newline="", encoding="utf-8") as file:
        form = csv.writer(file)
        form.writerow(["pair", "row", "mark"])
        form.writerows([n, row, ""] for n, pair in enumerate(key, 1) for row in pair["rows"])


def read_marked(folder: Path) -> list[list[dict[str, Any]]]:
    """For each pair its rows that have a mark: engine, kind, mark and figures.

    Raises:
        BadInput: the form or the key is not there, or a mark is not 1 to 5.
    """
    try:
        key = json.loads((folder / "key.json").read_text("utf-8"))
        with (folder / "marks.csv").open(newline="", encoding="utf-8") as file:
            form = list(csv.DictReader(file))
    except (OSError, ValueError) as error:
        raise BadInput("has no sheets", subject=folder, reason=error) from None
    marked: list[list[dict[str, Any]]] = [[] for _ in key]
    for line in form:
        if not (mark := (line.get("mark") or "").strip()):
            continue
        try:
            pair, value = int(line["pair"]) - 1, float(mark)
            row = key[pair]["rows"][line["row"]]
        except (KeyError, IndexError, ValueError):
            value = 0.0
        if not 1 <= value <= 5:
            raise BadInput(
                subject=f"{folder / 'marks.csv'}: {line}", allowed="rows of the form, marks 1 to 5"
            )
        marked[pair].append({**row, "kind": key[pair]["kind"], "mark": value})
    if not any(marked):
        raise BadInput("has no marks yet", subject=folder / "marks.csv")
    return marked


def table_of_engines(marked: list[list[dict[str, Any]]]) -> str:
    """Mean and least marks and mean figures by engine and kind, the best liked first."""
    groups: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in (row for rows in marked for row in rows):
        for kind in {row["kind"], "all"}:
            groups[row["engine"], kind].append(row)
    lines = ["| Engine | Pairs | Mark | Least | " + " | ".join(TITLES) + " |"]
    lines.append("|---|---|--:" + "|--:" * (1 + len(TITLES)) + "|")
    means = {group: np.mean([row["mark"] for row in rows]) for group, rows in groups.items()}
    for engine, kind in sorted(groups, key=lambda group: (group[1], -means[group])):
        rows = groups[engine, kind]
        cells = [f"{np.mean([row['figures'][name] for row in rows]):.2f}" for name in FIGURES]
        least = min(row["mark"] for row in rows)
        cells = [f"{means[engine, kind]:.2f}", f"{least:g}", *cells]
        lines.append(f"| {engine} | {len(rows)} {kind} | {' | '.join(cells)} |")
    return "\n".join(lines)


def table_of_agreement(marked: list[list[dict[str, Any]]]) -> str:
    """How often the row with the lower figure is the better liked of two of a sheet."""
    lines = ["| Figure | Orders two rows as the eye does |", "|---|--:|"]
    for name, title in zip(FIGURES, TITLES, strict=True):
        right = of = 0.0
        for rows in marked:
            for one, other in combinations(rows, 2):
                liked = np.sign(one["mark"] - other["mark"])
                lower = np.sign(other["figures"][name] - one["figures"][name])
                of += bool(liked)
                right += bool(liked) * (0.5 if not lower else float(liked == lower))
        lines.append(f"| {title} | {100 * right / of if of else 50:.0f} % of {of:.0f} |")
    return "\n".join(lines)


def size(text: str) -> tuple[int, int]:
    width, height = (int(number) for number in text.split("x"))
    return width, height


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, dest="command")
    making = commands.add_parser("make")
    making.add_argument("pairs", type=Path, metavar="PAIRS")
    making.add_argument("pictures", type=Path, metavar="PICTURES")
    making.add_argument("-o", "--output", type=Path, required=True, metavar="OUT")
    making.add_argument("--engines", type=lambda text: text.split(","), default=["auto"])
    making.add_argument("--frames", type=int, default=32)
    making.add_argument("--size", type=size, default=(768, 432), metavar="WxH")
    making.add_argument("--seed", type=int, default=0, help="of the order of the rows")
    summing = commands.add_parser("sum")
    summing.add_argument("output", type=Path, metavar="OUT")
    args = parser.parse_args(argv)
    try:
        if args.command == "make":
            make_sheets(args)
        else:
            marked = read_marked(args.output)
            print(f"{table_of_engines(marked)}\n\n{table_of_agreement(marked)}")
    except BadInput as error:
        raise SystemExit(f"looks: {error}") from None


if __name__ == "__main__":
    main()
