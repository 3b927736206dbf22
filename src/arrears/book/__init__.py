"""The loan book: contract → check → age → treat, as Ibis expressions; it ends at a frame."""
