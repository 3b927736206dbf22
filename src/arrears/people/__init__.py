"""People: borrowers and the others a loan names, staff who sign in, machine clients."""
