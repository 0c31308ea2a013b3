-- name: limits.find
SELECT org_id, agent_id, per_minute, per_hour, per_day, same_number_per_day, spend_per_day,
       spend_per_month, cap_per_day, cap_per_month, updated_at
FROM limits WHERE org_id = :org_id AND agent_id = :agent_id;

-- Everything a reservation asks, in one read: who limits the agent, and what counts so far.
-- name: limits.situation
SELECT a.per_minute AS agent_per_minute, a.per_hour AS agent_per_hour, a.per_day AS agent_per_day,
       a.same_number_per_day AS agent_same_number, a.spend_per_day AS agent_spend_per_day,
       a.spend_per_month AS agent_spend_per_month,
       o.per_minute AS org_per_minute, o.per_hour AS org_per_hour, o.per_day AS org_per_day,
       o.same_number_per_day AS org_same_number, o.spend_per_day AS org_spend_per_day,
       o.spend_per_month AS org_spend_per_month, o.cap_per_day, o.cap_per_month,
       ab.tier AS agent_tier, ob.tier AS org_tier,
       COALESCE(d.count, 0) AS day_count, COALESCE(d.spend, 0) AS day_spend,
       (SELECT CAST(COALESCE(SUM(u.spend_micros), 0) AS BIGINT) FROM usage u
        WHERE u.org_id = :org_id AND u.agent_id = :agent_id AND u.time_window = 'month'
          AND u.window_start = :month) AS month_spend,
       (SELECT CAST(COALESCE(SUM(u.spend_micros), 0) AS BIGINT) FROM usage u
        WHERE u.org_id = :org_id AND u.agent_id = '*' AND u.time_window = 'day'
          AND u.window_start = :day AND u.action = '*') AS org_day_spend,
       (SELECT CAST(COALESCE(SUM(u.spend_micros), 0) AS BIGINT) FROM usage u
        WHERE u.org_id = :org_id AND u.agent_id = '*' AND u.time_window = 'month'
          AND u.window_start = :month AND u.action = '*') AS org_month_spend,
       (SELECT CAST(COALESCE(SUM(u.count), 0) AS BIGINT) FROM usage u
        WHERE u.org_id = :org_id AND u.agent_id = :agent_id AND u.time_window = 'contact_day'
          AND u.window_start = :day AND u.action = :contact) AS contact_count
FROM agents g
LEFT JOIN limits a ON a.org_id = g.org_id AND a.agent_id = g.id
LEFT JOIN limits o ON o.org_id = g.org_id AND o.agent_id = '*'
LEFT JOIN billing ab ON ab.org_id = g.org_id AND ab.agent_id = g.id
LEFT JOIN billing ob ON ob.org_id = g.org_id AND ob.agent_id = '*'
LEFT JOIN (SELECT CAST(SUM(CASE WHEN u.action LIKE '%.copy' THEN 0 ELSE u.count END) AS BIGINT)
                    AS count,
                  CAST(SUM(u.spend_micros) AS BIGINT) AS spend
           FROM usage u
           WHERE u.org_id = :org_id AND u.agent_id = :agent_id AND u.time_window = 'day'
             AND u.window_start = :day) d ON 1 = 1
WHERE g.org_id = :org_id AND g.id = :agent_id;

-- A limit that is not given stays; one given as -1 goes back to the next source.
-- name: limits.set
INSERT INTO limits (org_id, agent_id, per_minute, per_hour, per_day, same_number_per_day,
                    spend_per_day, spend_per_month, cap_per_day, cap_per_month, updated_at)
VALUES (:org_id, :agent_id, NULLIF(CAST(:per_minute AS BIGINT), -1),
        NULLIF(CAST(:per_hour AS BIGINT), -1), NULLIF(CAST(:per_day AS BIGINT), -1),
        NULLIF(CAST(:same_number_per_day AS BIGINT), -1),
        NULLIF(CAST(:spend_per_day AS BIGINT), -1), NULLIF(CAST(:spend_per_month AS BIGINT), -1),
        NULLIF(CAST(:cap_per_day AS BIGINT), -1), NULLIF(CAST(:cap_per_month AS BIGINT), -1),
        CAST(:at AS BIGINT))
ON CONFLICT (org_id, agent_id) DO UPDATE
SET per_minute = NULLIF(COALESCE(CAST(:per_minute AS BIGINT), limits.per_minute), -1),
    per_hour = NULLIF(COALESCE(CAST(:per_hour AS BIGINT), limits.per_hour), -1),
    per_day = NULLIF(COALESCE(CAST(:per_day AS BIGINT), limits.per_day), -1),
    same_number_per_day =
        NULLIF(COALESCE(CAST(:same_number_per_day AS BIGINT), limits.same_number_per_day), -1),
    spend_per_day = NULLIF(COALESCE(CAST(:spend_per_day AS BIGINT), limits.spend_per_day), -1),
    spend_per_month =
        NULLIF(COALESCE(CAST(:spend_per_month AS BIGINT), limits.spend_per_month), -1),
    cap_per_day = NULLIF(COALESCE(CAST(:cap_per_day AS BIGINT), limits.cap_per_day), -1),
    cap_per_month = NULLIF(COALESCE(CAST(:cap_per_month AS BIGINT), limits.cap_per_month), -1),
    updated_at = excluded.updated_at;

-- Finds nothing as long as the organization has no cap: a reservation that does not count against
-- one must not slip past a cap that was set meanwhile.
-- name: limits.caps
SELECT agent_id FROM limits
WHERE org_id = :org_id AND agent_id = '*'
  AND (cap_per_day IS NOT NULL OR cap_per_month IS NOT NULL);

-- SQLite has one writer anyway.
-- name: limits.lock
-- dialect: sqlite
SELECT 1 WHERE :org_id IS NOT NULL AND :agent_id IS NOT NULL;

-- Reservations of one agent (or against one organization's caps) come one after the other, held
-- until the group commits. A statement of its own, because one that waits for the lock has taken
-- its snapshot before.
-- name: limits.lock
-- dialect: postgres
SELECT pg_advisory_xact_lock(hashtextextended(CAST(:org_id AS TEXT) || '/' ||
                                              CAST(:agent_id AS TEXT), 4802));

-- name: billing.find
SELECT org_id, agent_id, tier, markup_ppm, email, updated_at
FROM billing WHERE org_id = :org_id AND agent_id = :agent_id;

-- name: billing.of_organization
SELECT org_id, agent_id, tier, markup_ppm, email, updated_at
FROM billing WHERE org_id = :org_id;

-- What is not given stays.
-- name: billing.set
INSERT INTO billing (org_id, agent_id, tier, markup_ppm, email, updated_at)
VALUES (:org_id, :agent_id, :tier, :markup_ppm, :email, :at)
ON CONFLICT (org_id, agent_id) DO UPDATE
SET tier = COALESCE(excluded.tier, billing.tier),
    markup_ppm = COALESCE(excluded.markup_ppm, billing.markup_ppm),
    email = COALESCE(excluded.email, billing.email),
    updated_at = excluded.updated_at;

-- name: limit_alerts.add
INSERT INTO limit_alerts (org_id, agent_id, rule, level, window_start, at)
VALUES (:org_id, :agent_id, :rule, :level, :window_start, :at)
ON CONFLICT DO NOTHING;
