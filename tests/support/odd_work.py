"""Work for other processes: what a test of them wants to happen."""

import os
import signal


def double(task: int) -> tuple[int, str]:
    """Twice the task and a word of the environment; the process is killed over a negative one."""
    if task < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * task, os.environ["WORD"]
