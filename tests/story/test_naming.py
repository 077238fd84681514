"""Stories are called after their pictures until somebody names them."""

import pytest

from seine_core.story import edits
from seine_core.story.model import CardSource, Story
from seine_core.story.naming import named_after, title_of


@pytest.mark.parametrize(
    ("names", "title"),
    [
        (["Lisbon 1", "Lisbon 2", "Lisbon 10"], "Lisbon"),
        (["Beach", "Forest", "City at night"], "Beach to city at night"),
        (["IMG 2041", "Old town 3", "DSC00012"], "Old town"),
        (["IMG 2041", "PXL 20260102 101112", "Screenshot 2"], ""),
        (["Summer trip beach", "Summer trip hills"], "Summer trip"),
        (["海辺の朝", "山の夜"], "海辺の朝 to 山の夜"),
        (["Beach", "Beach"], "Beach"),
        ([], ""),
    ],
)
def test_a_title_of_names(names: list[str], title: str) -> None:
    assert title_of(names) == title


def test_only_what_nobody_named_is_named() -> None:
    assert named_after(Story(), ["Beach"]).title == "Beach"
    assert named_after(Story(title="Mine"), ["Beach"]).title == "Mine"
    assert len(named_after(Story(), ["a" * 200]).title) == 60
    begun = edits.insert(Story(), [CardSource()])
    assert named_after(begun, ["Beach"]) is begun
