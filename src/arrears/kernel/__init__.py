"""Money, days, intervals, ids, errors and transitions: what every stage stands on. Stdlib only."""
