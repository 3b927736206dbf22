"""An installation opened for work: database up, Django ready, tables migrated, and closed again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.db import connections

from arrears.site import secret
from arrears.site.config import Config
from arrears.store.embedded.locks import Say
from arrears.store.setup import ensure_database, running


@contextmanager
def opened(config: Config | None = None, say: Say = lambda sentence: None) -> Iterator[Config]:
    """Have everything ready inside the block that models, actions and queries need.

    Parameters
    ----------
    config
        Must equal what the environment says, as Django reads that; default: read it.
    say
        Told in a sentence when something takes long.
    """
    config = config or Config.from_environ()
    if config.secret_key is None:
        secret.ensure(config.home)
    with running(config, say):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arrears.site.settings")
        django.setup()
        try:
            ensure_database(say)
            yield config
        finally:
            # An open connection would make the server's orderly stop wait for it.
            connections.close_all()
