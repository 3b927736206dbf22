"""Measure ageing: a scan, SQL by hand, the house's expressions, checks, a loop, and Spark.

    python bench/ageing.py --loans 1000000
    python bench/ageing.py --loans 10000000 --spark

Every job runs in a fresh process over the same Parquet files (made on first use). CPU is user
and system time; on a machine with neighbours compare CPU, not wall. With --repeat each job
runs several times, in turns, and the least CPU counts.

Ratios are told twice: of whole processes, and of the job itself, which is the CPU from the end
of the imports to the end of the process, on both sides. The first says what a command costs; the
second what the expressions cost, whatever a process pays once.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from measure import Cost, beside, cpu_so_far, run, table

HERE = Path(__file__).parent
AS_OF = date(2026, 6, 30)
# The last day of the generated book: payments go on after the day it is aged for.
BOOK_ON = date(2026, 7, 31)
TABLES = ("loans", "instalments", "payments", "persons")
# What ageing reads of each table.
NEEDED = {
    "loans": "loan_id person_id product currency overdue_rate_bps grace_days",
    "instalments": "loan_id seq due_on principal_minor interest_minor fee_minor",
    "payments": "payment_id loan_id paid_on amount_minor reverses",
}
LOOP_LOANS = 20_000
LIMITS = {  # job: (measured against, at most)
    "ours": [("hand", 1.25), ("scan", 4.0)],
    "checks": [("scan", 6.0)],
}


def plain() -> Any:
    import duckdb

    con = duckdb.connect()
    con.execute("SET threads = 2; SET memory_limit = '3GB'")
    return con


def job_scan(data: Path, out: Path) -> dict[str, Any]:
    con = plain()
    imports = cpu_so_far()
    total = 0
    for name, columns in NEEDED.items():
        hashes = " + ".join(f"hash({column})::HUGEINT" for column in columns.split())
        total += con.execute(f"SELECT sum({hashes}) FROM '{data}/{name}/*.parquet'").fetchone()[0]
    return {"sum": str(total), "imports_cpu_s": imports}


def job_hand(data: Path, out: Path) -> dict[str, Any]:
    con = plain()
    imports = cpu_so_far()
    con.execute(f"SET temp_directory = '{out}/spill'")
    sql = (HERE / "ageing_hand.sql").read_text(encoding="utf-8")
    for statement in sql.format(data=data, out=out, day=AS_OF).split(";"):
        if statement.strip():
            con.execute(statement)
    return {"file": str(out / "hand.parquet"), "imports_cpu_s": imports}


def job_start(data: Path, out: Path) -> dict[str, Any]:
    """The house's job on no rows: imports, connection, expressions, two empty files."""
    return {"imports_cpu_s": job_ours(data, out / "start", empty=True)["imports_cpu_s"]}


def job_ours(data: Path, out: Path, engine: str = "duckdb", empty: bool = False) -> dict[str, Any]:
    from arrears.book.age import age_whole
    from arrears.book.canonical import write_parquet
    from arrears.book.engine import connect

    spark = engine == "spark"
    con = connect(engine, memory_limit="8GB" if spark else "3GB", threads=2, temp_directory=out)
    # Ibis imports a backend when it connects: on both sides a connection is open by here.
    imports = cpu_so_far()
    tables = {
        name: con.read_parquet(str(data / name) if spark else str(data / name / "*.parquet"))
        for name in TABLES[:3]
    }
    if empty:
        tables = {name: table.limit(0) for name, table in tables.items()}
    aged = age_whole(con, tables, AS_OF)
    path = out / f"{engine}.parquet"
    write_parquet(con, aged.overdue, path, ["loan_id"])
    write_parquet(con, aged.overpaid, out / f"{engine}.overpaid.parquet", ["loan_id"])
    return {"file": str(path), "imports_cpu_s": imports, **(beside() if spark else {})}


def job_spark(data: Path, out: Path) -> dict[str, Any]:
    return job_ours(data, out, "spark")


def job_checks(data: Path, out: Path) -> dict[str, Any]:
    from arrears.book.check import check
    from arrears.book.engine import connect
    from arrears.book.read import open_tape

    con = connect(memory_limit="3GB", threads=2, temp_directory=out)
    imports = cpu_so_far()
    checked = check(open_tape(con, data), BOOK_ON)
    return {"totals": checked.totals.as_json(), "imports_cpu_s": imports}


def job_loop(data: Path, out: Path) -> dict[str, Any]:
    """What one writes first: fetch a loan's rows, pour its payments over its instalments."""
    con = plain()
    for name in NEEDED:
        where = f"{data}/{name}/part-000.parquet"
        some = f"(SELECT loan_id FROM '{data}/loans/part-000.parquet' LIMIT {LOOP_LOANS})"
        con.execute(f"CREATE TABLE {name} AS FROM '{where}' WHERE loan_id IN {some}")
    rows = 0
    schedules: dict[str, list[Any]] = {}
    for loan_id, *row in con.execute(
        "SELECT loan_id, due_on, seq, fee_minor, interest_minor, principal_minor FROM instalments"
        " WHERE due_on < ? ORDER BY ALL",
        [AS_OF],
    ).fetchall():
        schedules.setdefault(loan_id, []).append(row)
    payments: dict[str, list[Any]] = {}
    known = con.execute(
        "SELECT loan_id, paid_on, payment_id, amount_minor, reverses FROM payments"
        " WHERE paid_on <= ? ORDER BY ALL",
        [AS_OF],
    ).fetchall()
    gone = {row[4] for row in known if row[4]}
    for loan_id, paid_on, payment_id, amount, reverses in known:
        if reverses is None and payment_id not in gone:
            payments.setdefault(loan_id, []).append([paid_on, amount])
    for (loan_id,) in con.execute("SELECT loan_id FROM loans").fetchall():
        rows += aged_by_loop(schedules.get(loan_id, []), payments.get(loan_id, []))
    return {"loans": LOOP_LOANS, "overdue": rows}


def aged_by_loop(schedule: list[Any], payments: list[Any]) -> bool:
    units, longest, times, owed, oldest = 0, 0, 0, 0, None
    waiting = iter(payments)
    paid_on, left = next(waiting, (None, 0))
    for due_on, _seq, *parts in schedule:
        last = due_on
        for part, amount in enumerate(parts):
            while amount and paid_on is not None:
                taken = min(amount, left)
                amount, left, last = amount - taken, left - taken, paid_on
                if part == 2:
                    units += taken * max(0, (paid_on - due_on).days)
                if not left:
                    paid_on, left = next(waiting, (None, 0))
            if amount:
                owed, oldest, last = owed + amount, oldest or due_on, AS_OF
                units += amount * (AS_OF - due_on).days if part == 2 else 0
        longest = max(longest, (last - due_on).days)
        times += (last - due_on).days > 30
    return owed > 0


JOBS = {
    "scan": job_scan,
    "hand": job_hand,
    "ours": job_ours,
    "start": job_start,
    "checks": job_checks,
    "loop": job_loop,
    "spark": job_spark,
}
NAMES = {
    "scan": "scan: a hash of every needed column",
    "hand": "ageing, SQL by hand",
    "ours": "ageing, the house's",
    "start": "… of which its start: ageing no rows",
    "checks": "checks of the tape",
    "loop": f"ageing, a Python loop ({LOOP_LOANS:,} loans)",
    "spark": "ageing on Spark, local[2]",
}


def rows_of(path: str) -> str:
    """A digest of a result's rows, to see that all did the same job."""
    con = plain()
    total = hashlib.sha256()
    for row in con.execute(f"FROM '{path}' ORDER BY loan_id").fetchall():
        total.update(repr(row).encode())
    return total.hexdigest()


def report(costs: list[Cost], loans: int) -> None:
    by_name = {cost.name: cost for cost in costs}
    rows = [["job", "CPU s", "after imports", "wall s", "peak MB", "CPU / scan", "loans / CPU s"]]
    for cost in costs:
        of = LOOP_LOANS if cost.name == "loop" else loans
        scan = None if cost.name in ("loop", "start") else by_name.get("scan")
        ratio = cost.cpu_s / scan.cpu_s if scan else None
        rows.append(
            [
                NAMES[cost.name],
                f"{cost.cpu_s:.1f}",
                f"{cost.job_cpu_s:.1f}",
                f"{cost.wall_s:.1f}",
                f"{cost.peak_mb:,.0f}",
                "" if ratio is None else f"{ratio:.2f}",
                "" if cost.name == "start" else f"{of / cost.cpu_s:,.0f}",
            ]
        )
    print(table(rows))
    for name, limits in LIMITS.items():
        for against, most in limits:
            if name in by_name and against in by_name:
                compare(by_name[name], by_name[against], most)
    digests = {c.name: rows_of(c.result["file"]) for c in costs if "file" in c.result}
    if len(set(digests.values())) > 1:
        raise SystemExit(f"the results differ: {digests}")
    print(f"equal rows: {', '.join(digests)}")


def compare(cost: Cost, against: Cost, most: float) -> None:
    whole = cost.cpu_s / against.cpu_s
    itself = cost.job_cpu_s / against.job_cpu_s
    print(
        f"{cost.name} / {against.name}, at most {most}:"
        f" whole process {whole:.2f} ({'within' if whole <= most else 'OVER'}),"
        f" the job itself {itself:.2f} ({'within' if itself <= most else 'OVER'})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--loans", type=int, default=1_000_000)
    parser.add_argument("--data", type=Path, help="default: var/bench/<loans>")
    parser.add_argument("--only", nargs="+", choices=JOBS, help="default: all but spark")
    parser.add_argument("--spark", action="store_true", help="also age on Spark")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--job", choices=JOBS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    data = options.data or HERE.parent / "var" / "bench" / str(options.loans)
    out = data.parent / f"{data.name}-out"
    out.mkdir(parents=True, exist_ok=True)
    if options.job:
        print(json.dumps(JOBS[options.job](data, out)))
        return
    if not data.exists():
        # In a process of its own: a child's peak memory begins with what its parent holds.
        made = [str(HERE / "generate.py"), "--loans", str(options.loans), "--out", str(data)]
        subprocess.run([sys.executable, *made], check=True)
    names = options.only or [name for name in JOBS if name != "spark" or options.spark]
    best: dict[str, Cost] = {}
    for turn in range(options.repeat):
        for name in names:
            if turn and name in ("loop", "spark"):
                continue
            cost = run(name, Path(__file__), "--data", str(data))
            print(f"  {name}: {cost.cpu_s:.1f} CPU s, {cost.peak_mb:,.0f} MB", file=sys.stderr)
            if name not in best or cost.cpu_s < best[name].cpu_s:
                best[name] = cost
    print(f"{options.loans:,} loans, as of {AS_OF}, best of {options.repeat}\n")
    report([best[name] for name in names], options.loans)


if __name__ == "__main__":
    main()
