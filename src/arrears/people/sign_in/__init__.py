"""Who is at the door: sessions, tries that failed, and who needs a second factor."""
