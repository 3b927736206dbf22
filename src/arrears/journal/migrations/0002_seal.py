"""Seals: the chain of signed statements, and the blocks that inclusion proofs are made from."""

from django.db import migrations, models

_ONLY_GROWS = """
CREATE TRIGGER {table}_unchanged BEFORE UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER {table}_kept BEFORE TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
"""

# Whoever waits for the lock makes the writers behind it wait too. So it waits for a fifth of a
# second at most, lets them pass, and tries again; only a writer that takes many seconds is waited
# for in earnest. The lock is the session's, not the transaction's: it is let go as soon as the
# cut is known.
_CUT = """
CREATE FUNCTION journal_cut() RETURNS bigint LANGUAGE plpgsql
SET search_path = pg_catalog, public SET lock_timeout = '200ms' AS $$
DECLARE
  alone boolean := false;
  cut bigint;
BEGIN
  FOR turn IN 1 .. 50 LOOP
    BEGIN
      PERFORM pg_advisory_lock(4119711);
      alone := true;
    EXCEPTION WHEN lock_not_available THEN
      PERFORM pg_sleep(0.1);
    END;
    EXIT WHEN alone;
  END LOOP;
  IF NOT alone THEN
    PERFORM set_config('lock_timeout', '0', true);
    PERFORM pg_advisory_lock(4119711);
  END IF;
  BEGIN
    SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END
      INTO cut FROM journal_position;
  EXCEPTION WHEN OTHERS THEN
    PERFORM pg_advisory_unlock(4119711);
    RAISE;
  END;
  PERFORM pg_advisory_unlock(4119711);
  RETURN cut;
END $$;
"""

_STATEMENTS_FOLLOW = """
CREATE FUNCTION journal_statement_follows() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE
  newest bigint;
  before record;
BEGIN
  SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END
    INTO newest FROM journal_position;
  SELECT number, cut INTO before FROM journal_statement ORDER BY number DESC LIMIT 1;
  IF NEW.number <> coalesce(before.number, 0) + 1 OR NEW.cut < coalesce(before.cut, 0)
     OR NEW.cut > newest OR (NEW.kind <> 'seal' AND NEW.cut <> coalesce(before.cut, 0)) THEN
    RAISE EXCEPTION 'statement % of the journal does not follow the one before', NEW.number
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER journal_statement_follows BEFORE INSERT ON journal_statement
  FOR EACH ROW EXECUTE FUNCTION journal_statement_follows();

CREATE FUNCTION journal_after_cut() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
  IF (SELECT min(position) FROM added)
     <= (SELECT cut FROM journal_statement ORDER BY number DESC LIMIT 1) THEN
    RAISE EXCEPTION 'what is sealed takes no more entries'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER journal_entry_after_cut AFTER INSERT ON journal_entry
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION journal_after_cut();
"""

_UNDO = """
DROP TRIGGER journal_entry_after_cut ON journal_entry;
DROP TRIGGER journal_statement_follows ON journal_statement;
DROP FUNCTION journal_after_cut, journal_statement_follows, journal_cut;
"""
_BARE = "".join(
    f"DROP TRIGGER {table}_{what} ON {table};\n"
    for table in ("journal_statement", "journal_block")
    for what in ("unchanged", "kept")
)


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="JournalStatement",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=10)),
                ("at", models.DateTimeField()),
                ("day", models.DateField(null=True)),
                ("cut", models.BigIntegerField()),
                ("count", models.BigIntegerField()),
                ("root", models.BinaryField(null=True)),
                ("key_id", models.CharField(max_length=16)),
                ("statement", models.TextField()),
                ("sha256", models.BinaryField()),
                ("signature", models.BinaryField()),
            ],
            options={
                "db_table": "journal_statement",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(kind__in=["key", "lost", "restored", "rotation", "seal"]),
                        name="journal_statement_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(kind="seal", day__isnull=False, root__isnull=False)
                        | models.Q(("kind", "seal"), _negated=True) & models.Q(day__isnull=True, root__isnull=True),
                        name="journal_statement_seal",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["day", "number"], name="journal_statement_day"),
                    models.Index(fields=["cut", "number"], name="journal_statement_cut"),
                ],
            },
        ),
        migrations.CreateModel(
            name="JournalBlock",
            fields=[
                ("pk", models.CompositePrimaryKey("seal", "first_position", blank=True, editable=False, primary_key=True, serialize=False)),
                ("seal", models.BigIntegerField()),
                ("first_position", models.BigIntegerField()),
                ("count", models.IntegerField()),
                ("root", models.BinaryField()),
            ],
            options={"db_table": "journal_block"},
        ),
        migrations.RunSQL(
            _ONLY_GROWS.format(table="journal_statement")
            + _ONLY_GROWS.format(table="journal_block"),
            _BARE,
        ),
        migrations.RunSQL(_CUT + _STATEMENTS_FOLLOW, _UNDO),
    ]
