"""Children end with their parent, however the parent ends."""

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_POLL_S = 1.0


def tie_to(parent: int, *, ending: signal.Signals = signal.SIGTERM) -> None:
    """End this process when process ``parent`` ends.

    Parameters
    ----------
    parent
        The process that started this one; if it has ended already, so does this one. On Linux it is the
        very *thread* that started this process whose end counts: start children from one that lives on.
    ending
        By which signal: SIGTERM lets this process tidy up, SIGKILL suffers no delay.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, ending, 0, 0, 0)
    else:
        watching = threading.Thread(
            target=_watch, args=(parent, ending), name="trimtab-lifeline", daemon=True
        )
        watching.start()
    # It may have ended between our start and the line above.
    if os.getppid() != parent:
        os.kill(os.getpid(), ending)


def _watch(parent: int, ending: signal.Signals) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL_S)
    os.kill(os.getpid(), ending)
