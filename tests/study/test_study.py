"""The study without its page: what is compared, who sees what, and what votes say."""

import csv
import io
import json
import math
import os
import sqlite3
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seine_core.errors import BadInput
from seine_core.study import report
from seine_core.study.material import read_material
from seine_core.study.preference import bradley_terry, log_strength_errors, preference, wilson
from seine_core.study.trials import Trial, schedule
from seine_core.study.votes import FILE, Choice, begin_votes, open_votes
from study_material import vote, write_study

CLIPS = {f"{item:03}": "abcd" for item in range(30)}  # 30 items, 4 methods: 180 trials


def test_wilson_by_hand() -> None:
    # p = 0.8, n = 10, z = 1.96: (0.8 + 0.192 ± 1.96 sqrt(0.016 + 0.0096)) / 1.384
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 0) == (0, 1)
    assert wilson(10, 10) == pytest.approx((10 / 13.8415, 1), abs=1e-4)
    low, high = wilson(3, 12)
    assert wilson(9, 12) == pytest.approx((1 - high, 1 - low))


def test_eight_to_two() -> None:
    won: list[Choice] = ["left"] * 8 + ["right"] * 2
    found = preference([vote("a", "b", choice, item=str(n)) for n, choice in enumerate(won)])
    (duel,) = found.duels
    assert (duel.first_wins, duel.second_wins, duel.ties, duel.skipped) == (8, 2, 0, 0)
    assert duel.rate.share == 0.8 and duel.rate.low == pytest.approx(0.4902, abs=1e-4)
    # With the imagined tie it is 8.5 to 2.5; strengths s and 1/s, so s² = 8.5 / 2.5.
    first, second = found.ranking
    assert (first.method, second.method) == ("a", "b")
    assert first.strength == pytest.approx(math.sqrt(3.4))
    assert second.strength == pytest.approx(1 / first.strength)
    # The variance of the log of the odds is 1 / (n p q); that of a log strength a quarter of it.
    error = math.sqrt(1 / (11 * 8.5 / 11 * 2.5 / 11)) / 2
    assert math.log(first.high / first.strength) == pytest.approx(1.959964 * error)


def test_ties_count_half_and_skips_apart() -> None:
    choices: list[Choice] = ["left", "tie", "tie", "skip", "skip", "skip"]
    found = preference([vote("a", "b", choice, item=str(n)) for n, choice in enumerate(choices)])
    (duel,) = found.duels
    assert (duel.first_wins, duel.ties, duel.skipped) == (1, 2, 3)
    assert duel.rate.share == 2 / 3 and (found.votes, found.skipped) == (3, 3)


def test_a_method_named_as_an_answer_is_a_method() -> None:
    found = preference([vote("tie", "skip", "left"), vote("skip", "tie", "tie", rater=2)])
    (duel,) = found.duels
    assert (duel.first, duel.first_wins, duel.second_wins, duel.ties) == ("tie", 1, 0, 1)
    assert found.agreement and found.agreement.share == 0


def test_bradley_terry_finds_the_strengths_behind_a_table() -> None:
    strengths = np.array([0.2, 0.7, 1.3, 4.0])
    strengths /= np.exp(np.log(strengths).mean())
    wins = 50 * strengths[:, None] / (strengths[:, None] + strengths)
    np.fill_diagonal(wins, 0)
    assert bradley_terry(wins) == pytest.approx(strengths, rel=1e-6)
    errors = log_strength_errors(wins, strengths)
    assert log_strength_errors(4 * wins, strengths) == pytest.approx(errors / 2)


def test_bradley_terry_refuses_what_has_no_bound() -> None:
    with pytest.raises(ValueError, match="must have beaten"):
        bradley_terry(np.array([[0.0, 8], [0, 0]]))


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["left", "right", "tie", "skip"]))))
def test_names_and_sides_change_nothing(drawn: list[tuple[int, Choice]]) -> None:
    pairs = list(combinations("abcd", 2))
    mirror: dict[Choice, Choice] = {"left": "right", "right": "left", "tie": "tie", "skip": "skip"}
    votes = [vote(*pairs[pair], choice) for pair, choice in drawn]
    turned = [vote(v.right, v.left, mirror[v.choice]) for v in votes]
    found, mirrored = preference(votes), preference(turned)
    assert (found.ranking, found.duels, found.items) == (
        mirrored.ranking,
        mirrored.duels,
        mirrored.items,
    )
    assert all(rank.low < rank.strength < rank.high < math.inf for rank in found.ranking)


def test_the_undefeated_stays_finite_and_first() -> None:
    votes = [vote("best", m, "left", item=str(n)) for n in range(20) for m in ("x", "y")]
    votes += [vote("x", "y", "left" if n % 2 else "right", item=str(n)) for n in range(20)]
    first, *rest = preference(votes).ranking
    assert first.method == "best" and 3 < first.strength < 100 and first.high < 1000
    assert rest[0].strength == pytest.approx(rest[1].strength)


def test_agreement_by_hand() -> None:
    votes = [vote("a", "b", "left", rater) for rater in (1, 2, 3)]
    votes += [vote("a", "b", "left", 1, "0002"), vote("b", "a", "left", 2, "0002")]
    votes += [vote("a", "b", "skip", 3, "0002"), vote("a", "b", "left", 1, "0003")]
    agreement = preference(votes).agreement
    # Trial 1: aaa, 3 pairs agree; trial 2: ab, one pair does not; trial 3 has one rater.
    assert agreement and agreement.trials == 2 and agreement.share == 3 / 4
    # Of 5 answers 4 are a: observed 2 / 5, expected (25 - 17) / 4 / 5.
    assert agreement.alpha == pytest.approx(1 - 2 / 2)
    assert preference(votes[:1]).agreement is None


def test_no_votes_say_nothing() -> None:
    found = preference([])
    assert found.ranking == () and report.as_text(found) == "0 raters, 0 votes, 0 skipped."


def test_trials_are_balanced_over_pairs_items_and_sides() -> None:
    for rater in range(4):
        mine = schedule(CLIPS, 3, rater, 60)
        assert len(set(mine)) == 60
        met = Counter(frozenset((t.left, t.right)) for t in mine)
        assert len(met) == 6 and max(met.values()) - min(met.values()) <= 2
        assert set(Counter(t.item for t in mine).values()) == {2}
        for pair in combinations("abcd", 2):
            sides = Counter(t.left for t in mine if {t.left, t.right} == set(pair))
            assert abs(sides[pair[0]] - sides[pair[1]]) <= 1
    three = [t for rater in range(3) for t in schedule(CLIPS, 3, rater, 60)]
    seen = Counter((t.item, frozenset((t.left, t.right))) for t in three)
    assert len(seen) == 180 and set(seen.values()) == {1}, "three raters see all of it once"


def test_trials_are_the_same_for_the_same_seed_and_rater() -> None:
    mine = schedule(CLIPS, 3, 1, 60)
    assert mine == schedule(dict(reversed(CLIPS.items())), 3, 1, 60)
    assert mine != schedule(CLIPS, 4, 1, 60) and mine != schedule(CLIPS, 3, 4, 60)


def test_a_missing_clip_means_no_pair_with_it() -> None:
    mine = schedule({"1": "ab", "2": "abc", "3": "bc"}, 0, 0, 60)
    pairs = {(t.item, *sorted((t.left, t.right))) for t in mine}
    assert pairs == {("1", *"ab"), ("2", *"ab"), ("2", *"ac"), ("2", *"bc"), ("3", *"bc")}
    assert len(mine) == 5


def test_material_of_a_folder_that_evaluate_wrote(tmp_path: Path) -> None:
    study = write_study(tmp_path, "ab", 3, 2)
    (study / "clips/method-a/0002-thing.mp4").write_bytes(b"no video")
    (study / "results/method-a").mkdir(parents=True)
    material = read_material(study)
    assert material.methods == ("method-a", "method-b")
    assert list(material.clips) == ["0000-thing", "0001-thing"]
    assert material.prompts["0001-thing"] == "<b>Prompt</b> 1"
    assert material.scenes["0001-thing", "last"].is_file()
    damaged, alone = material.notes
    assert "no video that can be read" in damaged and "0002-thing: only one method" in alone
    assert read_material(study / "clips").methods == material.methods


def test_material_notes_what_tells_the_methods_apart(tmp_path: Path) -> None:
    study = write_study(tmp_path / "s", "ab", 1, 4)
    longer = write_study(tmp_path / "t", "a", 1, 9)
    os.replace(longer / "clips/method-a/0000-thing.mp4", study / "clips/method-b/0000-thing.mp4")
    (study / "clips/method-a/0001-more.avi").touch()
    no_avi, note = read_material(study).notes
    assert "0001-more.avi: browsers may not play it" in no_avi
    assert note.startswith("method-b: 1 of its clips differ in size, length or kind")


@pytest.mark.parametrize("fault", ["absent", "alone", "link", "items", "twice", "name"])
def test_material_that_cannot_be_compared(tmp_path: Path, fault: str) -> None:
    study = write_study(tmp_path / "s", "a" if fault == "alone" else "ab", 1, 2)
    clip = study / "clips/method-a/0000-thing.mp4"
    match fault:
        case "absent":
            study = tmp_path / "none"
        case "link":
            (tmp_path / "secret.mp4").write_bytes(clip.read_bytes())
            clip.unlink()
            clip.symlink_to(tmp_path / "secret.mp4")
        case "items":
            (study / "items.json").write_text('{"id": 3}')
        case "twice":
            (clip.with_suffix(".webm")).write_bytes(clip.read_bytes())
        case "name":
            clip.rename(clip.with_name("a\x1b[2J.mp4"))
    with pytest.raises(BadInput) as error:
        read_material(study)
    assert "\n" not in str(error.value) and "\x1b" not in str(error.value)


def test_a_second_vote_replaces_the_first_and_none_takes_it_back(tmp_path: Path) -> None:
    votes = begin_votes(tmp_path / FILE)
    ada, bob = votes.join("Ada"), votes.join("Bob")
    trial, turned = Trial("1", "a", "b"), Trial("1", "b", "a")
    votes.cast(ada, trial, "left")
    votes.cast(bob, trial, "right")
    votes.cast(ada, turned, "left")
    assert [(v.name, v.preferred) for v in votes.votes()] == [("Bob", "b"), ("Ada", "b")]
    votes.cast(ada, trial, None)
    assert votes.votes(ada) == [] and [v.name for v in votes.votes()] == ["Bob"]
    votes.close()


def test_a_study_goes_on_as_it_was_begun(tmp_path: Path) -> None:
    begun = begin_votes(tmp_path / FILE, seed=5, question="Which?", length=10)
    ada = begun.join("Ada")
    begun.close()
    again = begin_votes(tmp_path / FILE)
    assert again.settings == begun.settings and again.rater(ada.token) == ada
    assert again.rater("") is None
    again.close()
    for other in ({"seed": 6}, {"question": "What?"}, {"length": 11}):
        with pytest.raises(BadInput, match="this study was begun with"):
            begin_votes(tmp_path / FILE, **other)  # type: ignore[arg-type]
    for wrong in ({"length": 0}, {"question": ""}, {"question": "x" * 301}):
        with pytest.raises(BadInput, match="received"):
            begin_votes(tmp_path / "new.sqlite", **wrong)  # type: ignore[arg-type]
    assert not (tmp_path / "new.sqlite").exists()


def test_what_is_no_study_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database, but long enough to be read as one" * 40)
    sqlite3.connect(tmp_path / "other").execute("CREATE TABLE study (id TEXT)").connection.close()
    for name, said in (("text", "not a database"), ("other", "no study"), ("none", "not there")):
        with pytest.raises(BadInput, match=said):
            open_votes(tmp_path / name)


def test_exports(tmp_path: Path) -> None:
    votes = begin_votes(tmp_path / FILE, question="<i>Which & why?</i>")
    hostile = votes.join('=HYPERLINK("http://x")<script>')
    votes.cast(hostile, Trial("-1+1", "@a", "<script>b"), "right")
    votes.cast(hostile, Trial("2", "@a", "<script>b"), "skip")
    rows = list(csv.DictReader(io.StringIO(report.as_csv(votes.votes()))))
    assert rows[0]["name"] == "'" + hostile.name and rows[0]["item"] == "'-1+1"
    assert (rows[0]["left"], rows[0]["preferred"]) == ("'@a", "<script>b")
    assert (rows[1]["choice"], rows[1]["preferred"]) == ("skip", "")
    found = json.loads(report.as_json(votes))
    assert found["votes"] == 1 and found["duels"][0]["skipped"] == 1
    assert votes.settings.secret not in json.dumps(found)
    html = report.as_page(votes)
    assert "<script>" not in html and "<i>" not in html and "&lt;script&gt;b" in html
    votes.close()
    table = report.as_text(preference([vote("a", "b", "left"), vote("a", "b", "tie", 2)]))
    assert "2 raters, 2 votes, 0 skipped." in table and "75 % (20 to 97)" in table, table
