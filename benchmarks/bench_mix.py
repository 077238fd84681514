"""The sound of a long film: how fast it is decoded and mixed, and the memory that it takes.

    python -m benchmarks.bench_mix --minutes 60 --sounds 40

Sounds lie on four tracks, of which one is a voice that the others make room for. Times are of the
processor, memory is the peak of this process (its decoders have one sound at a time).
"""

import argparse
import resource
import tempfile
import time
import wave
from pathlib import Path

import numpy as np

from seine_core.story import edits, sound_edits
from seine_core.story.mix.film_sound import film_sound
from seine_core.story.mix.store import SoundStore
from seine_core.story.model import CardSource, Story

RATE = 48_000
TRACKS = ("music", "effects", "effects", "voice")


def write_noise(path: Path, seconds: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        for _ in range(seconds):
            file.writeframes(rng.integers(-4000, 4000, 2 * RATE, np.int16).tobytes())


def made_story(folder: Path, minutes: int, sounds: int) -> Story:
    """A film of `minutes` in one card, with all sounds spread over it, overlapping by half."""
    story = Story()
    for _ in range(minutes):
        story = edits.insert(story, [CardSource()], duration_s=60.0)
    for edge in story.edges():
        story = edits.set_transition(story, edge.left, edge.right, duration_s=0.0)
    for kind in TRACKS:
        story = sound_edits.add_track(story, kind)
    step_s = minutes * 60 / sounds
    for n in range(sounds):
        name = f"{n:03}.wav"
        write_noise(folder / "media" / name, round(2 * step_s), n)
        track = f"track-{n % len(TRACKS) + 1}"
        story = sound_edits.add_sound(story, track, name, start_s=n * step_s, fade_in_s=1.0)
    return story


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--sounds", type=int, default=40)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "media").mkdir()
        story = made_story(folder, chosen.minutes, chosen.sounds)
        begin = time.process_time()
        mix = film_sound(story, folder, SoundStore(folder / "sounds"))
        assert mix is not None
        decoded = time.process_time()
        samples = sum(len(block) for block in mix.blocks())
        done = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    speed = samples / RATE / (done - decoded)
    print(f"{samples / RATE / 60:.1f} min of {chosen.sounds} sounds, peak {peak:.0f} MB")
    print(f"stored in {decoded - begin:.1f} s, mixed in {done - decoded:.1f} s: {speed:.0f} x")


if __name__ == "__main__":
    main()
