"""The streams that entries are chained in: one for each case and person, sixteen for the house."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from arrears.kernel.errors import BadInput

Kind = Literal["case", "person", "house"]
HOUSE_STREAMS: Final = 16
_NAME: Final = re.compile(
    r"(case|person):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})|(house):(0[0-9]|1[0-5])"
)


@dataclass(frozen=True, slots=True)
class Stream:
    """What a chain of entries is about.

    Parameters
    ----------
    kind
        case, person or house.
    key
        The id of the case or person; for the house two digits, ``00`` to ``15``.
    """

    kind: Kind
    key: str

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.name) is None:
            raise ValueError(f"there is no stream {self.name!r}: use of_case, of_person, of_house")

    @property
    def name(self) -> str:
        """Kind and key as one text, ``case:…``: how entries and exports call it."""
        return f"{self.kind}:{self.key}"


def of_case(case_id: UUID) -> Stream:
    """The stream of a case."""
    return Stream("case", str(case_id))


def of_person(person_id: UUID) -> Stream:
    """The stream of a person."""
    return Stream("person", str(person_id))


def of_house(topic: str) -> Stream:
    """The stream of the house that a topic falls into: "rules", "tapes", "sign-in li.na" …

    Entries of one topic stand in order. Writers of one stream wait for each other, so a topic
    that many write at once should name whom it is about.
    """
    digest = hashlib.sha256(topic.encode()).digest()
    return Stream("house", f"{digest[0] % HOUSE_STREAMS:02}")


def named(name: str) -> Stream:
    """The stream of a name such as ``house:03``.

    Raises
    ------
    BadInput
        If no stream can have that name.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        raise BadInput(
            "this is not the name of a stream",
            expected="case:ID, person:ID or house:00 to house:15",
            found=name[:80],
        )
    kind, _, key = name.partition(":")
    return Stream(kind, key)  # type: ignore[arg-type]  # the pattern allows the three kinds
