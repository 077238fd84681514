"""How often something may be done, by one address and by all together."""

import ipaddress
import threading
import time
from collections import Counter
from collections.abc import Callable


class RateLimit:
    """At most `each` times for one address and `total` times for all in `per_s` seconds, which
    are counted from when the first came."""

    def __init__(
        self, each: int, total: int, per_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.each, self.total, self.per_s = each, total, per_s
        self._clock = clock
        self._begun = clock()
        self._done: Counter[str] = Counter()  # at most `total` of them
        self._lock = threading.Lock()

    def take(self, address: str) -> bool:
        """Whether `address` may once more; then it is counted."""
        key = network(address)
        with self._lock:
            now = self._clock()
            if now - self._begun >= self.per_s:
                self._begun, self._done = now, Counter()
            if self._done[key] >= self.each or self._done.total() >= self.total:
                return False
            self._done[key] += 1
            return True


def network(address: str) -> str:
    """Whose an address is: of IPv6 everybody has a whole /64."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
