"""Version 1 of the API: one file a subject."""

from arrears.api.v1 import status

ROUTERS = (status.router,)
