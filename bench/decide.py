"""How many acts one core decides in a second, in memory, with the rules that come with Arrears.

    python bench/decide.py [--windows 10]

For each act and jurisdiction (and for one that is unknown: every law at once) the baseline's act
and variants of it are decided one by one, each from facts to verdict; building the act itself is
not counted, gathering facts from a database neither.
"""

from __future__ import annotations

import argparse
import time
from datetime import datetime, timedelta

from arrears.rulebook.act import JURISDICTIONS, Act
from arrears.rulebook.baseline import read_baseline
from arrears.rulebook.decide import decide, ruleset_of
from arrears.rulebook.load import load_rulebook
from arrears.rulebook.next_moment import next_moment

ZONES = {"cn": "Asia/Shanghai", "us": "America/New_York", "in": "Asia/Kolkata",
         "gb": "Europe/London", None: "Asia/Shanghai"}  # fmt: skip
AT = datetime.fromisoformat("2026-12-02T10:00+08:00")


def variants(name: str, jurisdiction: str | None) -> list[Act]:
    """The baseline over two days, every half an hour; every third with one hold."""
    baseline = read_baseline()[name]
    return [
        Act(
            act=name,
            actor=baseline.actor,
            party=baseline.party,
            at=AT + timedelta(minutes=30 * step),
            jurisdiction=jurisdiction,
            zone=ZONES[jurisdiction],
            facts={**baseline.facts, "hold_dispute": step % 3 == 0},
        )
        for step in range(96)
    ]


def rate(acts: list[Act], windows: int) -> float:
    """Decisions per second of processor time, in the best of some windows: others share the
    machine's caches, and what they take from a window is not ours to count."""
    for act in acts:
        decide(act)
    best = 0.0
    for _ in range(windows):
        start = time.process_time()
        for act in acts:
            decide(act)
        best = max(best, len(acts) / (time.process_time() - start))
    return best


def main() -> None:
    """Print a row per act and jurisdiction, and the slowest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--windows", type=int, default=10, help="of 96 decisions, for each row")
    windows = parser.parse_args().windows
    rulebook = load_rulebook()
    rates = []
    print(
        f"{'act':16} {'law':8} {'rules':>5} {'facts':>5} {'decisions/s':>11} {'next moment ms':>14}"
    )
    for name in read_baseline():
        for jurisdiction in (*JURISDICTIONS, None):
            acts = variants(name, jurisdiction)
            rules = ruleset_of(acts[0], rulebook)
            rates.append(rate(acts, windows))
            start = time.process_time()
            for act in acts[:12]:
                next_moment(act)
            spent_ms = (time.process_time() - start) / 12 * 1000
            print(
                f"{name:16} {jurisdiction or 'unknown':8} {len(rules.rules):5} "
                f"{len(rules.reads):5} {rates[-1]:11,.0f} {spent_ms:14.2f}"
            )
    print(f"slowest {min(rates):,.0f}, mean {sum(rates) / len(rates):,.0f} decisions/s per core")


if __name__ == "__main__":
    main()
