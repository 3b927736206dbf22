"""The door of the console: django-allauth's flows, with our words, limits and records."""
