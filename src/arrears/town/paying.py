"""How the town pays: mostly on time, some always late, some struck by a shock, some not at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arrears.town.draws import Bools, Draws, Ints
from arrears.town.lending import INSTALMENTS_AT_MOST, Lending, Schedule

# Of 100 people: prompt, slow, struck by a shock and back again, paying in pieces, stopped.
HABITS = (71, 15, 8, 4, 2)
PROMPT, SLOW, SHAKEN, PIECES, STOPPED = range(5)
CHANNELS = ("direct_debit", "bank_transfer", "app", "till")
# Pieces of an instalment's money are told apart in the payment id by a letter.
PART, REST, REVERSAL, AGAIN = range(4)
LETTERS = "abrn"
_NEVER = 10**6


@dataclass(frozen=True)
class Payments:
    """All payments up to the town's last day, in the order of loan, day and id.

    ``reverses`` is the ``what`` of the payment of the same instalment that this row takes back
    (-1: none).
    """

    loan: Ints
    seq: Ints  # of the instalment that it was meant for
    what: Ints  # an index into LETTERS
    paid: Ints  # days since 1970-01-01
    amount_minor: Ints
    reverses: Ints
    channel: Ints

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.loan)


def habits(draws: Draws, people: Ints) -> Ints:
    """The paying habit of each person; it holds for all their loans."""
    return draws.choice("habit", people, HABITS)


def pay(draws: Draws, lending: Lending, schedule: Schedule, until: int) -> Payments:
    """Every payment made by the day ``until`` (days since 1970-01-01), reversals included."""
    key = lending.key[schedule.loan] * INSTALMENTS_AT_MOST + schedule.seq
    person = lending.person[schedule.loan]
    habit = habits(draws, person)
    day = schedule.due + _delay(draws, key, habit)
    day = _struck(draws, person, habit, key, schedule.due, day, until)
    day = np.maximum(day, lending.day(0)[schedule.loan])
    whole = schedule.sum_minor
    hundreds = -(-whole // 10_000) * 10_000
    whole = np.where(draws.chance("rounded up", key, 150), hundreds, whole)

    in_pieces = ((habit == PIECES) & draws.chance("in pieces", key, 7_000)) | draws.chance(
        "two pieces", key, 200
    )
    share = draws.between("first piece", key, 25, 80)
    first = np.where(in_pieces, np.maximum(whole * share // 100, 1), whole)
    later = day + draws.between("second piece", key, 6, 58)
    made: list[tuple[Ints, Ints, Ints, Ints]] = []  # what, position, day, amount
    positions = np.arange(len(key), dtype=np.int64)
    made.append((np.full_like(key, PART), positions, day, first))
    rest = in_pieces & (whole > first)
    made.append(
        (np.full(int(rest.sum()), REST), positions[rest], later[rest], (whole - first)[rest])
    )

    debit = (first > 0) & draws.chance("bounced", key, 60)
    back = day + draws.between("bounced after", key, 0, 4)
    made.append((np.full(int(debit.sum()), REVERSAL), positions[debit], back[debit], first[debit]))
    again = debit & draws.chance("paid again", key, 7_500)
    anew = back + draws.between("paid again after", key, 1, 20)
    made.append((np.full(int(again.sum()), AGAIN), positions[again], anew[again], first[again]))

    what, at, paid, amount = (np.concatenate(column) for column in zip(*made, strict=True))
    kept = (paid <= until) & (amount > 0)
    what, at, paid, amount = what[kept], at[kept], paid[kept], amount[kept]
    order = np.lexsort((what, schedule.seq[at], paid, schedule.loan[at]))
    what, at, paid, amount = what[order], at[order], paid[order], amount[order]
    channel = draws.between("channel", key[at] * 4 + what, 0, len(CHANNELS) - 1)
    return Payments(
        loan=schedule.loan[at],
        seq=schedule.seq[at],
        what=what,
        paid=paid,
        amount_minor=amount,
        reverses=np.where(what == REVERSAL, PART, -1),
        channel=np.where(np.isin(what, (REVERSAL,)) | debit[at], 0, channel),
    )


def _delay(draws: Draws, key: Ints, habit: Ints) -> Ints:
    """Days from the due day to the payment, below 0 for early ones."""
    early = -draws.between("early", key, 0, 5)
    slip = draws.between("slip", key, 1, 9)
    prompt = np.where(draws.chance("slips", key, 250), slip, early)
    far_ahead = draws.chance("ahead", key, 80)
    prompt = np.where(far_ahead, -draws.between("far ahead", key, 15, 40), prompt)
    late = draws.between("late", key, 1, 26)
    slow = np.where(draws.chance("is late", key, 6_000), late, early)
    slow = np.where(draws.chance("very late", key, 400), late + 30, slow)
    pieces = draws.between("late piece", key, 0, 14)
    return np.select([habit == SLOW, habit == PIECES], [slow, pieces], prompt)


def _struck(
    draws: Draws, person: Ints, habit: Ints, key: Ints, due: Ints, day: Ints, until: int
) -> Ints:
    """Nothing is paid from a shock on: until recovery, or not at all."""
    began = until - draws.between("shock", person, -10, 320)
    ended = began + draws.between("shock lasts", person, 25, 150)
    inside: Bools = (habit == SHAKEN) & (due >= began) & (due < ended)
    caught_up = ended + draws.between("caught up", key, 0, 12)
    day = np.where(inside, np.maximum(day, caught_up), day)
    stopped = until - draws.between("stopped", person, 5, 420)
    return np.where((habit == STOPPED) & (due >= stopped), until + _NEVER, day)
