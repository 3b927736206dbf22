"""State machines as one table each; a step that is not in the table raises (V12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from arrears.kernel.errors import IllegalTransition


@dataclass(frozen=True)
class Transitions:
    """The table of one state machine.

    Parameters
    ----------
    name
        What it is the state of, in the reader's words: "case", "run".
    initial
        The state in which a thing is made.
    table
        ``(state, event) -> next state``.
    """

    name: str
    initial: str
    table: Mapping[tuple[str, str], str]

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, the initial one first, then in the order of the table."""
        seen = {self.initial: None}
        for (state, _), following in self.table.items():
            seen.setdefault(state)
            seen.setdefault(following)
        return tuple(seen)

    @property
    def events(self) -> tuple[str, ...]:
        """Every event, in the order of the table."""
        return tuple(dict.fromkeys(event for _, event in self.table))

    def step(self, state: str, event: str) -> str:
        """The state that follows; raises :class:`IllegalTransition` if the table has none."""
        following = self.table.get((state, event))
        if following is None:
            possible = [e for s, e in self.table if s == state]
            raise IllegalTransition(
                f"a {self.name} that is {state!r} cannot be {event!r}",
                expected=", ".join(possible) or f"nothing: {state!r} is final",
                found=event,
            )
        return following
