"""Personal data at rest: sealed under a ring of keys, found again by keyed hashes."""
