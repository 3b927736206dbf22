"""Contact: what is written, when it goes, and what came back."""
