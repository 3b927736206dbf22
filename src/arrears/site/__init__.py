"""Settings, addresses, logging, health and the server process: one running installation."""
