"""Calls to the system that fail when a test says so: the n-th of all of a kind, with an error."""

import io
import os
from collections.abc import Callable
from typing import Any

import pytest

from seine_core.files import atomic

# What changes a disk or opens something on it, as Python's own code calls it.
NAMES = ("open", "fsync", "rename", "replace", "mkdir", "listdir")


class Failing:
    """Lets the n-th of all wrapped calls fail; `count` is how many there were."""

    def __init__(self, nth: int, error: BaseException) -> None:
        self.nth, self.error, self.count = nth, error, 0

    def wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.count += 1
            if self.count == self.nth:
                raise type(self.error)(*self.error.args)
            return call(*args, **kwargs)

        return wrapped

    def install(self, patch: pytest.MonkeyPatch) -> None:
        for name in NAMES:
            patch.setattr(os, name, self.wrap(getattr(os, name)))
        patch.setattr(io, "open", self.wrap(io.open))
        patch.setattr(atomic, "_rename", self.wrap(atomic._rename))


def disk_error(number: int) -> OSError:
    return OSError(number, os.strerror(number))
