"""The lists that the tables of placements know."""

from typing import Final

BATCH_KINDS: Final = ("place", "recall", "retain")
END_KINDS: Final = ("recalled", "undone")
