"""The town's register: two agencies and about twenty people, some with papers that ran out."""

from __future__ import annotations

import base64
import io
from datetime import date, timedelta
from typing import Any, Final

from PIL import Image, ImageDraw

from arrears.kernel.ids import named
from arrears.people import actions
from arrears.people.models import Organisation, Staff
from arrears.rulebook.vocabulary import LISTS
from arrears.store.actor import Actor
from arrears.store.transactions import transaction

YEAR: Final = timedelta(days=365)
LENDER: Final = "Harbour Bank (simulated)"
AGENCIES: Final = (
    ("north-star", "North Star Recovery Ltd", "company", "400-100-0001"),
    ("river-law", "River & Partners", "law_firm", "400-100-0002"),
)
# Badge prefix, employer and how many work there.
CREWS: Final = (("L", "lender", 10), ("N", "north-star", 6), ("R", "river-law", 5))
NAMES: Final = ("Chen", "Lin", "Huang", "Zhao", "Wu", "Zhou", "Xu", "Sun", "Ma", "Zhu")
PAPERS: Final = ("training", "test", "background", "agent_certificate")


def make_register(actor: Actor, day: date) -> None:
    """Enter the town's lender, agencies and staff as of a day; again, it changes nothing.

    The same day gives the same register: who is where, and whose papers ran out, hangs on the
    badge number alone.
    """
    with transaction(actor) as at:
        actions.ensure_lender(at, LENDER)
    if Organisation.objects.filter(ref=AGENCIES[0][0]).exists():
        return
    with transaction(actor):
        for ref, name, form, phone in AGENCIES:
            _agency(actor, day, ref, name=name, form=form, phone=phone)
        for prefix, employer, count in CREWS:
            _crew(actor, day, prefix, employer, count)


# Demo sign-ins, named like their roles, and who of the register they are: each has a queue.
SEATS: Final = {
    "team_lead": "L-001",
    "collector": "L-003",
    "agency_manager": "N-001",
    "agency_collector": "N-003",
}


def seat_users(actor: Actor) -> None:
    """Let the demo's sign-ins be people of the register, so that each has work; once."""
    for username, badge in SEATS.items():
        with transaction(actor):
            found = Staff.objects.filter(badge_no=badge, user=None).first()
            taken = Staff.objects.filter(user__username=username).exists()
        if found is None or taken:
            continue
        names = ("display_name", "languages", "skills", "capacity", "badge_until_on")
        told = {name: getattr(found, name) for name in names}
        _do(actor, actions.amend_staff, f"seat {badge}", badge_no=badge, username=username, **told)


def _do(actor: Actor, action: Any, key: str, **told: Any) -> dict[str, Any]:
    result: dict[str, Any] = action(actor, f"town {named('town', key)}", **told)
    return result


def _agency(actor: Actor, day: date, ref: str, **told: str) -> None:
    address = f"{len(ref)} Long Road, Shanghai"
    _do(actor, actions.add_organisation, ref, ref=ref, address=address, **told)
    _do(
        actor, actions.add_contract, f"contract {ref}", ref=ref, contract_no=f"C-{ref}",
        purpose="calls and visits about overdue loans", products=list(LISTS["Product"]),
        jurisdictions=["CN"], channels=["phone", "sms", "post", "in_person"],
        data_kinds=["name", "phone", "debts"], from_on=day - timedelta(days=200),
        until_on=day + YEAR, impact_assessed_on=day - timedelta(days=210),
    )  # fmt: skip
    _do(actor, actions.move_agency, f"approve {ref}", ref=ref, step="approve", reason="demo")


def _crew(actor: Actor, day: date, prefix: str, employer: str, count: int) -> None:
    badges = [f"{prefix}-{number:03}" for number in range(1, count + 1)]
    for number, badge in enumerate(badges):
        _member(actor, day, badge, employer, number)
    since = day - timedelta(days=90)
    for name, share in (("Early", badges[::2]), ("Late", badges[1::2])):
        made = _do(
            actor, actions.add_team, f"{prefix} {name}", organisation=employer, name=name,
            lead=share[0],
        )  # fmt: skip
        for badge in share:
            told = {"team_id": made["team"], "badge_no": badge, "from_on": since}
            _do(actor, actions.join_team, f"join {badge}", **told)
    _do(
        actor, actions.add_absence, f"away {prefix}", badge_no=badges[1], from_on=day,
        until_on=day + timedelta(days=5), reason="leave",
    )  # fmt: skip
    _do(
        actor, actions.give_letter, f"letter {prefix}", letter_no=f"A-{employer}",
        organisation=employer, from_on=day - YEAR, until_on=day + YEAR,
    )  # fmt: skip


def _portrait(badge: str) -> str:
    """A drawn figure instead of a face, in base64: its colours hang on the badge alone."""
    hue = sum(badge.encode()) * 47 % 360
    picture = Image.new("RGB", (320, 400), f"hsl({hue}, 30%, 88%)")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((100, 80, 220, 220), fill=f"hsl({hue}, 30%, 45%)")
    pen.ellipse((40, 250, 280, 560), fill=f"hsl({hue}, 35%, 35%)")
    written = io.BytesIO()
    picture.save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()


def _member(actor: Actor, day: date, badge: str, employer: str, number: int) -> None:
    languages = ["zh-hans", "en"] if number % 3 == 0 else ["zh-hans"]
    skills = (["plans"], ["visits"], ["letters", "plans"])[number % 3]
    _do(
        actor, actions.add_staff, badge, organisation=employer, badge_no=badge,
        display_name=f"{NAMES[number % len(NAMES)]} {badge}", joined_on=day - 2 * YEAR,
        languages=languages, skills=skills, capacity=80 + 20 * (number % 4),
    )  # fmt: skip
    if number % 7 != 6:  # some wait for their photo
        photo = _portrait(badge)
        _do(actor, actions.give_photo, f"photo {badge}", badge_no=badge, photo=photo)
    # Every fifth was trained too long ago; of the others, papers run out one after another.
    for kind in PAPERS:
        stale = number % 5 == 4 and kind in ("training", "test")
        passed_on = day - (YEAR + timedelta(days=30) if stale else timedelta(days=10 * number + 5))
        told = {"badge_no": badge, "kind": kind, "passed_on": passed_on}
        told |= {"expires_on": passed_on + YEAR, "reference": f"{kind} {badge}"}
        _do(actor, actions.certify, f"{kind} {badge}", **told)
