"""Pure decisions about placements."""
