"""Markers: named moments that go along with their shot."""

import pytest

from seine_core.errors import BadInput
from seine_core.story import edits, marker_edits
from seine_core.story.disk.storage import dump_story
from seine_core.story.model import CardSource, RenderSettings, Story


@pytest.fixture
def story() -> Story:
    """Three cards of 2 s with a second between."""
    empty = Story(settings=RenderSettings(fps=10))
    return edits.insert(empty, [CardSource()] * 3, duration_s=2.0)


def at(story: Story, marker_id: str = "marker-1") -> float:
    marker = story.marker(marker_id)
    return story.start_s(marker.anchor) + marker.at_s


def test_a_marker_goes_along_with_its_shot(story: Story) -> None:
    story = marker_edits.add_marker(story, 3.5, "shot-2", "The turn")
    assert story.marker("marker-1").at_s == 0.5 and at(story) == 3.5
    assert at(edits.set_shot(story, "shot-1", duration_s=4.0)) == 5.5
    assert at(edits.move(story, ["shot-2"], before="shot-1")) == 0.5
    stays = marker_edits.move_marker(story, "marker-1", 3.5)
    assert at(edits.set_shot(stays, "shot-1", duration_s=4.0)) == 3.5
    assert edits.remove(story, ["shot-2"]).markers == ()
    assert edits.remove(stays, ["shot-2"]).markers == stays.markers


def test_a_split_leaves_a_marker_where_it_was(story: Story) -> None:
    story = marker_edits.add_marker(story, 0.5, "shot-1")
    story = marker_edits.add_marker(story, 1.5, "shot-1")
    parts = edits.split(story, "shot-1", 1.0)
    assert [marker.anchor for marker in parts.markers] == ["shot-1", "shot-4"]
    assert [at(parts, marker.id) for marker in parts.markers] == [0.5, 1.5]


def test_markers_are_named_and_removed(story: Story) -> None:
    story = marker_edits.add_marker(story, 1.0)
    story = marker_edits.set_marker(story, "marker-1", title="Chorus")
    assert story.markers[0].title == "Chorus"
    assert marker_edits.remove_markers(story, ["marker-1"]).markers == ()
    with pytest.raises(BadInput, match="no field that can be set"):
        marker_edits.set_marker(story, "marker-1", id="other")
    for wrong in (-1.0, 1e9):
        with pytest.raises(BadInput):
            marker_edits.add_marker(story, wrong)
    with pytest.raises(BadInput):
        marker_edits.add_marker(story, 1.0, "shot-9")
    with pytest.raises(BadInput, match="marker"):
        marker_edits.remove_markers(story, ["marker-9"])


def test_a_story_file_keeps_markers_and_labels(story: Story) -> None:
    story = marker_edits.add_marker(story, 1.0, "shot-1", "Here")
    story = edits.set_shot(story, "shot-2", label="green")
    assert Story.model_validate_json(dump_story(story)) == story
    with pytest.raises(BadInput, match="label"):
        edits.set_shot(story, "shot-2", label="mauve")
