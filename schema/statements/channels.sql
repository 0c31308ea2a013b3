-- name: channels.of_agent
SELECT org_id, agent_id, channel, address, provider, provider_ref, status
FROM channels WHERE org_id = :org_id AND agent_id = :agent_id ORDER BY channel;

-- name: channels.find
SELECT org_id, agent_id, channel, address, provider, provider_ref, status
FROM channels
WHERE org_id = :org_id AND agent_id = :agent_id AND channel = :channel AND status <> 'released';

-- name: channels.find_by_address
SELECT org_id, agent_id, channel, address, provider, provider_ref, status
FROM channels WHERE channel = :channel AND address = :address AND status <> 'released';

-- name: channels.create
INSERT INTO channels (org_id, agent_id, channel, address, provider, provider_ref, status)
VALUES (:org_id, :agent_id, :channel, :address, :provider, :provider_ref, :status)
ON CONFLICT (org_id, agent_id, channel) DO UPDATE
SET address = excluded.address, provider = excluded.provider,
    provider_ref = excluded.provider_ref, status = excluded.status
WHERE channels.status = 'released';

-- name: channels.set_number_owners
UPDATE channels SET provider = :provider
WHERE org_id = :org_id AND address = :number AND channel IN ('sms', 'voice')
  AND status <> 'released';

-- name: channels.set_status
UPDATE channels SET status = :status
WHERE org_id = :org_id AND agent_id = :agent_id AND channel = :channel;

-- name: channels.block
UPDATE channels SET status = :status
WHERE org_id = :org_id AND agent_id = :agent_id AND channel = :channel
  AND status IN ('active', 'blocked');
