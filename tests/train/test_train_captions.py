"""What the small text encoder learns of motion before anything else."""

import numpy as np
import pytest
import torch
from torch import nn

from seine_core.model.carried.finder import read_off
from seine_core.painter import paint
from seine_core.pipeline.prompts import tokenize
from seine_core.train import captions, mini
from seine_core.train.captions import speeds_of_frames, teach_captions
from seine_core.train.clips import Clip
from seine_core.train.loading import Items
from seine_core.train.vocabulary import tokenizer_of

WORDS = ("pan left", "pan right", "zoom in", "still")
MOVES = ("pan-left", "pan-right", "zoom-in", "still")


class FourMoves:
    """One picture, moved in four ways."""

    def __init__(self) -> None:
        self.frames = [
            paint(3, frames=8, width=64, height=32, place="landscape", move=move).frames
            for move in MOVES
        ]

    def __len__(self) -> int:
        return 8

    def clip(self, index: int, seed: int) -> Clip:
        return Clip(frames=self.frames[index % 4], caption=f"a hill, {WORDS[index % 4]}")

    def key(self, index: int) -> str:
        return str(index)


def test_the_speeds_of_frames_are_the_cameras() -> None:
    left, right, zoom, still = (speeds_of_frames(torch.from_numpy(f)) for f in FourMoves().frames)
    assert left[0] > 0.2 > -0.2 > right[0]
    assert zoom[2] > 0.1
    assert still.abs().max() < 0.1


def test_captions_tell_how_a_clip_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captions, "_BATCH", 8)
    torch.manual_seed(0)
    tokenizer = tokenizer_of([f"a hill, {words}" for words in WORDS] * 20)
    encoder, ask = mini.small_text_encoder(tokenizer), nn.Linear(128, 4, bias=False)
    nn.init.zeros_(ask.weight)
    left = teach_captions(encoder, ask, tokenizer, Items(FourMoves(), seed=0), steps=60)
    assert left < 0.15
    with torch.no_grad():
        tokens = tokenize(tokenizer, [f"a hill, {words}" for words in WORDS])
        said = read_off(ask, encoder(tokens).last_hidden_state)
    assert said[0, 0] > 0.2 > -0.2 > said[1, 0]
    assert np.abs(said[3].numpy()).max() < 0.3
