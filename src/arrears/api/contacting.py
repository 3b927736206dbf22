"""What outside systems say of contacts: ask before, tell after."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StrictInt, WithJsonSchema
from pydantic_core import PydanticCustomError

from arrears.api.rows import ROWS_MAX, TEXT_MAX, Strict
from arrears.book.contract import KEY_LENGTH_MAX
from arrears.rulebook.vocabulary import FACTS, LISTS

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_TEXT = r"^[^\u0000]*$"
_REF = r"^[^\u0000\u001f]+$"
FIRST_YEAR, LAST_YEAR = 1990, 2200


def _instant(value: object) -> datetime:
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            found = datetime.fromisoformat(value.upper())
        except ValueError:
            found = None
        if found is not None and FIRST_YEAR <= found.year < LAST_YEAR:
            return found
    raise PydanticCustomError(
        "instant",
        "Input should be an instant with its offset, of these centuries: 2026-07-01T10:00:00+08:00",
    )


def _uuid(value: object) -> UUID:
    if isinstance(value, str):
        try:
            return UUID(value)
        except ValueError:
            pass
    raise PydanticCustomError("uuid", "Input should be a UUID")


Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "pattern": r"^(199[0-9]|20[0-9]{2}|21[0-9]{2})-",
            "examples": ["2026-07-01T10:00:00+08:00"],
        }
    ),
]
Id = Annotated[UUID, BeforeValidator(_uuid), WithJsonSchema({"type": "string", "format": "uuid"})]
Ref = Annotated[str, Field(min_length=1, max_length=KEY_LENGTH_MAX, pattern=_REF)]
Text = Annotated[str, Field(min_length=1, max_length=TEXT_MAX, pattern=_TEXT)]
Act = Literal[
    "message", "call_human", "call_automated", "letter", "visit_arrival", "debit", "locate"
]
Facts = Annotated[
    dict[str, StrictBool | StrictInt | str | None],
    Field(
        max_length=len(FACTS),
        description=(
            "what the calling system vouches for: wording, recording …, by the names that"
            " `arrears policy facts` lists; null: not known"
        ),
    ),
]
Seconds = Annotated[StrictInt, Field(ge=0, le=7 * 24 * 60 * 60)]


def _member(kind: str) -> AfterValidator:
    members = tuple(LISTS[kind])

    def known(value: str) -> str:
        if value in members:
            return value
        raise PydanticCustomError(
            "member", "Input should be one of {members}", {"members": ", ".join(members)}
        )

    return AfterValidator(known)


def _listed(kind: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": list(LISTS[kind])})


Channel = Annotated[str, _member("Channel"), _listed("Channel")]
Reason = Annotated[str, _member("Reason"), _listed("Reason")]


Officers = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=50, pattern=_TEXT)]], Field(max_length=10)
]


class ContactPlanned(Strict):
    """A contact that a system is about to make."""

    person_id: Annotated[Ref, Field(description="the tape's person_id")]
    act: Act
    channel: Channel
    number: Annotated[
        Text, Field(description="number or address to be used; only a keyed hash is kept")
    ]
    actor: Literal["lender", "agency", "debt_buyer"]
    organisation: Annotated[
        Text, Field(description="who acts: `lender`, or the agency in charge")
    ] = "lender"
    purpose: Literal["collect", "serve", "preserve"] = "collect"
    reason: Annotated[Reason, Field(description="of an act that does not collect")] = "none"
    loan_ids: Annotated[
        list[Ref], Field(max_length=ROWS_MAX, description="the debts concerned; none: all")
    ] = []
    officers: Annotated[
        Officers,
        Field(
            description=(
                "badge numbers of all who will act: a person calls or visits only if the register"
                " says that they may"
            )
        ),
    ] = []
    facts: Facts = {}


class ContactResult(Strict):
    """What became of a reservation."""

    made: Annotated[StrictBool, Field(description="false: nobody was contacted, nothing is spent")]
    started_at: Annotated[
        Instant | None, Field(description="when it began; null: when it was reserved")
    ] = None
    connected: Annotated[
        StrictBool | None, Field(description="answered; null: not known, counts as both")
    ] = None
    conversation: Annotated[
        StrictBool | None, Field(description="the person was spoken with; null: not known")
    ] = None
    duration_seconds: Seconds | None = None


class ContactMade(Strict):
    """A contact that was made, as its system tells it afterwards."""

    event_id: Annotated[Ref, Field(description="the client's own id of it; told twice, kept once")]
    person_id: Annotated[Ref, Field(description="the tape's person_id")]
    act: Act
    channel: Channel
    started_at: Instant
    actor: Literal["lender", "agency", "debt_buyer", "unknown"]
    organisation: Text = "lender"
    initiator: Annotated[
        Literal["us", "person", "unknown"],
        Field(description="person: they called or wrote; that needs no reservation"),
    ] = "us"
    purpose: Literal["collect", "serve", "preserve"] = "collect"
    reason: Reason = "none"
    number: Text | None = None
    loan_ids: Annotated[list[Ref], Field(max_length=ROWS_MAX)] = []
    reservation_id: Id | None = None
    automated: StrictBool | None = None
    connected: StrictBool | None = None
    conversation: StrictBool | None = None
    duration_seconds: Seconds | None = None
    officers: Annotated[
        Officers, Field(description="badge numbers of those who acted; none: not known")
    ] = []
    facts: Facts = {}
