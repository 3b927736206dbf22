-- The job of `arrears age`, written by hand for DuckDB as well as we know how: the measure that
-- the house's own expressions are held to. In braces: the folders, and the day.
CREATE TEMP TABLE candidates AS
SELECT loan_id, owed > 0 AS owing, excess
FROM (
  SELECT loan_id, sum(owed) AS owed, sum(excess) AS excess
  FROM (
    SELECT loan_id,
           CASE WHEN due_on < DATE '{day}'
                THEN principal_minor + interest_minor + fee_minor ELSE 0 END AS owed,
           -(principal_minor + interest_minor + fee_minor) AS excess
    FROM '{data}/instalments/*.parquet'
    UNION ALL
    SELECT loan_id,
           CASE WHEN reverses IS NULL THEN -amount_minor ELSE amount_minor END,
           CASE WHEN reverses IS NULL THEN amount_minor ELSE 0 END
    FROM '{data}/payments/*.parquet' WHERE paid_on <= DATE '{day}'
  )
  GROUP BY loan_id
)
WHERE owed > 0 OR excess > 0;

CREATE TEMP TABLE theirs AS
WITH known AS (
  SELECT payment_id, loan_id, paid_on, amount_minor, reverses
  FROM '{data}/payments/*.parquet'
  WHERE paid_on <= DATE '{day}' AND loan_id IN (SELECT loan_id FROM candidates)
)
SELECT payment_id, loan_id, paid_on, amount_minor, payment_id NOT IN
       (SELECT reverses FROM known WHERE reverses IS NOT NULL) AS stands
FROM known WHERE reverses IS NULL;

CREATE TEMP TABLE sums AS
SELECT loan_id, sum(amount_minor) AS made, sum(amount_minor) FILTER (stands) AS paid,
       max(paid_on) FILTER (stands) AS last_paid_on
FROM theirs GROUP BY ALL;

CREATE TEMP TABLE stretches AS
SELECT loan_id, due_on, e - principal_minor - interest_minor - fee_minor AS s,
       e - principal_minor - interest_minor AS s_interest, e - principal_minor AS s_principal, e
FROM (
  SELECT *, sum(principal_minor + interest_minor + fee_minor) OVER (
           PARTITION BY loan_id ORDER BY due_on, seq ROWS UNBOUNDED PRECEDING) AS e
  FROM '{data}/instalments/*.parquet'
  WHERE due_on < DATE '{day}' AND loan_id IN (SELECT loan_id FROM candidates WHERE owing)
);

CREATE TEMP TABLE pieces AS
SELECT loan_id, paid_on, e - amount_minor AS s, e
FROM (
  SELECT *, sum(amount_minor) OVER (
           PARTITION BY loan_id ORDER BY paid_on, payment_id ROWS UNBOUNDED PRECEDING) AS e
  FROM theirs WHERE stands
);

CREATE TEMP TABLE aged AS
WITH open AS (
  SELECT loan_id,
         sum(greatest(s_interest - greatest(s, paid), 0)) AS fee,
         sum(greatest(s_principal - greatest(s_interest, paid), 0)) AS interest,
         sum(greatest(e - greatest(s_principal, paid), 0)) AS principal,
         min(due_on) AS oldest_due_on,
         sum(greatest(e - greatest(s_principal, paid), 0)::HUGEINT
             * (DATE '{day}' - due_on)) AS units,
         count(*) FILTER (DATE '{day}' - due_on > 30) AS over_30,
         any_value(last_paid_on) AS last_paid_on
  FROM (SELECT t.*, coalesce(u.paid, 0) AS paid, u.last_paid_on
        FROM stretches AS t LEFT JOIN sums AS u USING (loan_id))
  WHERE e > paid AND e > s
  GROUP BY loan_id
), late AS (
  SELECT i.loan_id,
         sum(greatest(least(i.e, p.e) - greatest(i.s_principal, p.s), 0)::HUGEINT
             * (p.paid_on - i.due_on)) AS units,
         max(CASE WHEN i.e <= p.e THEN p.paid_on - i.due_on ELSE 0 END) AS longest,
         count(*) FILTER (i.e <= p.e AND p.paid_on - i.due_on > 30) AS over_30
  FROM stretches AS i JOIN pieces AS p
    ON i.loan_id = p.loan_id AND i.s < p.e AND p.s < i.e AND i.due_on < p.paid_on
  WHERE i.s < i.e
  GROUP BY i.loan_id
), whole AS (
  SELECT o.*, l.person_id, l.currency, l.grace_days,
         DATE '{day}' - o.oldest_due_on AS days,
         ((o.units + coalesce(t.units, 0)) * coalesce(l.overdue_rate_bps, 0))::HUGEINT AS n,
         coalesce(t.longest, 0) AS longest, o.over_30 + coalesce(t.over_30, 0) AS times
  FROM open AS o
  JOIN (SELECT loan_id, person_id, currency, grace_days, overdue_rate_bps
        FROM '{data}/loans/*.parquet'
        WHERE loan_id IN (SELECT loan_id FROM candidates WHERE owing)) AS l USING (loan_id)
  LEFT JOIN late AS t USING (loan_id)
)
SELECT loan_id, person_id, DATE '{day}' AS as_of, currency,
       principal::BIGINT AS principal_overdue_minor, interest::BIGINT AS interest_overdue_minor,
       fee::BIGINT AS fee_overdue_minor, (principal + interest + fee)::BIGINT AS overdue_minor,
       (n // 3650000 + CASE WHEN 2 * (n % 3650000) > 3650000
                              OR (2 * (n % 3650000) = 3650000 AND (n // 3650000) % 2 = 1)
                            THEN 1 ELSE 0 END)::BIGINT AS late_interest_minor,
       oldest_due_on, days::INT AS days_past_due,
       greatest(days - grace_days, 0)::INT AS days_past_due_after_grace,
       CASE WHEN days > 180 THEN 'M7+' ELSE 'M' || ((days - 1) // 30 + 1) END AS bucket,
       last_paid_on, greatest(days, longest)::INT AS max_days_past_due_ever,
       times::INT AS times_over_30
FROM whole;

COPY (SELECT * FROM aged ORDER BY loan_id) TO '{out}/hand.parquet'
  (FORMAT parquet, COMPRESSION zstd);

COPY (
  SELECT loan_id, currency, (excess - made + paid)::BIGINT AS overpaid_minor, last_paid_on
  FROM candidates JOIN sums USING (loan_id)
  JOIN (SELECT loan_id, currency FROM '{data}/loans/*.parquet') USING (loan_id)
  WHERE excess - made + paid > 0
  ORDER BY loan_id
) TO '{out}/hand.overpaid.parquet' (FORMAT parquet, COMPRESSION zstd);
