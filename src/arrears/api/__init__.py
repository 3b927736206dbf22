"""The API of the lender's own systems: push, recall, read; JSON over HTTP, described by OpenAPI.

It holds no decision: it reads the request, calls one action or query, and writes the answer.
"""
