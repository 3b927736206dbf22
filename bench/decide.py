"""How many acts one core decides in a second, in memory, with the rules that come with Arrears.

    python bench/decide.py [--windows 10]

For each act and jurisdiction (and for one that is unknown: every law at once) acts are decided one
by one, each from facts to verdict. ``Cedar/s``: each is one that the rules have not seen before;
``kept/s``: each is like an earlier one, so that Cedar's answer is still known. Building the act
and gathering its facts from a database are not counted.
"""

from __future__ import annotations

import argparse
import time
from datetime import datetime

from arrears.rulebook.act import JURISDICTIONS, Act
from arrears.rulebook.alike import answers_of
from arrears.rulebook.baseline import Baseline, read_baseline
from arrears.rulebook.decide import decide, ruleset_of
from arrears.rulebook.load import load_rulebook
from arrears.rulebook.vocabulary import FACTS

ZONES = {"cn": "Asia/Shanghai", "us": "America/New_York", "in": "Asia/Kolkata",
         "gb": "Europe/London", None: "Asia/Shanghai"}  # fmt: skip
AT = datetime.fromisoformat("2026-12-02T10:00+08:00")


def variants(name: str, jurisdiction: str | None) -> list[Act]:
    """128 acts no two of which the rules take for alike: each has other flags raised."""
    baseline = read_baseline()[name]
    plain = _act(name, jurisdiction, baseline, {})
    rules = ruleset_of(plain, load_rulebook())
    flags = [fact for fact in rules.names if FACTS[fact].kind == "flag"][:7]
    return [
        _act(
            name,
            jurisdiction,
            baseline,
            {fact: bool(step >> bit & 1) for bit, fact in enumerate(flags)},
        )
        for step in range(128)
    ]


def _act(name: str, jurisdiction: str | None, baseline: Baseline, given: dict[str, bool]) -> Act:
    return Act(
        act=name,
        actor=baseline.actor,
        party=baseline.party,
        at=AT,
        jurisdiction=jurisdiction,
        zone=ZONES[jurisdiction],
        facts={**baseline.facts, **given},
    )


def rate(acts: list[Act], windows: int, anew: bool) -> float:
    """Decisions per second of processor time, in the best of some windows: others share the
    machine's caches, and what they take from a window is not ours to count."""
    for act in acts:
        decide(act)
    best = 0.0
    for _ in range(windows):
        if anew:
            answers_of.cache_clear()
        start = time.process_time()
        for act in acts:
            decide(act)
        best = max(best, len(acts) / (time.process_time() - start))
    return best


def main() -> None:
    """Print a row per act and jurisdiction, and the slowest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--windows", type=int, default=10, help="of 128 decisions, for each row")
    windows = parser.parse_args().windows
    rulebook = load_rulebook()
    rates = []
    print(f"{'act':16} {'law':8} {'rules':>5} {'facts':>5} {'Cedar/s':>9} {'kept/s':>9}")
    for name in read_baseline():
        for jurisdiction in (*JURISDICTIONS, None):
            acts = variants(name, jurisdiction)
            rules = ruleset_of(acts[0], rulebook)
            both = [rate(acts, windows, anew) for anew in (True, False)]
            rates.append(both)
            print(
                f"{name:16} {jurisdiction or 'unknown':8} {len(rules.rules):5} "
                f"{len(rules.reads):5} {both[0]:9,.0f} {both[1]:9,.0f}"
            )
    for index, what in enumerate(("asked of Cedar", "answered from memory")):
        found = sorted(both[index] for both in rates)
        print(
            f"{what}: slowest {found[0]:,.0f}, middle {found[len(found) // 2]:,.0f}, "
            f"quickest {found[-1]:,.0f} decisions/s per core"
        )


if __name__ == "__main__":
    main()
