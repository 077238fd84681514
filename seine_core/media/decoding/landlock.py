"""Linux's Landlock: a process gives up opening, making, renaming and removing files, running
programs, connections and signals to others, for ever. Files that are open stay open.

See `man 7 landlock`; the numbers are those of <linux/landlock.h>.
"""

import ctypes
import os
import platform
import sys

_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_MACHINES = ("x86_64", "aarch64", "riscv64")
_VERSION_FLAG = 1
_NO_NEW_PRIVILEGES = 38  # of prctl
# How many kinds of access to files each version of Landlock knows, from version 1 on.
_KINDS = (13, 14, 15, 15, 16)
_TCP, _SOCKETS_AND_SIGNALS = 0b11, 0b11


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


def give_up_paths() -> bool:
    """Whether this thread, and those that it starts, now can reach no file by its name. Where the
    system has no Landlock, or does not grant it, all stays as it was."""
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        return False
    system = ctypes.CDLL(None, use_errno=True)

    def call(number: int, *values: object) -> int:
        result: int = system.syscall(ctypes.c_long(number), *values)
        return result

    version = call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))
    if version < 1:  # not built in, or not switched on
        return False
    forbidden = _Ruleset(
        files=(1 << _KINDS[min(version, len(_KINDS)) - 1]) - 1,
        network=_TCP if version >= 4 else 0,
        scoped=_SOCKETS_AND_SIGNALS if version >= 6 else 0,
    )
    size = ctypes.c_size_t(8 if version < 4 else 16 if version < 6 else 24)
    rules = call(_CREATE_RULESET, ctypes.byref(forbidden), size, ctypes.c_uint32(0))
    if rules < 0:
        return False
    try:
        return (
            system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
            and call(_RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint32(0)) == 0
        )
    finally:
        os.close(rules)
