"""Recomputes what a tape must come to, row by row, from docs/tape.md alone.

It imports nothing of ours, so that one error cannot be in both: slow, plain, and only for the
instalment form.
"""

from arrears.town.auditor.ageing import Standing, standing
from arrears.town.auditor.cases import Counts, follow
from arrears.town.auditor.sifting import Sifted, sift

__all__ = ["Counts", "Sifted", "Standing", "follow", "sift", "standing"]
