"""The rulebook swept: the parsed rules compiled to one expression that answers for millions."""

from arrears.rulebook.sweep.answer import Question, sweep
from arrears.rulebook.sweep.clock import DAYS, timed
from arrears.rulebook.sweep.sources import BadFrame
from arrears.rulebook.sweep.ways import WAYS, Asked, Held, Tally, Way, ways_of

__all__ = [
    "DAYS",
    "WAYS",
    "Asked",
    "BadFrame",
    "Held",
    "Question",
    "Tally",
    "Way",
    "sweep",
    "timed",
    "ways_of",
]
