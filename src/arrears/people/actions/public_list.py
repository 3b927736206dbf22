"""The public list of agencies, published anew whenever the register says something else."""

from __future__ import annotations

from django.db import connection

from arrears.journal.actions import of_house, record
from arrears.people.models import PublicList
from arrears.people.register.published import as_it_should_be
from arrears.store.commands import Result, command
from arrears.store.transactions import At


@command("agencies.publish", permission="agencies.manage")
def publish_list(at: At) -> Result:
    """Publish the list anew if time has changed it. Returns ``{"published": bool}``."""
    return {"published": publish(at)}


def publish(at: At) -> bool:
    """Publish the list if it differs from the one published last; whether it did.

    Two at once wait for each other; every version is kept.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('people.public_list', 7))")
    wanted = as_it_should_be(at.today)
    last = PublicList.objects.order_by("-number").first()
    if wanted == ([] if last is None else last.agencies):
        return False
    made = PublicList.objects.create(
        number=1 if last is None else last.number + 1,
        published_at=at.now,
        published_by=at.actor.name,
        agencies=wanted,
    )
    told = {"number": made.number, "agencies": [each["ref"] for each in wanted]}
    record(at, of_house("agencies"), "people.agencies_published", told)
    return True
