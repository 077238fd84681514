"""How long a login has to wait after others that failed.

Failures are counted for the name and for the address. After a few, each doubles the time in which
no password is looked at, the right one neither: else guessing could go on meanwhile. Asking in that
time makes it no longer, so whoever waits gets in. Somebody who guesses at a name cannot keep its
owner out: from an address that the owner has logged in from before, only that owner's failures
there count.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.served.accounts import NAME_LENGTH
from seine_core.web.addresses import one_caller

LONGEST_S = 300.0
_FREE = {"name": 5, "address": 20}  # failures that cost nothing: typing errors, also of neighbours
_FORGOTTEN_S = 3600.0  # a failure counts no more when there was none for this long
_STRANGERS = 10_000  # names that nobody has, and addresses, whose failures are remembered
_KNOWN_FROM = 8  # addresses of one name

Key = tuple[str, str, str]  # "name" or "address", the name, the address


@dataclass
class _Failures:
    count: int = 0
    latest: float = 0.0
    until: float = 0.0


class Attempts:
    """Of one server, in memory. Names that nobody has are treated as all others are."""

    def __init__(self, names: Iterable[str], clock: Callable[[], float] = time.monotonic) -> None:
        """`names`: of the accounts. `clock` tells seconds."""
        self._clock = clock
        self._known_from: dict[str, list[str]] = {name: [] for name in names}
        self._owners: dict[Key, _Failures] = {}
        self._strangers: OrderedDict[Key, _Failures] = OrderedDict()  # the latest failure last

    def wait_s(self, name: str, address: str) -> float:
        """Seconds until this name may be tried from this address; 0 where that is now."""
        keys = self._keys(name, address)
        found = [self._table(key).get(key) for key in keys]
        return max(0.0, *(each.until - self._clock() for each in found if each), 0.0)

    def failed(self, name: str, address: str) -> float:
        """Count a failure. Seconds until the next try."""
        now = self._clock()
        for key in self._keys(name, address):
            table = self._table(key)
            failures = table.pop(key, _Failures())
            if now - failures.latest > _FORGOTTEN_S:
                failures = _Failures()
            failures.count += 1
            failures.latest = now
            over = failures.count - _FREE[key[0]]
            if over >= 0:
                failures.until = now + min(LONGEST_S, 2.0 ** min(over, 20))
            table[key] = failures
        while len(self._strangers) > _STRANGERS:
            self._strangers.popitem(last=False)
        return self.wait_s(name, address)

    def succeeded(self, name: str, address: str) -> None:
        """Forget what was counted for the name; the address is known to be its owner's."""
        for key in self._keys(name, address):
            if key[0] == "name":
                self._table(key).pop(key, None)
        known, caller = self._known_from[name], one_caller(address)
        if caller in known:
            known.remove(caller)
        known.append(caller)
        for forgotten in known[:-_KNOWN_FROM]:
            self._owners.pop(("name", name, forgotten), None)
        del known[:-_KNOWN_FROM]

    def _keys(self, name: str, address: str) -> list[Key]:
        caller, name = one_caller(address), name[:NAME_LENGTH]
        if caller in self._known_from.get(name, ()):
            return [("name", name, caller)]
        return [("name", name, ""), ("address", "", caller)]

    def _table(self, key: Key) -> dict[Key, _Failures]:
        """Nobody can push out what is remembered of a name that somebody has."""
        return self._owners if key[1] in self._known_from else self._strangers
