"""Transactions with an actor and a scope, the clock, the command inbox, the reactions table.

Whoever reads or writes personal tables does so inside :func:`transaction`; outside of it row
security shows nothing.
"""
