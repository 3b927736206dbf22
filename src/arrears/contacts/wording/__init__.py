"""What messages say: words under a check, templates with named variables. No database."""
