"""Carriers: how a message leaves the house. One port, an adapter each."""
