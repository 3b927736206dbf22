from __future__ import annotations

from importlib import import_module

from django.db import migrations

_STANDS = import_module("arrears.conduct.migrations.0005_points")._STANDS.replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
)
# A number lies sealed: whether it is the one of an act, its hash tells.
_HASHED = _STANDS.replace("b.phone, b.email", "b.phone_hmac, b.email_hmac").replace(
    "'phone', p.phone, 'email', p.email", "'phone', p.phone_hmac, 'email', p.email_hmac"
)


class Migration(migrations.Migration):
    dependencies = [("conduct", "0006_incidents"), ("people", "0010_sealed_only")]

    operations = [migrations.RunSQL(_HASHED, _STANDS)]
