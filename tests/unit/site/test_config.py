"""Settings: what is unknown or unusable stops the start, and secrets are never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from arrears.kernel.errors import ConfigError
from arrears.site.config import KEYS, Config


def test_an_empty_environment_is_enough():
    config = Config.from_environ({})
    assert config.home == Path("var").absolute()
    assert (config.bind_host, config.bind_port) == ("127.0.0.1", 8000)
    assert config.business_zone == "Asia/Shanghai"
    assert not config.debug
    assert not config.tls


def test_an_unknown_key_stops_the_start_and_names_its_neighbour():
    with pytest.raises(ConfigError, match="ARREARS_BUSINES_ZONE") as caught:
        Config.from_environ({"ARREARS_BUSINES_ZONE": "Asia/Shanghai"})
    assert "ARREARS_BUSINESS_ZONE" in str(caught.value.expected)


def test_an_unknown_key_without_neighbours_lists_all():
    with pytest.raises(ConfigError) as caught:
        Config.from_environ({"ARREARS_QQQQQQ": "1"})
    assert all(key in str(caught.value.expected) for key in KEYS)


def test_other_programs_keys_are_none_of_our_business():
    Config.from_environ({"PATH": "/bin", "DJANGO_DEBUG": "1", "ARREARSX": "1"})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ARREARS_BIND", "8000"),
        ("ARREARS_BIND", "localhost:http"),
        ("ARREARS_BIND", "127.0.0.1:70000"),
        ("ARREARS_BUSINESS_ZONE", "Mars/Olympus"),
        ("ARREARS_BUSINESS_ZONE", "../../etc/passwd"),
        ("ARREARS_LANGUAGE", "fr"),
        ("ARREARS_DEBUG", "perhaps"),
        ("ARREARS_LOG_LEVEL", "LOUD"),
        ("ARREARS_THREADS", "0"),
        ("ARREARS_THREADS", "٣"),
        ("ARREARS_DATABASE_PORT", "80"),
        ("ARREARS_ORIGINS", "arrears.example"),
        ("ARREARS_ORIGINS", "https://arrears.example/console"),
        ("ARREARS_SECRET_KEY", "short"),
        ("DATABASE_URL", "mysql://root@localhost/arrears"),
        ("ARREARS_APP_DATABASE_URL", "host=localhost"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_with_a_remedy(key, value):
    with pytest.raises(ConfigError, match=key) as caught:
        Config.from_environ({key: value})
    assert caught.value.remedy


def test_secrets_stay_out_of_the_printed_form_and_of_errors():
    config = Config.from_environ(
        {
            "ARREARS_SECRET_KEY": "k" * 40,
            "DATABASE_URL": "postgresql://owner:hunter2@db/arrears",
            "ARREARS_APP_DATABASE_URL": "postgresql://app:hunter3@db/arrears",
        }
    )
    assert not any(secret in repr(config) for secret in ("k" * 40, "hunter2", "hunter3"))
    with pytest.raises(ConfigError) as caught:
        Config.from_environ({"DATABASE_URL": "hunter2"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("origins", "tls"),
    [
        ("https://arrears.example", True),
        ("https://a.example, http://b.example", False),
        ("", False),
    ],
)
def test_tls_is_when_every_origin_is_https(origins, tls):
    assert Config.from_environ({"ARREARS_ORIGINS": origins}).tls is tls
