"""The journal: a record that only grows, chained, sealed every day, and checkable by anyone.

Whoever writes what should be on record calls :mod:`arrears.journal.actions` in the same
transaction; docs/journal.md says what an outsider can check and how.
"""
