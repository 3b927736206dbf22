"""The only writers of cases."""

from arrears.cases.actions.apply import Applied, apply
from arrears.cases.actions.facts import load_facts
from arrears.cases.actions.settle import settle

__all__ = ["Applied", "apply", "load_facts", "settle"]
