"""The web server: Waitress in this process, ended in order by Ctrl-C or SIGTERM."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

import waitress
from django.conf import settings
from django.core.management import call_command
from django.urls import get_resolver

from arrears.kernel.errors import ConfigError
from arrears.site.config import Config


def serve(config: Config, ready: Callable[[str], None] = lambda address: None) -> None:
    """Serve until Ctrl-C or SIGTERM; call it inside :func:`arrears.site.installation.opened`.

    Parameters
    ----------
    ready
        Told the address, once connections are accepted.

    Raises
    ------
    ConfigError
        If the address cannot be bound.
    """
    get_resolver().url_patterns  # noqa: B018  (a page that cannot be imported stops the start)
    call_command("collectstatic", interactive=False, verbosity=0)
    listener = _bound(config)
    from arrears.site.wsgi import application  # tidy: lazy (needs Django set up)

    options: dict[str, Any] = {
        "sockets": [listener],
        "threads": config.threads,
        "ident": None,
        "max_request_body_size": settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
    }
    if config.trusted_proxy:
        options |= {
            "trusted_proxy": config.trusted_proxy,
            "trusted_proxy_headers": "x-forwarded-for x-forwarded-proto x-forwarded-host",
            "clear_untrusted_proxy_headers": True,
        }
    server = waitress.create_server(application, **options)
    before = signal.signal(signal.SIGTERM, _end)
    try:
        host, port = listener.getsockname()[:2]
        # Ctrl-C may come as soon as the address is told, before the server is at its loop.
        with suppress(KeyboardInterrupt):
            ready(f"http://{f'[{host}]' if ':' in host else host}:{port}/")
            server.run()  # ends on KeyboardInterrupt, after requests at work had 5 s to end
    finally:
        signal.signal(signal.SIGTERM, before)
        server.close()


def _end(_: int, __: FrameType | None) -> NoReturn:
    # What Ctrl-C raises too: one way out for both.
    raise KeyboardInterrupt


def _bound(config: Config) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.bind_host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.bind_host, config.bind_port))
    except OSError as refused:
        listener.close()
        raise ConfigError(
            f"cannot listen on {config.bind_host}:{config.bind_port}",
            found=str(refused.strerror or refused),
            remedy="stop the program that uses it, or choose another ARREARS_BIND",
        ) from refused
    return listener
