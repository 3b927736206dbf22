"""Access in one place: the table, and the questions that everything asks of it."""

from arrears.people.access.may import exposure, may, require_any
from arrears.people.access.table import TABLE

__all__ = ["TABLE", "exposure", "may", "require_any"]
