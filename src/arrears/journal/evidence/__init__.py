"""Evidence: files kept by their content, encrypted at rest, for as long as the law asks."""
