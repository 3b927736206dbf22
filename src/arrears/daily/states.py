"""The transition tables of a run and of a case that it had to park."""

from arrears.kernel.transitions import Transitions

RUN = Transitions(
    name="run",
    initial="started",
    table={
        ("started", "finish"): "finished",
        ("started", "fail"): "failed",
        ("failed", "resume"): "started",
        ("started", "resume"): "started",  # the process was killed half way
    },
)

PARKED = Transitions(
    name="parked case",
    initial="parked",
    table={("parked", "clear"): "cleared"},
)
