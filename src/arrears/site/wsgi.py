"""The WSGI application, for a server of the user's choice.

The database must be up: the embedded one belongs to ``arrears serve``, which brings both.
"""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from arrears.site import secret
from arrears.site.config import Config

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arrears.site.settings")
_config = Config.from_environ()
if _config.secret_key is None:
    secret.ensure(_config.home)
application = get_wsgi_application()
