"""SCIM 2.0 (RFC 7643, RFC 7644): the lender's directory tells who joins and who leaves."""
