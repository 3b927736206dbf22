"""Pure decisions about conduct: what holds mean, what counts, how long an allow lasts."""
