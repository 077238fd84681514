"""What one connection, one address and all of them may take of a server. All numbers stand here.

A browser opens six connections to a server, whatever the number of its tabs, and each page keeps
one or two of them for events: `per_address` has room for forty browsers behind one address.
"""

from dataclasses import dataclass

KB = 1024


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Times in seconds, sizes in bytes."""

    head_s: float = 10.0  # from a connection's or a request's begin to the end of its head
    head_bytes: int = 32 * KB  # browsers send the cookies of everything else on localhost, too
    head_lines: int = 100
    idle_s: float = 15.0  # between two requests
    window_s: float = 15.0  # in which a body brings `floor_bytes`, or is given up
    floor_bytes: int = 15 * KB  # one KB a second, half of what the slowest mobile network carries
    answer_window_s: float = 60.0  # in which as much of an answer is taken, or it is given up: long
    # enough for a browser's own pauses; a player that stood for longer asks for the rest anew
    linger_s: float = 3.0  # for the rest of a body that was refused, so that the refusal is read
    per_address: int = 256  # connections, or requests at once through a proxy
    connections: int = 1000  # or half of what the system lets the process open


LIMITS = Limits()
