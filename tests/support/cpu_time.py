"""How long something took, by what it took of the processor: a clock on the wall counts what the
rest of the machine does too."""

import os


def cpu_of_children_s() -> float:
    """Seconds that the ended child processes of this one, and theirs, have taken."""
    used = os.times()
    return used.children_user + used.children_system
