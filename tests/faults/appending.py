"""A process to be killed, or to race with another: appends entries together with what they record.

Prints ``ready``, then a line per entry.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from core.adapters.system_clock import SystemClock
from core.chain.entries import Draft
from core.ledger import Ledger
from core.store import StateStore


def main(folder: Path, name: str, n: int) -> None:
    state = StateStore.open(folder / "state.db")
    ledger = Ledger(state, keys=folder / "keys", clock=SystemClock(), anchor=folder / f"anchor-{name}.jsonl")
    ledger.begin()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for number in range(n):
        at = datetime.now(UTC).isoformat()
        with state.together():
            state.save_setting(f"{name}/last", str(number))
            draft = Draft(kind="noted", actor=name, facts={"n": number}, private={"at": at})
            entry = ledger.append(draft)
        if number % 5 == 4:
            ledger.checkpoint()
        sys.stdout.write(f"{entry.seq}\n")
        sys.stdout.flush()
