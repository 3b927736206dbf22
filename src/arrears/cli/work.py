"""What every command that needs the database stands on. Imported by commands when called."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from arrears.cli import show
from arrears.site.config import Config
from arrears.site.installation import opened
from arrears.store.actor import Actor, system

# Who sits at the command line may read the installation's secrets: the system itself.
ACTOR: Actor = system("cli")


@contextmanager
def at_work(*, quiet_log: bool = True) -> Iterator[Config]:
    """Have database and Django ready inside the block.

    Parameters
    ----------
    quiet_log
        Whether log lines below WARNING stay away, so that stderr is for people.
    """
    if quiet_log:
        os.environ.setdefault("ARREARS_LOG_LEVEL", "WARNING")
    config = Config.from_environ()
    with opened(config, show.say):
        yield config
