"""The rulebook swept: the parsed rules compiled to one expression that answers for millions."""

from arrears.rulebook.sweep.answer import Question, sweep
from arrears.rulebook.sweep.clock import DAYS, timed
from arrears.rulebook.sweep.sources import BadFrame

__all__ = ["DAYS", "BadFrame", "Question", "sweep", "timed"]
