"""Ten thousand damaged ledgers and a thousand sound ones, each judged by both verifiers.

Run as ``python -m tests.faults.ledger_campaign [DAMAGED] [CLEAN]``; ends with 1 where anything was judged
wrongly: a damage not found, called by a wrong name, found at a later row, or judged differently by the two.
Edits, deletions, insertions, swaps and cuts reach up to the newest outside anchor; some have all hashes
behind them written anew, some the signatures too, with the ledger's own key.
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import Random

from tests.tampering import DAMAGES, judged, made

SIZES = (3, 60)


def damaged(case: int, folder: Path) -> tuple[str, str | None]:
    """The kind of damage of a case, and what is wrong with how it was judged."""
    random = Random(f"campaign {case}")
    ledger = made(
        random,
        random.randint(*SIZES),
        checkpoint_every=random.choice([1, 5, 10, 100]),
        anchor_every=random.choice([1, 2, 3]),
    )
    how = DAMAGES[case % len(DAMAGES)]
    damage = how(ledger, random, ledger.anchors[-1].seq)
    return how.__name__, judged(ledger, damage, folder)


def is_accused(case: int, folder: Path) -> bool:
    """Whether a sound ledger, anchored to its end, up to somewhere or not at all, is found wanting."""
    random = Random(f"sound {case}")
    ledger = made(random, random.randint(*SIZES), checkpoint_every=random.choice([1, 5, 10, 100]))
    ledger.anchors = ledger.anchors[: random.randint(0, len(ledger.anchors))]
    return not (ledger.proof().ok and ledger.second_proof(folder)["ok"])


def main(n_damaged: int = 10_000, n_clean: int = 1_000) -> int:
    found: Counter[str] = Counter()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        for case in range(n_damaged):
            kind, said = damaged(case, Path(name))
            found[kind] += said is None
            if said is not None:
                wrong.append(f"case {case}, {kind}: {said}")
        accused = [case for case in range(n_clean) if is_accused(case, Path(name))]
    for kind, n in sorted(found.items()):
        sys.stdout.write(f"{kind:18} {n:6,} found and named\n")
    sys.stdout.write(f"sound ledgers      {n_clean - len(accused):6,} of {n_clean:,} passed\n")
    for line in [*wrong, *(f"sound case {case} was accused" for case in accused)]:
        sys.stdout.write(f"WRONG {line}\n")
    return 1 if wrong or accused else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
