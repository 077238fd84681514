"""Results kept by what a picture shows, so that the same one is looked at once."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

import numpy as np

from seine_core.clips import Still

P = ParamSpec("P")
T = TypeVar("T")
OfStill = Callable[Concatenate[Still, P], T]


def by_content(
    most: int,
) -> Callable[[Callable[Concatenate[Still, P], T]], Callable[Concatenate[Still, P], T]]:
    """Keeps the last `most` results of a function of a still, by the still's pixels and the other
    arguments."""

    def keep(function: OfStill[P, T]) -> OfStill[P, T]:
        lock = threading.Lock()
        kept: OrderedDict[Hashable, T] = OrderedDict()

        @wraps(function)
        def seen(image: Still, /, *args: P.args, **kwargs: P.kwargs) -> T:
            pixels = hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=16).digest()
            key = (pixels, image.shape, args, tuple(sorted(kwargs.items())))
            with lock:
                if key in kept:
                    kept.move_to_end(key)
                    return kept[key]
            result = function(image, *args, **kwargs)
            with lock:
                kept[key] = result
                while len(kept) > most:
                    kept.popitem(last=False)
            return result

        return seen

    return keep
