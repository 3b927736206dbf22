"""Reads of conduct."""
