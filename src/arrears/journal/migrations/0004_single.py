"""One entry is added in one go: most transactions put one thing on record."""

import importlib

from django.db import migrations

_initial = importlib.import_module("arrears.journal.migrations.0001_initial")

# Locks the head as journal_lock does, and adds the entry if it follows the head. If it does not,
# nothing is added: whoever made it looked at the head before somebody else moved it.
_ADD = """
CREATE FUNCTION journal_add(
  whose text, number bigint, entry uuid, what text, version smallint, moment timestamptz,
  who text, content jsonb, personal bytea, prev bytea, hash bytea
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  head record;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(4119711);
  SELECT h.seq, h.sha256 INTO head FROM journal_head h WHERE h.stream = whose FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO journal_head (stream, seq, position, sha256)
      VALUES (whose, 0, 0, sha256(convert_to('arrears.journal/1:' || whose, 'UTF8')))
      ON CONFLICT (stream) DO NOTHING RETURNING seq, sha256 INTO head;
    IF NOT FOUND THEN
      SELECT h.seq, h.sha256 INTO head FROM journal_head h WHERE h.stream = whose FOR UPDATE;
    END IF;
  END IF;
  IF head.seq IS DISTINCT FROM number - 1 OR head.sha256 IS DISTINCT FROM prev THEN
    RETURN false;
  END IF;
  INSERT INTO journal_entry (stream, seq, id, kind, schema, at, actor, data, personal_sha256,
      prev_sha256, sha256, position)
    VALUES (whose, number, entry, what, version, moment, who, content, personal, prev, hash,
      nextval('journal_position'));
  RETURN true;
END $$;
REVOKE ALL ON FUNCTION journal_add FROM PUBLIC;
GRANT EXECUTE ON FUNCTION journal_add TO arrears_app;
"""

# The same check as before; for one entry it and the moving of the head are one statement.
_ONE = """
  IF (SELECT count(*) FROM added) = 1 THEN
    UPDATE journal_head h SET seq = a.seq, position = a.position, sha256 = a.sha256
      FROM added a
      WHERE h.stream = a.stream AND a.seq = h.seq + 1 AND a.prev_sha256 = h.sha256
        AND a.position > h.position AND a.position <= newest;
    IF FOUND THEN
      RETURN NULL;
    END IF;
  END IF;
"""
_BEFORE = "  SELECT linked.* INTO wrong FROM ("


def _chain(one: str) -> str:
    """The trigger's function of the first migration, with the way for one entry or without."""
    text: str = _initial._CHAIN.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    text = text.partition("CREATE TRIGGER")[0]
    if text.count(_BEFORE) != 1:
        raise ValueError("the first migration is not as it was released")
    return text.replace(_BEFORE, one + _BEFORE)


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_rights")]

    operations = [
        migrations.RunSQL(_ADD, "DROP FUNCTION journal_add"),
        migrations.RunSQL(_chain(_ONE), _chain("")),
    ]
