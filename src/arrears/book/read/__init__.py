"""Reading a tape: files, a database or rows in memory, to typed tables."""

from arrears.book.read.open import open_rows, open_tape
from arrears.book.read.tape import Tape

__all__ = ["Tape", "open_rows", "open_tape"]
