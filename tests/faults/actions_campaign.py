"""A thousand deaths of processes that change production or train anew, and what the next start makes of each.

Run as ``python -m tests.faults.actions_campaign [N]``; ends with 1 where anything was lost, doubled or half
done. Each case is a promotion, a roll back (some refused by the deployment) or a retraining, killed at one
boundary, before or after its effect; some die again while they recover. Ledger, registry, history, deployment
and files must then tell one story: the checks are those of CI's kill tests.
"""

import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from core.action import ActionKind
from tests.faults import acting, retraining, test_kill_actions, test_kill_retraining
from tests.faults.acting import Plan

WAYS = ("promote", "roll back", "refused by the deployment", "retrain")


def case(number: int, made: dict[str, Path], folder: Path) -> tuple[str, float]:
    """Kill one, and look at what is left; returns what it was and how many seconds the look took."""
    random = Random(f"campaign {number}")
    way = WAYS[number % len(WAYS)]
    when = random.choice(["before", "after"])
    die: Callable[..., None]
    if way == "retrain":
        shutil.copytree(made["retraining"], folder)
        at = random.randrange(len(test_kill_retraining.PASSED))
        die, plan = test_kill_retraining.die, Plan(at=at, when=when)
        die(retraining.retrain, folder, plan)
        begun = time.monotonic()
        test_kill_retraining.look(folder)
        return way, time.monotonic() - begun
    shutil.copytree(made["acting"], folder)
    found, n = test_kill_actions.WAYS[way]
    at = random.randrange(n)
    plan = Plan(kind=found.kind, refuses=found.refuses, at=at, when=when)
    test_kill_actions.die(acting.act, folder, plan)
    if at == 1 and when == "after" and found.kind is ActionKind.PROMOTE:
        # Right behind the move there is most left to do, so that the recovery itself can be cut off.
        again = Plan(kind=found.kind, refuses=found.refuses, at=random.randrange(4), when=when)
        test_kill_actions.die(acting.recovered, folder, again)
    begun = time.monotonic()
    test_kill_actions.look(folder, found)
    return way, time.monotonic() - begun


def main(n: int = 1_000) -> int:
    sound: Counter[str] = Counter()
    wrong: list[str] = []
    slowest = 0.0
    with tempfile.TemporaryDirectory() as name:
        made = {"acting": Path(name, "acting"), "retraining": Path(name, "retraining")}
        for folder, make in zip(made.values(), (acting.make, retraining.make), strict=True):
            folder.mkdir()
            make(folder)
        for number in range(n):
            folder = Path(name, "case")
            try:
                way, took = case(number, made, folder)
                sound[way] += 1
                slowest = max(slowest, took)
            except AssertionError as error:
                wrong.append(f"case {number}, {WAYS[number % len(WAYS)]}: {str(error)[:500]}")
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    for way, count in sorted(sound.items()):
        sys.stdout.write(f"{way:26} {count:5,} killed, none lost, doubled or half done\n")
    sys.stdout.write(f"longest recovery and look {slowest:.1f} s\n")
    for line in wrong:
        sys.stdout.write(f"WRONG {line}\n")
    return 1 if wrong or slowest > 10 else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
