-- An account signs in with its address and nothing else, so addresses are unique in the database.
-- name: users.find_by_email
SELECT id, org_id, email, name, role, password_hash, status, failed_logins, locked_until,
       last_login_at, created_at
FROM users WHERE email = :email;

-- name: users.find
SELECT id, org_id, email, name, role, password_hash, status, failed_logins, locked_until,
       last_login_at, created_at
FROM users WHERE org_id = :org_id AND id = :user_id;

-- name: users.find_orchestrator
SELECT id, org_id, email, name, role, password_hash, status, failed_logins, locked_until,
       last_login_at, created_at
FROM users WHERE org_id IS NULL AND id = :user_id;

-- name: users.list
SELECT id, org_id, email, name, role, password_hash, status, failed_logins, locked_until,
       last_login_at, created_at
FROM users WHERE org_id = :org_id AND id > :after_id ORDER BY id LIMIT :limit;

-- name: users.list_orchestrator
SELECT id, org_id, email, name, role, password_hash, status, failed_logins, locked_until,
       last_login_at, created_at
FROM users WHERE org_id IS NULL AND id > :after_id ORDER BY id LIMIT :limit;

-- name: users.create
INSERT INTO users (id, org_id, email, name, role, password_hash, status, created_at)
VALUES (:user_id, :org_id, :email, :name, :role, :password_hash, :status, :created_at)
ON CONFLICT DO NOTHING;

-- name: users.set_status
UPDATE users SET status = :status WHERE org_id = :org_id AND id = :user_id;

-- name: users.set_status_orchestrator
UPDATE users SET status = :status WHERE org_id IS NULL AND id = :user_id;

-- name: users.login_succeeded
UPDATE users SET failed_logins = 0, locked_until = NULL, last_login_at = :at
WHERE org_id = :org_id AND id = :user_id;

-- name: users.login_succeeded_orchestrator
UPDATE users SET failed_logins = 0, locked_until = NULL, last_login_at = :at
WHERE org_id IS NULL AND id = :user_id;

-- Counted here and not by the caller: of guesses made at the same moment none is forgotten.
-- name: users.login_failed
UPDATE users
SET failed_logins = failed_logins + 1,
    locked_until = CASE WHEN failed_logins + 1 >= :most THEN :locked_until ELSE locked_until END
WHERE org_id = :org_id AND id = :user_id;

-- name: users.login_failed_orchestrator
UPDATE users
SET failed_logins = failed_logins + 1,
    locked_until = CASE WHEN failed_logins + 1 >= :most THEN :locked_until ELSE locked_until END
WHERE org_id IS NULL AND id = :user_id;
