"""Camera moves in words."""

import itertools

from seine_core.camera import CAMERA_MOVES, move_from_prompt, move_in_words


def test_camera_words_are_understood_as_what_they_mean() -> None:
    for move, strength in itertools.product(CAMERA_MOVES[1:], (0.5, 1, 2)):
        assert move_from_prompt(move_in_words(move, strength)) == move
    assert move_in_words("auto") == ""
    assert move_from_prompt(move_in_words("zoom-in", 0)) == "still"
