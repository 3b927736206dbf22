"""Tables of the journal: the record itself, the heads of its streams, personal data beside it."""

from django.db import migrations, models

from arrears.store.rowsecurity import protect

PARTITIONS = 16

_TABLES = """
CREATE SEQUENCE journal_position;

CREATE TABLE journal_entry (
  stream text COLLATE "C" NOT NULL,
  seq bigint NOT NULL CHECK (seq >= 1),
  id uuid NOT NULL,
  position bigint NOT NULL,
  kind text NOT NULL,
  schema smallint NOT NULL CHECK (schema >= 1),
  at timestamptz NOT NULL,
  actor text NOT NULL,
  data jsonb NOT NULL CHECK (jsonb_typeof(data) = 'object'),
  personal_sha256 bytea CHECK (length(personal_sha256) = 32),
  prev_sha256 bytea NOT NULL CHECK (length(prev_sha256) = 32),
  sha256 bytea NOT NULL CHECK (length(sha256) = 32),
  PRIMARY KEY (stream, seq)
) PARTITION BY HASH (stream);
CREATE INDEX journal_entry_position ON journal_entry (position);
CREATE INDEX journal_entry_id ON journal_entry (id);

-- Updated in place by every writer of a stream: room on the page keeps that cheap.
CREATE TABLE journal_head (
  stream text COLLATE "C" PRIMARY KEY CHECK (
    stream ~ '^((case|person):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|house:(0[0-9]|1[0-5]))$'),
  seq bigint NOT NULL CHECK (seq >= 0),
  position bigint NOT NULL,
  sha256 bytea NOT NULL CHECK (length(sha256) = 32)
) WITH (fillfactor = 70);

CREATE TABLE journal_personal (
  entry_id uuid PRIMARY KEY,
  salt bytea NOT NULL CHECK (length(salt) = 16),
  data jsonb NOT NULL CHECK (jsonb_typeof(data) = 'object')
);
"""

_ONLY_GROWS = """
CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
  RAISE EXCEPTION 'the journal only grows: % on % is refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER journal_entry_unchanged BEFORE UPDATE OR DELETE ON journal_entry
  FOR EACH ROW EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER journal_entry_kept BEFORE TRUNCATE ON journal_entry
  FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER journal_head_kept BEFORE DELETE ON journal_head
  FOR EACH ROW EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER journal_head_not_emptied BEFORE TRUNCATE ON journal_head
  FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER journal_personal_unchanged BEFORE UPDATE ON journal_personal
  FOR EACH ROW EXECUTE FUNCTION journal_refuse();
"""

# Writers share this lock, the daily seal takes it alone for a moment (journal/locks.py).
# Heads are made and locked in the order of their names, so that no two writers wait for each
# other; the owner's rights are lent, the application itself may not touch a head.
_LOCK = """
CREATE FUNCTION journal_lock(streams text[])
RETURNS TABLE (stream text, seq bigint, sha256 bytea) LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM pg_advisory_xact_lock_shared(4119711);
  INSERT INTO journal_head (stream, seq, position, sha256)
    SELECT s, 0, 0, sha256(convert_to('arrears.journal/1:' || s, 'UTF8'))
    FROM unnest(streams) s
    WHERE NOT EXISTS (SELECT FROM journal_head h WHERE h.stream = s)
    ORDER BY s COLLATE "C"
    ON CONFLICT (stream) DO NOTHING;
  RETURN QUERY SELECT h.stream, h.seq, h.sha256 FROM journal_head h
    WHERE h.stream = ANY (streams) ORDER BY h.stream FOR UPDATE;
END $$;
"""

# Whoever inserts: each entry must follow the head of its stream and stand after the newest cut;
# then, and only so, the head moves.
_CHAIN = """
CREATE FUNCTION journal_chain() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  wrong record;
  newest bigint;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(4119711);
  SELECT last_value INTO newest FROM journal_position;
  SELECT linked.* INTO wrong FROM (
    SELECT a.stream, a.seq, a.prev_sha256, a.position,
      coalesce(lag(a.seq) OVER line, h.seq) AS head_seq,
      coalesce(lag(a.sha256) OVER line, h.sha256) AS head_sha256,
      coalesce(lag(a.position) OVER line, h.position) AS head_position
    FROM added a LEFT JOIN journal_head h ON h.stream = a.stream
    WINDOW line AS (PARTITION BY a.stream ORDER BY a.seq)
  ) linked
  WHERE head_seq IS NULL OR seq <> head_seq + 1 OR prev_sha256 <> head_sha256
    OR position <= head_position OR position > newest
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'an entry must follow the head of its stream: % seq % does not',
      wrong.stream, wrong.seq USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  UPDATE journal_head h SET seq = n.seq, position = n.position, sha256 = n.sha256
    FROM (
      SELECT DISTINCT ON (a.stream) a.stream, a.seq, a.position, a.sha256
      FROM added a ORDER BY a.stream, a.seq DESC
    ) n
    WHERE h.stream = n.stream;
  RETURN NULL;
END $$;
CREATE TRIGGER journal_entry_chained AFTER INSERT ON journal_entry
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION journal_chain();
"""

# Anyone may add to the record, also who may see nothing; reading it takes a scope.
_ROW_SECURITY = """
ALTER TABLE journal_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE journal_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY journal_entry_scope ON journal_entry FOR SELECT
  USING ((SELECT current_setting('arrears.scope', true)) = 'lender');
CREATE POLICY journal_entry_add ON journal_entry FOR INSERT WITH CHECK (true);
"""


def _partitions() -> str:
    return "".join(
        f"CREATE TABLE journal_entry_{n:02} PARTITION OF journal_entry"
        f" FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {n});\n"
        f"CREATE TRIGGER journal_entry_kept BEFORE TRUNCATE ON journal_entry_{n:02}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();\n"
        for n in range(PARTITIONS)
    )


_UNDO = """
DROP TABLE journal_entry, journal_head, journal_personal;
DROP FUNCTION journal_chain, journal_lock, journal_refuse;
DROP SEQUENCE journal_position;
"""

_STATE = [
    migrations.CreateModel(
        name="JournalEntry",
        fields=[
            ("pk", models.CompositePrimaryKey("stream", "seq", blank=True, editable=False, primary_key=True, serialize=False)),
            ("stream", models.TextField(db_collation="C")),
            ("seq", models.BigIntegerField()),
            ("id", models.UUIDField()),
            ("position", models.BigIntegerField()),
            ("kind", models.TextField()),
            ("schema", models.SmallIntegerField()),
            ("at", models.DateTimeField()),
            ("actor", models.TextField()),
            ("data", models.JSONField()),
            ("personal_sha256", models.BinaryField(null=True)),
            ("prev_sha256", models.BinaryField()),
            ("sha256", models.BinaryField()),
        ],
        options={
            "db_table": "journal_entry",
            "indexes": [
                models.Index(fields=["position"], name="journal_entry_position"),
                models.Index(fields=["id"], name="journal_entry_id"),
            ],
        },
    ),
    migrations.CreateModel(
        name="JournalHead",
        fields=[
            ("stream", models.TextField(db_collation="C", primary_key=True, serialize=False)),
            ("seq", models.BigIntegerField()),
            ("position", models.BigIntegerField()),
            ("sha256", models.BinaryField()),
        ],
        options={"db_table": "journal_head"},
    ),
    migrations.CreateModel(
        name="JournalPersonal",
        fields=[
            ("entry_id", models.UUIDField(primary_key=True, serialize=False)),
            ("salt", models.BinaryField()),
            ("data", models.JSONField()),
        ],
        options={"db_table": "journal_personal"},
    ),
]


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    _TABLES + _ONLY_GROWS + _partitions() + _LOCK + _CHAIN + _ROW_SECURITY, _UNDO
                )
            ],
            state_operations=_STATE,
        ),
        *protect("journal_personal"),
    ]
