"""Make a loan book of any size for the benchmarks: the same arguments write the same rows.

    python bench/generate.py --loans 1000000 --out var/bench/1m

18 instalments a loan on average (12 to 24), text ids as contract numbers and provider
references look, payments in order of arrival and not by loan, about 4 % of loans overdue on
2026-06-30, some payments late, partial, early or reversed. Every random choice is a hash of
the loan's number, so that neither threads nor file size change a row.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import duckdb

AS_OF = "2026-06-30"
LOANS_PER_FILE = 500_000

# {lo}, {hi}: the loan numbers of this file. u(salt) is a hash of the number, 0 … 9999.
LOANS = """
SELECT i,
       'HT' || 20230000 + u(i, 1) % 3 || '-' || lpad(i::VARCHAR, 12, '0') AS loan_id,
       'P-' || lpad((i // 2)::VARCHAR, 14, '0') AS person_id,
       ['credit_card','online_consumer','offline_consumer','microfinance'][1 + u(i, 2) % 4]
           AS product,
       ['bank','consumer_finance','small_loan'][1 + u(i, 3) % 3] AS creditor_type,
       'CNY' AS currency,
       12 + (u(i, 4) % 13) AS n,
       20000 + u(i, 5) * 7 + u(i, 6) % 97 AS part_minor,
       600 + u(i, 7) % 1800 AS annual_rate_bps,
       CASE WHEN u(i, 8) % 10 = 0 THEN NULL ELSE 900 + u(i, 8) % 1500 END AS overdue_rate_bps,
       (u(i, 9) % 4 = 0)::INT * 3 AS grace_days,
       DATE '2025-09-01' + (u(i, 10) % 270)::INT - 30 * (u(i, 11) % 10)::INT AS disbursed_on,
       -- Of 10,000 loans 400 stop paying 1 to 10 instalments before the day.
       CASE WHEN u(i, 12) < 400 THEN 1 + u(i, 13) % 10 ELSE 0 END AS stopped,
       u(i, 14) AS habit
FROM range({lo}, {hi}) AS numbers(i)
"""
INSTALMENTS = """
SELECT i, loan_id, k::INT AS seq, (disbursed_on + (30 * k)::INT)::DATE AS due_on,
       (part_minor + CASE WHEN k = n THEN part_minor % 13 ELSE 0 END)::BIGINT AS principal_minor,
       ((part_minor * (n - k + 1)) // 97)::BIGINT AS interest_minor,
       CASE WHEN u(i * 29 + k, 20) % 15 = 0 THEN 500 ELSE 0 END::BIGINT AS fee_minor,
       stopped, habit
FROM book, range(1, n + 1) AS numbers(k)
"""
# An instalment is paid whole, or (1 in 12) in two parts, around its due day, by habit.
PAYMENTS = """
WITH due AS (
  SELECT *, principal_minor + interest_minor + fee_minor AS sum_minor,
         u(i * 31 + seq, 21) AS r,
         CASE WHEN habit < 7000 THEN (u(i * 31 + seq, 22) % 6)::INT - 5
              WHEN habit < 9500 THEN (u(i * 31 + seq, 22) % 10)::INT - 4
              ELSE (u(i * 31 + seq, 22) % 45)::INT END AS shift
  FROM schedule
  WHERE due_on < DATE '{as_of}' - (30 * stopped)::INT
                 + CASE WHEN stopped = 0 THEN 4 ELSE 0 END
), paid AS (
  SELECT i, loan_id, seq, 0 AS part, due_on + CASE WHEN stopped = 0 AND due_on + shift >
           DATE '{as_of}' THEN least(shift, 0) ELSE shift END AS paid_on,
         CASE WHEN r % 12 = 0 THEN sum_minor // 3 ELSE sum_minor END AS amount_minor, r
  FROM due
  UNION ALL
  SELECT i, loan_id, seq, 1, due_on + least(shift, 0) + 2, sum_minor - sum_minor // 3, r
  FROM due WHERE r % 12 = 0
  UNION ALL  -- a direct debit that bounced: booked, taken back two days later, then paid
  SELECT i, loan_id, seq, 2, due_on, sum_minor, r FROM due WHERE r % 200 = 7
), named AS (
  SELECT *, 'TXN' || strftime(paid_on, '%Y%m%d') || lpad((hash(i * 97 + seq * 3 + part)
           % 10000000000)::VARCHAR, 10, '0') || lpad((i % 1000000)::VARCHAR, 6, '0')
           || lpad(seq::VARCHAR, 2, '0') || part AS payment_id
  FROM paid
)
SELECT payment_id, loan_id, paid_on::DATE AS paid_on, amount_minor::BIGINT AS amount_minor,
       NULL::VARCHAR AS reverses
FROM named
UNION ALL
SELECT 'REV' || substr(payment_id, 4), loan_id, (paid_on + 2)::DATE, amount_minor::BIGINT,
       payment_id
FROM named WHERE part = 2
"""


def write(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    con.execute(
        f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
    )


def generate(loans: int, out: Path, per_file: int = LOANS_PER_FILE) -> None:
    con = duckdb.connect()
    con.execute("SET threads=2; SET memory_limit='2GB'")
    con.execute("CREATE MACRO u(i, salt) AS (hash(i * 1000 + salt) % 10000)::BIGINT")
    for part, lo in enumerate(range(0, loans, per_file)):
        hi = min(loans, lo + per_file)
        name = f"part-{part:03d}.parquet"
        con.execute(f"CREATE OR REPLACE TEMP TABLE book AS {LOANS.format(lo=lo, hi=hi)}")
        con.execute(f"CREATE OR REPLACE TEMP TABLE schedule AS {INSTALMENTS}")
        write(
            con,
            "SELECT loan_id, person_id, product, creditor_type, currency,"
            " (part_minor * n)::BIGINT AS principal_minor, annual_rate_bps::INT annual_rate_bps,"
            " overdue_rate_bps::INT overdue_rate_bps, disbursed_on, grace_days,"
            " loan_id AS contract_no, 'open' AS status FROM book ORDER BY i",
            out / "loans" / name,
        )
        write(
            con,
            "SELECT loan_id, seq, due_on, principal_minor, interest_minor, fee_minor"
            " FROM schedule ORDER BY i, seq",
            out / "instalments" / name,
        )
        write(
            con,
            f"SELECT * FROM ({PAYMENTS.format(as_of=AS_OF)}) ORDER BY paid_on, hash(payment_id)",
            out / "payments" / name,
        )
        write(
            con,
            "SELECT DISTINCT person_id, NULL::VARCHAR AS name, 'CN' AS jurisdiction"
            " FROM book ORDER BY person_id",
            out / "persons" / name,
        )
    con.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--loans", type=int, default=1_000_000)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    began = time.perf_counter()
    generate(options.loans, options.out)
    print(f"{options.loans:,} loans in {options.out}: {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
