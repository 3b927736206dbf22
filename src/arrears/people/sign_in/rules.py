"""Pure decisions at the door: when a session is over, and who needs a second factor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Final, Literal

import yaml

from arrears.kernel.errors import ConfigError

# Tries of one name from one address, of one address whatever the name, and of one name from
# anywhere, until a pause. The last is high: else a stranger could shut a person out.
TRIES_OF_NAME: Final = 5
TRIES_OF_ADDRESS: Final = 50
TRIES_OF_NAME_ANYWHERE: Final = 100
PAUSE: Final = timedelta(minutes=15)
SEEN_EVERY: Final = timedelta(minutes=1)  # how exactly a session's last use is kept

End = Literal[
    "signed_out",
    "ended",
    "idle",
    "too_long",
    "role_changed",
    "shut_out",
    "password",
    "factor_reset",
]
Need = Literal["required", "optional"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lasts without use, and at most."""

    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True, slots=True)
class Standing:
    """A session and its user as they are now."""

    began_at: datetime
    seen_at: datetime
    ended: bool
    role_then: str
    role_now: str
    is_active: bool


def over(session: Standing, now: datetime, limits: Limits) -> End | None:
    """Why the session is over; None while it lasts. A limit reached is over."""
    if session.ended:
        return "ended"
    if not session.is_active:
        return "shut_out"
    if session.role_then != session.role_now:
        return "role_changed"
    if now - session.began_at >= limits.absolute:
        return "too_long"
    if now - session.seen_at >= limits.idle:
        return "idle"
    return None


def needs_second_factor(role: str, *, demo: bool, simulated: bool) -> bool:
    """Whether one with this role must have a second factor; see ``second_factor.yaml``."""
    told = _told()
    if demo and simulated:
        return told.demo_in_a_simulated_book == "required"
    return told.roles.get(role, told.default) == "required"


@dataclass(frozen=True, slots=True)
class Needs:
    """Who needs a second factor, as ``second_factor.yaml`` says it."""

    default: Need
    roles: Mapping[str, Need]
    demo_in_a_simulated_book: Need


@cache
def _told() -> Needs:
    return read(files("arrears.people.sign_in").joinpath("second_factor.yaml").read_text("utf-8"))


def read(text: str) -> Needs:
    """The table of second factors.

    Raises
    ------
    ConfigError
        If a key or a word is unknown: a typing error must not open a door.
    """
    told = yaml.safe_load(text)
    keys = {"default", "roles", "demo_in_a_simulated_book"}
    if not isinstance(told, dict) or set(told) != keys or not isinstance(told["roles"], dict):
        raise ConfigError(
            "second_factor.yaml cannot be used",
            expected=", ".join(sorted(keys)),
            found=str(list(told) if isinstance(told, dict) else type(told).__name__),
        )
    for word in (told["default"], told["demo_in_a_simulated_book"], *told["roles"].values()):
        if word not in ("required", "optional"):
            raise ConfigError(
                "second_factor.yaml cannot be used",
                expected="required or optional",
                found=repr(word),
            )
    return Needs(**told)
