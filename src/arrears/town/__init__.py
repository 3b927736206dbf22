"""A simulated town: borrowers who pay as people do, and the tape their lender would hand in."""
