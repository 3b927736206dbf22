"""Signing in through the lender's SAML identity provider."""
