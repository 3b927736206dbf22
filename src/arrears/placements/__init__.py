"""Placements: whose a person is to collect, the lender's or an agency's, and who works on it."""
