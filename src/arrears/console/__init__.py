"""The console of staff: screens only; they show queries and ask actions."""
