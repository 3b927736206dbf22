"""Commission: how agencies are paid and staff are measured, never by the amount alone."""
