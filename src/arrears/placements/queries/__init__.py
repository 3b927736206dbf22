"""Reads of placements."""
