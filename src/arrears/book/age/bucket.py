"""Step 6: the bucket of a number of days past due, and what follows from a bucket."""

from __future__ import annotations

from typing import Any

import ibis

DAYS_PER_BUCKET = 30
BUCKETS = ("M1", "M2", "M3", "M4", "M5", "M6", "M7+")
# The fewest days past due that a bucket stands for: 1, 31, 61, … 181.
FIRST_DAYS = {bucket: DAYS_PER_BUCKET * number + 1 for number, bucket in enumerate(BUCKETS)}


def bucket_of(days_past_due: int) -> str:
    """``M1`` for 1–30 days, … ``M6`` for 151–180, ``M7+`` beyond; ValueError below 1."""
    if days_past_due < 1:
        raise ValueError(f"{days_past_due} days past due are in no bucket")
    return BUCKETS[min((days_past_due - 1) // DAYS_PER_BUCKET, len(BUCKETS) - 1)]


def bucket(days_past_due: Any) -> Any:
    """The same as an expression over a column of days ≥ 1."""
    branches = [
        (days_past_due <= DAYS_PER_BUCKET * number, ibis.literal(name))
        for number, name in enumerate(BUCKETS[:-1], start=1)
    ]
    return ibis.cases(*branches, else_=ibis.literal(BUCKETS[-1]))


def first_days(bucket_column: Any) -> Any:
    """The fewest days past due of a column of buckets, to rank what is known in months only."""
    branches = [
        (bucket_column == name, ibis.literal(days, type="int32"))
        for name, days in FIRST_DAYS.items()
    ]
    return ibis.cases(*branches, else_=ibis.literal(0, type="int32"))
