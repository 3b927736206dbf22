"""One open case per person: its loans in arrears, its treatment, its timeline."""
