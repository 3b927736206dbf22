"""Conduct: holds, the contact budget, verdicts and the gate that every act must pass."""
