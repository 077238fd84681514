"""All chance of a training run is a function of its seed and of what is drawn for.

No generator lives from one step to the next. So a run that was stopped goes on exactly where it
was, and an item is the same in any process, at any place in any batch.
"""

import hashlib

import numpy as np
import torch


def seed_of(*what: int | str) -> int:
    """A seed of 63 bits, another for every list of numbers and names."""
    digest = hashlib.blake2b(repr(what).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def tensor_chance(*what: int | str) -> torch.Generator:
    return torch.Generator().manual_seed(seed_of(*what))


def array_chance(*what: int | str) -> np.random.Generator:
    return np.random.default_rng(seed_of(*what))
