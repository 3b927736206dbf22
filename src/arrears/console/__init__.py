"""The console of staff: screens only; what they show comes from queries, what they do are actions."""
