"""The only writers of conduct."""
