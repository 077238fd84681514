"""A batch of commands that is sent again is known, whoever sends others meanwhile."""

import pytest

from app.stories import batches
from app.stories.batches import Batches


def test_where_a_batch_stands() -> None:
    known, tab, other = Batches(), ("ann", "tab"), ("bob", "tab")
    assert known.begin(tab, 1) == "new" and known.begin(tab, 1) == "under way"
    assert known.begin(other, 1) == "new", "another visitor's tab of that name"
    known.end(tab, 1, "one")
    assert known.story(tab) == "one" and known.story(other) == ""
    assert known.begin(tab, 1) == "done" and known.begin(other, 1) == "under way"
    assert known.begin(tab, 2) == "new" and known.begin(tab, 1) == "done"
    known.end(tab, 1, "two")
    assert known.story(tab) == "one"
    assert known.begin(tab, 2) == "under way", "it is another that is over"


def test_tabs_that_sent_last_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "_TABS", 2)
    known = Batches()
    for name in ("a", "b", "a", "c"):
        known.begin(("ann", name), 1)
    assert known.begin(("ann", "a"), 1) == "under way"
    assert known.begin(("ann", "b"), 1) == "new"
