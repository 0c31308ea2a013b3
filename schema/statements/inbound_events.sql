-- name: inbound_events.find
SELECT received_at FROM inbound_events
WHERE provider = :provider AND event_id = :event_id AND kind = :kind;

-- name: inbound_events.add
INSERT INTO inbound_events (provider, event_id, kind, org_id, agent_id, received_at)
VALUES (:provider, :event_id, :kind, :org_id, :agent_id, :received_at)
ON CONFLICT DO NOTHING;

-- name: inbound_events.purge
DELETE FROM inbound_events WHERE (provider, event_id, kind) IN (
  SELECT provider, event_id, kind FROM inbound_events WHERE received_at < :before
  ORDER BY received_at LIMIT :limit);
