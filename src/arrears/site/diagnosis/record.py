"""Looks at the rules and at the record: do the packs stand, can the journal be sealed?"""

from __future__ import annotations

from datetime import timedelta

from django.db.backends.utils import CursorWrapper

from arrears.kernel.clock import Clock
from arrears.rulebook.load import load_rulebook
from arrears.site.diagnosis.finding import Finding, fail, ok, warn

_OVERDUE_DAYS = 2
_LOOKED_BACK_DAYS = 7


def rules() -> list[Finding]:
    """Do the packs load? What they say is looked at by `arrears policy check`."""
    packs = load_rulebook().packs
    count = sum(len(pack.rules) for pack in packs.values())
    return ok("rules", f"{count} in {len(packs)} packs: {', '.join(packs)}")


def journal(cursor: CursorWrapper, clock: Clock) -> list[Finding]:
    """Is the record sealed every day, and is the key that seals it there?"""
    # Models can be imported only once the apps are ready.
    from arrears.journal import keys  # tidy: lazy (needs Django set up)
    from arrears.journal.actions.statements import in_force  # tidy: lazy (needs Django set up)
    from arrears.journal.models import JournalStatement  # tidy: lazy (needs Django set up)

    newest = JournalStatement.objects.order_by("-number").first()
    seal = JournalStatement.objects.filter(kind="seal").order_by("-number").first()
    if newest is None or seal is None or seal.day is None:
        return ok("journal", "not sealed yet; the first run of a day does it")
    cursor.execute("SELECT last_value FROM journal_position")
    (last,) = cursor.fetchone() or (0,)
    found = f"sealed for {seal.day}, {max(0, last - seal.cut):,} positions since"
    if (key := in_force(newest)) not in keys.present():
        lost = f"{found}; the key {key} is not in {keys.folder()}"
        remedy = "bring the folder of keys back, or see `arrears journal key new --help`"
        return fail("journal", lost, remedy)
    behind = (clock.now().date() - seal.day).days
    if behind > _OVERDUE_DAYS:
        return warn("journal", found, "run the business day: it ends with a seal")
    return ok("journal", found)


def gate(clock: Clock) -> list[Finding]:
    """Has every answer of the gate of the last week its entry in the journal?"""
    from arrears.conduct.queries.unrecorded import compare  # tidy: lazy (needs Django set up)
    from arrears.journal.verifier.statements import Report  # tidy: lazy (used here only)
    from arrears.store import clock as house  # tidy: lazy (needs Django set up)
    from arrears.store.actor import system  # tidy: lazy (needs Django set up)

    with house.use(clock):
        since = clock.now() - timedelta(days=_LOOKED_BACK_DAYS)
        report = compare(system("doctor"), Report(), from_at=since)
    if not report.wrong:
        return ok("gate", f"every answer of the last {_LOOKED_BACK_DAYS} days is on record")
    found = f"{report.wrong} verdicts or contacts without an entry, first: {report.findings[0]}"
    remedy = "`arrears journal verify` names them all; find who wrote past the gate"
    return fail("gate", found, remedy)


def agencies(clock: Clock) -> list[Finding]:
    """Does the public list of agencies say what the register does?"""
    from arrears.people.register.published import (  # tidy: lazy (needs Django set up)
        public_list,
        publication_due_on,
    )
    from arrears.store import clock as house  # tidy: lazy (needs Django set up)
    from arrears.store.actor import system  # tidy: lazy (needs Django set up)
    from arrears.store.transactions import transaction  # tidy: lazy (needs Django set up)

    with house.use(clock), transaction(system("doctor")) as at:
        listed, due_on = len(public_list(at.today).agencies), publication_due_on(at.today)
    if due_on is None:
        return ok("agencies", f"{listed} on the public list, as in the register")
    found = f"the public list must be published anew by {due_on}"
    remedy = "run the business day, or `arrears agency publish`"
    return (warn if at.today <= due_on else fail)("agencies", found, remedy)
