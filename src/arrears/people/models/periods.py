"""Half-open periods of days as constraints: they end after they start, they do not overlap."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db.models import CheckConstraint, F, Func, Q, Value


def ends_after_start(name: str, start: str = "from_on", end: str = "until_on") -> CheckConstraint:
    """``[start, end)`` holds a day at least; an empty end is open."""
    return CheckConstraint(
        condition=Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gt": F(start)}), name=name
    )


def one_at_a_time(name: str, of: str) -> ExclusionConstraint:
    """No two rows of the same ``of`` share a day."""
    period = Func(
        F("from_on"),
        F("until_on"),
        Value("[)"),
        function="daterange",
        output_field=DateRangeField(),
    )
    return ExclusionConstraint(
        name=name, expressions=[(of, RangeOperators.EQUAL), (period, RangeOperators.OVERLAPS)]
    )
