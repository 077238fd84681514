"""The mix of a film: one for the export, the player and the meters, the same sample by sample
wherever one begins to read.

It is made in blocks of a second. What a block needs of its neighbours (whether a voice is near, a
peak at its edge) reaches a second at most, so memory is flat in the film's length.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from seine_core.errors import BadInput
from seine_core.media.sound import SAMPLE_RATE, Sound
from seine_core.story.mix.limiter import MARGIN, limited
from seine_core.story.mix.placing import Heard, Score
from seine_core.story.mix.room_tone import room_tone

_BLOCK = SAMPLE_RATE
_OPEN = 16  # files that stay open, each where it was last read
_STEP = SAMPLE_RATE // 100  # samples for which it is decided whether a voice is heard
_STEPS = _BLOCK // _STEP
_VOICE = 10 ** (-50 / 20)  # the amplitude from which it is
_AHEAD, _HOLD, _EASE = 25, 60, 15  # steps: a lane ducks before a voice, stays down, and eases
_TONE_FADE = SAMPLE_RATE // 20


class Mix:
    """What is heard of `score`, [n 2] in -1..1: limited, with `gain` on all of it. With `solo` only
    these lanes are. One thread at a time."""

    def __init__(self, score: Score, gain: float = 1.0, solo: Collection[str] = ()) -> None:
        self.samples = score.samples
        self._lanes = score.lanes
        self._gain = gain
        self._sounds = [s for s in score.sounds if not solo or s.lane in solo]
        self._readers: OrderedDict[int, _Reader] = OrderedDict()
        # A block is asked for by its neighbours, too.
        self._voices = lru_cache(maxsize=4)(self._mix_voices)
        self._heard = lru_cache(maxsize=4)(self._mix_ducked)

    def read(self, first: int, count: int) -> Sound:
        """The samples from `first` on, fewer where the film ends.

        Raises:
            BadInput: `first` or `count` is negative.
        """
        if first < 0 or count < 0:
            raise BadInput(subject="first, count", received=(first, count), allowed="0 and more")
        end = min(first + count, self.samples)
        blocks = [self._block(k) for k in range(first // _BLOCK, -(-end // _BLOCK))]
        if not blocks or first >= end:
            return np.zeros((0, 2), np.float32)
        skipped = first // _BLOCK * _BLOCK
        return np.concatenate(blocks)[first - skipped : end - skipped]

    def blocks(self) -> Iterator[Sound]:
        """All of it in order."""
        for first in range(0, self.samples, _BLOCK):
            yield self.read(first, _BLOCK)

    def unlimited(self) -> Iterator[Sound]:
        """All of it in order as it is before `gain` and the limiter, for measuring its loudness."""
        for first in range(0, self.samples, _BLOCK):
            yield self._heard(first // _BLOCK)[: self.samples - first]

    def _block(self, k: int) -> Sound:
        before, after = self._heard(k - 1), self._heard(k + 1)
        whole = np.concatenate([before[-MARGIN:], self._heard(k), after[:MARGIN]])
        return limited(whole, self._gain)

    def _mix_ducked(self, k: int) -> Sound:
        voices, _ = self._voices(k)
        result = voices.copy()
        for duck_db, sound in self._bed(k, lambda lane: not self._lanes[lane].is_voice).items():
            if duck_db:
                sound *= 10 ** (-duck_db / 20 * self._ducked(k))[:, None]
            result += sound
        return result

    def _mix_voices(self, k: int) -> tuple[Sound, NDArray[np.bool_]]:
        """The voices of a block, and in which steps any is heard."""
        found = self._bed(k, lambda lane: self._lanes[lane].is_voice)
        sound = sum(found.values(), np.zeros((_BLOCK, 2), np.float32))
        power = np.square(sound).reshape(_STEPS, -1).mean(axis=1)
        return sound, power > _VOICE**2

    def _ducked(self, k: int) -> NDArray[np.float32]:
        """How far each sample of a block makes room for voices, 0..1."""
        speaks = np.concatenate([self._voices(n)[1] for n in (k - 1, k, k + 1)])
        if not speaks.any():
            return np.zeros(_BLOCK, np.float32)
        wanted = np.zeros(len(speaks))
        for at in np.flatnonzero(speaks):
            wanted[max(0, at - _AHEAD) : at + _HOLD + 1] = 1
        eased = np.convolve(wanted, np.full(2 * _EASE + 1, 1 / (2 * _EASE + 1)), "same")
        centres = (np.arange(len(speaks)) - _STEPS + 0.5) * _STEP
        return np.interp(np.arange(_BLOCK), centres, eased).astype(np.float32)

    def _bed(self, k: int, wanted: Callable[[str], bool]) -> dict[float, Sound]:
        """The sum of the sounds in lanes that are `wanted`, by how far those duck."""
        found: defaultdict[float, Sound] = defaultdict(lambda: np.zeros((_BLOCK, 2), np.float32))
        first = k * _BLOCK
        for n, heard in enumerate(self._sounds):
            a, b = max(heard.start, first), min(heard.end, first + _BLOCK)
            lane = self._lanes[heard.lane]
            if a < b and wanted(heard.lane) and lane.volume:
                gain = heard.gain(np.arange(a, b)) * np.float32(lane.volume)
                place = found[lane.duck_db][a - first : b - first]
                place += self._reader(n).read(a - heard.start, b - a) * gain[:, None]
        return found

    def _reader(self, n: int) -> "_Reader":
        reader = self._readers.pop(n, None) or _Reader(self._sounds[n])
        self._readers[n] = reader
        if len(self._readers) > _OPEN:
            self._readers.popitem(last=False)
        return reader


class _Reader:
    """The samples of one sound of the film, by their place in it."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self._next = -1  # the sample of the file that `_pieces` comes to
        self._pieces: Iterator[Sound] = iter(())
        self._rest = np.zeros((0, 2), np.float32)

    def read(self, first: int, count: int) -> Sound:
        """[count 2] from the sample `first` on, counted from where it begins to be heard."""
        result, done = np.zeros((count, 2), np.float32), 0
        while done < count:
            at, size = self._heard.offset + first + done, count - done
            if loop := self._heard.loop:
                at = loop[0] + (at - loop[0]) % (loop[1] - loop[0])
                size = min(size, loop[1] - at)
            result[done : done + size] = self._stretch(at, size)
            done += size
        return result

    def _stretch(self, at: int, count: int) -> Sound:
        """Of the file from `at` on; beyond its ends what its place is to sound like."""
        samples, result = self._heard.sound.samples, np.zeros((count, 2), np.float32)
        if self._heard.until is not None:
            samples = min(samples, self._heard.until)
        a, b = max(0, at), min(samples, at + count)
        if a < b:
            result[a - at : b - at] = self._file(a, b - a)
        if self._heard.room_tone and not self._heard.loop:
            tone = self._tone(np.arange(at, at + count), samples)
            if tone.any():
                result *= (1 - tone)[:, None]
                result += room_tone(self._heard.sound, at, count) * tone[:, None]
        return result

    @staticmethod
    def _tone(at: NDArray[np.int64], samples: int) -> NDArray[np.float32]:
        """How much of the room is heard at samples of the file: it comes in at the file's ends."""
        outside = np.maximum(_TONE_FADE - at, at - (samples - _TONE_FADE))
        return np.clip(outside / _TONE_FADE, 0, 1).astype(np.float32)

    def _file(self, at: int, count: int) -> Sound:
        if at != self._next:
            self._pieces = self._heard.sound.read(at)
            self._rest = np.zeros((0, 2), np.float32)
        pieces, held = [self._rest], len(self._rest)
        while held < count:
            piece = next(self._pieces, None)
            if piece is None:  # it was cut off since
                raise BadInput("is damaged", subject=self._heard.sound.folder, advice="remove it")
            pieces.append(piece)
            held += len(piece)
        joined = np.concatenate(pieces)
        self._rest, self._next = joined[count:], at + count
        return joined[:count]
