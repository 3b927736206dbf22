"""Measure the sweep: a bare scan, three rules by hand, allowed only, and with all reasons.

    python bench/sweep.py --persons 1000000

Every job runs in a fresh process on one thread, over one Parquet file of persons with all facts
that are not constants of the sweep (made on first use); the least CPU of several turns counts. One
sweep asks one act under one law; `mixed` has persons of every law in it, some of none known;
`whole` takes nothing for granted, so that every rule is asked of every person. CPU is that from
an open connection to the end of the process: compiling is counted in it, and told apart in the
job `start`, which sweeps no rows.

What is asked for: a million persons a second and core allowed-only, 0.4 million with reasons.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from measure import Cost, cpu_so_far, run, table

HERE = Path(__file__).parent
ON = date(2026, 3, 2)
ACT = "message"
PLACES = ("cn", "us", "in", "gb")
GROUPS = ("act", "wording", "call", "visit", "staff", "agency", "legal", "bureau", "third_person",
          "debit")  # fmt: skip
"""Groups of facts that are the same for all persons: the message, who sends it, what is planned."""
ODD_PER_MILLE = 15
"""How often a fact is not what the baseline has, of a thousand persons."""
LEAST = {"allowed": 1_000_000, "reasons": 400_000}
HAND = """
    NOT (calls_connected_today >= 3)
    AND NOT (NOT hours_consent AND (local_minute IS NULL OR local_minute < 480
             OR local_minute >= 1320))
    AND NOT (hold_dispute OR hold_hardship OR hold_complaint OR hold_cease)
"""


def constants(place: str) -> dict[str, Any]:
    from arrears.rulebook.baseline import read_baseline
    from arrears.rulebook.vocabulary import FACTS

    base = read_baseline()[ACT]
    same = {name: value for name, value in base.facts.items() if FACTS[name].group in GROUPS}
    who = {"actor": base.actor, "party": base.party}
    if place == "whole":
        return {**who, "jurisdiction": "cn"}
    return {**same, **who, **({} if place == "mixed" else {"jurisdiction": place})}


def make(path: Path, persons: int) -> None:
    """One file of persons, every fact mostly as in the baseline; the same number, the same rows."""
    import duckdb

    from arrears.rulebook.baseline import read_baseline
    from arrears.rulebook.vocabulary import FACTS, LISTS

    facts = {**read_baseline()[ACT].facts, "local_minute": 600, "local_minute_alt": 600}
    chosen = [f"[{', '.join(map(repr, PLACES))}, NULL][1 + (hash(i) % 81 / 20)::BIGINT]"]
    columns = [f"{chosen[0]} AS jurisdiction"]
    for number, (name, fact) in enumerate(FACTS.items()):
        dice = f"hash(i, {number})"
        odd = {
            "flag": f"NOT {json.dumps(facts[name])}",
            "enum": f"{list(LISTS.get(fact.values or '', ()))}[1 + ({dice} // 1000 %"
            f" {len(LISTS.get(fact.values or '', '-'))})::BIGINT]",
            "minute": f"({dice} // 1000 % 1440)::BIGINT",
        }.get(fact.kind, f"({dice} // 1000 % 12)::BIGINT")
        usual = "NULL" if facts[name] is None else repr(facts[name])
        columns.append(
            f"CASE WHEN {dice} % 1000 < {ODD_PER_MILLE} THEN {odd} ELSE {usual} END AS {name}"
        )
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    path.parent.mkdir(parents=True, exist_ok=True)
    con.execute(
        f"COPY (SELECT i AS person, {', '.join(columns)} FROM range({persons}) t(i))"
        f" TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
    )


def opened(data: Path, rows: int | None = None) -> tuple[Any, Any]:
    from arrears.book.engine import connect

    con = connect(threads=1, memory_limit="3GB")
    frame = con.read_parquet(str(data))
    return con, frame if rows is None else frame.limit(rows)


def plain(data: Path, query: str) -> dict[str, Any]:
    import duckdb

    con = duckdb.connect()
    con.execute("SET threads = 1")
    imports = cpu_so_far()
    found = con.execute(query.format(data=data)).fetchone()
    return {"found": [int(number) for number in found], "imports_cpu_s": imports}


def job_scan(data: Path) -> dict[str, Any]:
    con, frame = opened(data, 0)
    read = sorted(swept_columns(frame))
    con.disconnect()
    hashes = " + ".join(f"hash({name})::HUGEINT" for name in read)
    return plain(data, f"SELECT sum({hashes}) % 1000007 FROM '{{data}}'")


def job_hand(data: Path) -> dict[str, Any]:
    return plain(data, f"SELECT count(*) FILTER ({HAND}) FROM '{{data}}'")


def swept_columns(frame: Any) -> set[str]:
    from arrears.rulebook.sweep import Question

    asked = Question(frame, ACT, ON, constants=constants("cn"))
    return set().union(*(part.reads for part in asked.parts)) & set(frame.columns)


def answered(data: Path, place: str, reasons: bool, rows: int | None = None) -> dict[str, Any]:
    import ibis  # noqa: F401  the imports are not part of the job

    from arrears.rulebook.load import load_rulebook
    from arrears.rulebook.sweep import Question, sweep

    book = load_rulebook()
    con, frame = opened(data, rows)
    imports = cpu_so_far()
    given = constants(place)
    made = sweep(frame, ACT, ON, book, reasons=reasons, constants=given)
    sums = {"allowed": made.allowed.sum()}
    if reasons:
        sums["reasons"] = made.reasons.length().sum()
    (row,) = con.con.sql(con.compile(made.aggregate(**sums))).fetchall()
    rules = sum(len(part.forbids) for part in Question(frame, ACT, ON, constants=given).parts)
    return {"found": [int(n or 0) for n in row], "rules": rules, "imports_cpu_s": imports}


JOBS = {
    "scan": job_scan,
    "hand": job_hand,
    "start": lambda data: answered(data, "cn", True, rows=0),
    **{
        f"{place} {kind}": lambda data, place=place, kind=kind: answered(
            data, place, kind == "reasons"
        )
        for place in (*PLACES, "mixed", "whole")
        for kind in ("allowed", "reasons")
    },
}
NAMES = {
    "scan": "scan: a hash of every column that the Chinese sweep reads",
    "hand": "three rules, SQL by hand",
    "start": "a sweep of no rows, with reasons",
}


def report(costs: list[Cost], persons: int) -> None:
    rows = [["job", "rules", "CPU s", "wall s", "peak MB", "persons / CPU s", "allowed"]]
    for cost in costs:
        allowed = "" if cost.name == "scan" else f"{cost.result['found'][0] / persons:.1%}"
        rate = "" if cost.name == "start" else f"{persons / cost.job_cpu_s:,.0f}"
        rows.append(
            [
                NAMES.get(cost.name, cost.name),
                str(cost.result.get("rules", "")),
                f"{cost.job_cpu_s:.2f}",
                f"{cost.wall_s:.1f}",
                f"{cost.peak_mb:,.0f}",
                rate,
                allowed,
            ]
        )
    print(table(rows))
    for cost in costs:
        least = LEAST.get(cost.name.split()[-1])
        if least is not None:
            rate = persons / cost.job_cpu_s
            verdict = "within" if rate >= least else "TOO SLOW"
            print(f"{cost.name}: {rate:,.0f} persons/s, at least {least:,}: {verdict}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--data", type=Path, help="default: var/bench/sweep-<persons>.parquet")
    parser.add_argument("--only", nargs="+", choices=JOBS)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--job", choices=JOBS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    data = options.data or HERE.parent / "var" / "bench" / f"sweep-{options.persons}.parquet"
    if options.job:
        print(json.dumps(JOBS[options.job](data)))
        return
    if not data.exists():
        code = f"import sweep, pathlib; sweep.make(pathlib.Path({str(data)!r}), {options.persons})"
        subprocess.run([sys.executable, "-c", code], check=True, cwd=HERE)
    names = options.only or list(JOBS)
    best: dict[str, Cost] = {}
    for _ in range(options.repeat):
        for name in names:
            cost = run(name, Path(__file__), "--data", str(data))
            print(f"  {name}: {cost.job_cpu_s:.2f} CPU s", file=sys.stderr)
            if name not in best or cost.job_cpu_s < best[name].job_cpu_s:
                best[name] = cost
    print(f"{options.persons:,} persons, one thread, best of {options.repeat}\n")
    report([best[name] for name in names], options.persons)


if __name__ == "__main__":
    main()
