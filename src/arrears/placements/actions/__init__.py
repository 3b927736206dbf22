"""The only writers of placements."""
