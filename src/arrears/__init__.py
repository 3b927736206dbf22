"""Arrears: brings overdue loans back to good standing."""
