"""The only writers of runs and of the outbound mode."""

from arrears.daily.actions.mode import switch_mode
from arrears.daily.actions.run_day import RunResult, run_day

__all__ = ["RunResult", "run_day", "switch_mode"]
