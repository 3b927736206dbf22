"""Ids for commands that a person gives at the command line."""

from __future__ import annotations

from arrears.kernel.clock import SystemClock
from arrears.kernel.ids import uuid7


def command_id() -> str:
    """A new id: each call at the command line is meant anew."""
    return str(uuid7(SystemClock().now()))
