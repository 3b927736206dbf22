"""The ASGI application, for a server of the user's choice; see :mod:`arrears.site.wsgi`."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

from arrears.site import secret
from arrears.site.config import Config

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arrears.site.settings")
_config = Config.from_environ()
if _config.secret_key is None:
    secret.ensure(_config.home)
application = get_asgi_application()
