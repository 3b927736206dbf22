"""``arrears serve``: console and API."""

from __future__ import annotations

import click

from arrears.cli import show


@click.command("serve")
def command() -> None:
    """Serve the console and the API until Ctrl-C.

    The address is ARREARS_BIND (default 127.0.0.1:8000); the API describes itself under
    /api/docs. Behind a proxy set ARREARS_HOSTS or ARREARS_ORIGINS, and ARREARS_TRUSTED_PROXY.
    """
    from arrears.cli.work import at_work  # tidy: lazy (Django is slow to load)

    with at_work(quiet_log=False) as config:
        from arrears.site.serve import serve  # tidy: lazy (needs Django set up)

        serve(config, lambda address: show.line(f"serving {address} (Ctrl-C ends)"))
