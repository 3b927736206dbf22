"""The business day, step by step: age, open, escalate, cure, treat."""
