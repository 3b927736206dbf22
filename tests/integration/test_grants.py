"""What each login may do to each table, asked of the database itself."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection
from django.db.transaction import atomic

from arrears.daily.actions import switch_mode
from arrears.daily.models import ModeSwitch
from arrears.store.actor import system
from arrears.store.transactions import transaction

VERBS = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"]


def allowed(role: str, table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT v FROM unnest(%s::text[]) v WHERE has_table_privilege(%s, %s, v)",
            [VERBS, role, table],
        )
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.parametrize(
    ("table", "app", "read"),
    [
        ("cases_case", {"SELECT", "INSERT", "UPDATE", "DELETE"}, {"SELECT"}),
        ("daily_mode_switch", {"SELECT", "INSERT"}, {"SELECT"}),
        ("django_migrations", {"SELECT"}, {"SELECT"}),
        ("people_user", {"SELECT", "INSERT", "UPDATE", "DELETE"}, set()),
        ("people_machine_client", {"SELECT", "INSERT", "UPDATE", "DELETE"}, set()),
        ("django_session", {"SELECT", "INSERT", "UPDATE", "DELETE"}, set()),
        ("store_inbox", {"SELECT", "INSERT", "UPDATE", "DELETE"}, set()),
    ],
)
def test_a_table_says_what_may_be_done_to_it(db, table, app, read):
    assert (allowed("arrears_app", table), allowed("arrears_read", table)) == (app, read)


@pytest.mark.parametrize("change", ["update", "delete"])
def test_who_switched_the_mode_is_never_rewritten(db, change):
    switch_mode(system("test"), "1", mode="observe", reason="a wave of complaints", checklist={})
    with transaction(system("test")):
        rows = ModeSwitch.objects.all()
        with pytest.raises(DatabaseError, match="permission denied"), atomic():
            rows.update(reason="none") if change == "update" else rows.delete()
        assert rows.get().reason == "a wave of complaints"
