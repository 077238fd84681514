"""Data loading: the order of the clips, and the worker processes.

Clips are numbered through the whole run: step s of a run with n clips a step has the numbers
s·n … s·n + n - 1, however many processes divide them. The clip of a number depends on the seed
alone, so a run resumes at any step, and the number of worker processes changes nothing.
"""

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from seine_core.errors import BadInput
from seine_core.train.cache import LatentCache
from seine_core.train.clips import ClipSource
from seine_core.train.config import Config
from seine_core.train.seeds import numpy_generator, seed_of

_TO_SAVE = 30  # seconds
MOST_SKIPPED = 1000  # unreadable clips in a row, after which loading fails


@dataclass(frozen=True, kw_only=True)
class Item:
    """One clip for training: its frames, or its latents if cached."""

    number: int
    caption: str
    key: str  # in the cache
    frames: Tensor | None  # [f h w 3] uint8
    latents: Tensor | None  # [c f h w]
    faults: tuple[str, ...]  # files that were passed over for it


class Items(Dataset[Item]):
    """The items of a run by number. An unreadable clip is replaced by the next in order.

    Raises:
        BadInput: `source` is empty.
    """

    def __init__(
        self, source: ClipSource, seed: int, variations: int = 0, cache: LatentCache | None = None
    ) -> None:
        if not len(source):
            raise BadInput(
                "there is no clip to train on", subject="data", advice="name a folder that has some"
            )
        self.source = source
        self.seed = seed
        self.variations = variations
        self.cache = cache
        self.unusable: set[int] = set()  # found by this process

    def __getitem__(self, number: int) -> Item:
        """The item of that number.

        Raises:
            BadInput: no clip can be read.
        """
        faults: list[str] = []
        count = len(self.source)
        for skipped in range(min(count, MOST_SKIPPED)):
            index, seed = self.place(number, skipped)
            if index in self.unusable:
                continue
            try:
                return self._item(number, index, seed, tuple(faults))
            except (BadInput, OSError) as error:
                self.unusable.add(index)
                faults.append(" ".join(str(error).split()))
        last = f", the last for this reason: {faults[-1]}" if faults else ""
        raise BadInput(f"none of {count} clips can be used{last}", subject="data")

    def place(self, number: int, skipped: int = 0) -> tuple[int, int]:
        """The index of item `number`'s clip after `skipped` unreadable ones, and its seed."""
        count = len(self.source)
        epoch, position = divmod(number, count)
        index = int(_order(count, self.seed, epoch)[(position + skipped) % count])
        variation = epoch % self.variations if self.variations else epoch
        return index, seed_of(self.seed, "clip", variation, index)

    def _item(self, number: int, index: int, seed: int, faults: tuple[str, ...]) -> Item:
        key = self.cache.key(self.source.key(index), seed) if self.cache else ""
        frames = latents = None
        if self.cache and (found := self.cache.get(key)):
            caption, latents = found
        else:
            clip = self.source.clip(index, seed)
            caption, frames = clip.caption, torch.from_numpy(np.ascontiguousarray(clip.frames))
        return Item(
            number=number, caption=caption, key=key, frames=frames, latents=latents, faults=faults
        )


@lru_cache(maxsize=2)
def _order(count: int, seed: int, epoch: int) -> NDArray[np.int64]:
    return numpy_generator(seed, "order", epoch).permutation(count)


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """The batch sampler of one process: the item numbers of each of its forward passes."""

    batch_size: int
    accumulate: int
    process: int
    processes: int
    first_step: int
    steps: int

    def __iter__(self) -> Iterator[list[int]]:
        passes = range(self.first_step * self.accumulate, self.steps * self.accumulate)
        for one in passes:
            first = (one * self.processes + self.process) * self.batch_size
            yield list(range(first, first + self.batch_size))

    def __len__(self) -> int:
        return (self.steps - self.first_step) * self.accumulate


def load_batches(
    items: Items, config: Config, *, first_step: int, process: int = 0, processes: int = 1
) -> Iterator[list[Item]]:
    """The items of each forward pass of this process, from step `first_step` (counted from 0)
    on."""
    numbers = Numbers(
        batch_size=config.batch_size,
        accumulate=config.accumulate,
        process=process,
        processes=processes,
        first_step=first_step,
        steps=config.steps,
    )
    return iter(
        DataLoader(
            items,
            batch_sampler=numbers,
            num_workers=config.loading.workers,
            collate_fn=list,
            worker_init_fn=_outlive_signals,
        )
    )


def _outlive_signals(_: int) -> None:
    """Signals to the whole process group reach the workers too: they ignore SIGINT and end
    `_TO_SAVE` seconds after SIGTERM, so that the training process can save and end them itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: signal.alarm(_TO_SAVE))
