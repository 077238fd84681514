"""The engine `seine-mini` on tiny weights: what differs from `seine`."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from transformers import CLIPTokenizer

from engine_calls import animate, extend, transition
from letter_clips import numbered
from seine_core.camera import CameraMove
from seine_core.clips import Still
from seine_core.engines import get_engine
from seine_core.engines.protocol import ClipSpec, Request, Task
from seine_core.engines.seine import mini
from seine_core.engines.seine.engine import KEPT, Seine
from seine_core.engines.seine.mini import SEINE_MINI, known_phrases, recipe, weights, words
from seine_core.errors import MissingWeights
from seine_core.train.vocabulary import tokenizer_of

SPEC = ClipSpec(frames=25, width=96, height=64, fps=24, seed=3)
A, B = numbered(0b1010_0101_1100_0011, 96, 64), numbered(0b0101_1010_0011_1100, 96, 64)


@pytest.fixture
def engine(video_models: Path) -> Seine:
    return SEINE_MINI


def test_ends_are_exact_and_the_scenes_detail_stays(engine: Seine) -> None:
    clip = transition(engine, A, B, "a long prompt", SPEC)
    assert clip.shape == (25, 64, 96, 3)
    assert np.array_equal(clip[0], A) and np.array_equal(clip[-1], B)


def test_black_and_white_stays_black_and_white(engine: Seine) -> None:
    grey, light = (np.repeat(still[..., :1], 3, axis=2) for still in (A, B))
    for clip in (
        transition(engine, grey, light, "", SPEC),
        animate(engine, grey, "", SPEC),
        extend(engine, [grey] * 9, "", SPEC),
    ):
        assert len(clip) == SPEC.frames
        assert np.ptp(clip, axis=3).max() == 0


def test_its_own_frames_can_be_kept(engine: Seine) -> None:
    """In the style of that name each of them lasts for an eighth of a second."""
    clip = animate(engine, A, "", replace(SPEC, style=KEPT))
    changes = [i for i in range(1, 25) if not np.array_equal(clip[i], clip[i - 1])]
    assert np.array_equal(clip[0], A)
    assert 0 < len(changes) <= 8 and set(np.diff(changes)) <= {3, 6, 9}


def test_a_transition_of_any_length_is_one_clip_of_the_model() -> None:
    long = ClipSpec(frames=241, width=96, height=64, fps=24)
    native = recipe().native["transition"]
    assert native.frames(native.steps(long.frames - 1, long)) == 16
    short = replace(long, frames=5)
    assert native.frames(native.steps(short.frames - 1, short)) == 16


def test_the_camera_is_asked_for_first() -> None:
    tokenizer = tokenizer_of(["the camera pans left, a city by the sea at night, dissolve"] * 9)

    def asked(task: Task, prompt: str, camera: CameraMove = "auto") -> str:
        spec = ClipSpec(frames=3, width=96, height=64, camera=camera)
        return words(Request(task=task, given=[A, A], prompt=prompt, spec=spec), tokenizer)

    assert asked("transition", "a city at night", "pan-left") == (
        "the camera pans left, smooth transition, a city at night"
    )
    assert asked("transition", "dissolve") == "dissolve", "the prompt says how"
    assert asked("animate", "") == "slow motion"
    prose = "A balloon rises by the sea; a city at night. Then the camera pans to the left!"
    assert asked("animate", prose) == "the camera pans left, slow motion, a city at night", (
        "phrases with unknown words are not read, but the camera that they ask for is"
    )


def test_a_phrase_is_known_by_all_its_words() -> None:
    tokenizer = tokenizer_of(["pan left, cross-fade, a city"] * 9)
    prompt = "Pan left,a city , cross-fade!\npan upwards, , citylife; a-city"
    assert known_phrases(prompt, tokenizer) == ["Pan left", "a city", "cross-fade", "a-city"]
    assert known_phrases("", tokenizer) == []


def test_the_words_that_it_reads_are_those_that_its_tokenizer_has() -> None:
    reads = SEINE_MINI.capabilities.reads
    assert reads is not None and {"dusk", "fog", "sea"} <= set(reads.words)
    folder = weights()
    assert folder is not None
    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    known = [word for word in reads.words if word.isalpha()]
    assert known_phrases(", ".join(known), tokenizer) == known
    assert known_phrases("skyscraper, fogs", tokenizer) == []


def test_between_two_scenes_the_camera_travels() -> None:
    """By the seed to the right or to the left, unless the user says how."""
    light, dark = np.full((64, 96, 3), 230, np.uint8), np.full((64, 96, 3), 20, np.uint8)
    known = "turns into, travel, tilt up to a door, a slow dissolve, the scenery changes"
    tokenizer = tokenizer_of([known] * 9)

    def asked(prompt: str, end: Still = dark, seed: int = 0) -> str:
        spec = ClipSpec(frames=3, width=96, height=64, seed=seed)
        request = Request(task="transition", given=[light, end], prompt=prompt, spec=spec)
        return words(request, tokenizer)

    assert asked("a door", light) == "smooth transition, a door", "it is one scene"
    assert {asked("", seed=seed) for seed in (0, 1)} == {
        f"the camera pans {way}, turns into, travel" for way in ("left", "right")
    }
    assert asked("tilt up to a door") == (
        "the camera tilts up, turns into, travel, tilt up to a door"
    )
    for own in ("a slow dissolve", "the scenery changes"):
        assert asked(own) == own


def test_without_its_weights_it_is_no_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEINE_MODELS", str(tmp_path))
    monkeypatch.setattr(mini, "_BUNDLED", tmp_path / "nothing")
    about = get_engine("seine-mini").capabilities
    assert "make train-mini" in str(about.missing) and "\n" not in str(about.missing)
    with pytest.raises(MissingWeights, match="make train-mini"):
        animate(SEINE_MINI, A, "", SPEC)


def test_a_copy_of_the_weights_is_the_same_version(engine: Seine, tmp_path: Path) -> None:
    folder = mini.weights()
    assert folder
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, copy_function=shutil.copyfile)  # with other times
    assert recipe(copy).about.version == engine.capabilities.version
    weights = copy / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    assert recipe(copy).about.version != engine.capabilities.version


def test_damaged_weights_are_named(
    video_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "seine-mini").mkdir()
    (tmp_path / "seine-mini" / "model_index.json").write_text("{}")
    monkeypatch.setenv("SEINE_MODELS", str(tmp_path))
    with pytest.raises(MissingWeights, match="cannot be read"):
        animate(SEINE_MINI, A, "", SPEC)
