"""The stored loan book: tapes, loans, schedules, payments, and the rows set aside."""
