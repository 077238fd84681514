"""Fields of many shots and transitions at once, and how a story's new transitions are."""

import pytest

from seine_core.errors import BadInput
from seine_core.story import edits
from seine_core.story.many_edits import set_each, set_new_edges
from seine_core.story.model import CardSource, NewEdges, Story


def story_of(shots: int) -> Story:
    return edits.insert(Story(), [CardSource()] * shots)


def test_59_edges_are_set_and_nothing_else() -> None:
    story = story_of(60)
    owners = [f"{edge.left}>{edge.right}" for edge in story.edges()]
    made = set_each(story, [(owners, {"style": "iris", "duration_s": 0.5})])
    assert {(edge.style, edge.duration_s) for edge in made.edges()} == {("iris", 0.5)}
    assert made.shots == story.shots and len(made.transitions) == 59


def test_each_may_get_other_fields_and_keeps_its_others() -> None:
    story = edits.set_transition(story_of(3), "shot-1", "shot-2", prompt="waves", seed=4)
    changes = [
        (["shot-1", "shot-1>shot-2"], {"engine": "layers", "camera": "still"}),
        (["shot-1"], {"camera": "zoom-in"}),
        (["shot-3"], {"prompt": "dusk"}),
    ]
    made = set_each(story, changes)
    assert [(s.engine, s.camera, s.prompt) for s in made.shots] == [
        ("layers", "zoom-in", ""),
        ("auto", "auto", ""),
        ("auto", "auto", "dusk"),
    ]
    edge = made.edges()[0]
    assert (edge.engine, edge.camera, edge.prompt, edge.seed) == ("layers", "still", "waves", 4)


@pytest.mark.parametrize(
    ("owner", "fields"),
    [
        ("shot-9", {"seed": 1}),
        ("shot-1>shot-9", {"seed": 1}),
        ("shot-1>", {"seed": 1}),
        ("shot-1>shot-1", {"seed": 1}),
        ("shot-1", {"id": "other"}),
        ("shot-1>shot-2", {"left": "shot-3"}),
        ("shot-1", {"style": "iris"}),
        ("shot-1>shot-2", {"duration_s": -1.0}),
    ],
)
def test_what_cannot_be_set_is_refused(owner: str, fields: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        set_each(story_of(3), [(["shot-2"], {"title": "x"}), ([owner], fields)])


def test_new_edges_are_as_the_story_says_and_those_that_were_set_stay() -> None:
    story = edits.set_transition(story_of(3), "shot-1", "shot-2", prompt="waves")
    assert story.new_edges == NewEdges()
    made = set_new_edges(story, duration_s=0.5, style="iris", engine="layers")
    first, second = made.edges()
    assert (first.duration_s, first.style, first.engine) == (1.0, "auto", "auto")
    assert (second.duration_s, second.style, second.engine) == (0.5, "iris", "layers")
    assert made.transition("shot-3", "shot-1").duration_s == 0.5
    assert float(made.total_s) == 3 * 3.0 + 1.0 + 0.5
    assert edits.set_transition(made, "shot-2", "shot-3", seed=1).edges()[1].style == "iris"
    with pytest.raises(BadInput, match="prompt"):
        set_new_edges(story, prompt="x")


def test_a_story_without_them_opens_as_it_did() -> None:
    saved = story_of(2).model_dump(mode="json")
    del saved["new_edges"]
    assert Story.model_validate(saved) == story_of(2)
