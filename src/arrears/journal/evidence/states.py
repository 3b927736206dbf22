"""What can happen to an item of evidence."""

from __future__ import annotations

from arrears.kernel.transitions import Transitions

EVIDENCE = Transitions(
    name="piece of evidence",
    initial="kept",
    table={
        ("kept", "hold"): "held",  # a court or a complaint needs it
        ("held", "release"): "kept",
        ("kept", "erase"): "erased",  # its term is over
    },
)
