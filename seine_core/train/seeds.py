"""Random generators of a training run, each a function of the run's seed and of its purpose.

No generator lives from one step to the next, so a resumed run is bit-identical to one that was not
stopped, and an item is the same in any process, at any place in any batch.
"""

import hashlib

import numpy as np
import torch


def seed_of(*what: int | str) -> int:
    """A seed of 63 bits, a hash of numbers and names."""
    digest = hashlib.blake2b(repr(what).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def torch_generator(*what: int | str) -> torch.Generator:
    """A generator on the CPU, seeded with `seed_of`."""
    return torch.Generator().manual_seed(seed_of(*what))


def numpy_generator(*what: int | str) -> np.random.Generator:
    """A generator seeded with `seed_of`."""
    return np.random.default_rng(seed_of(*what))
