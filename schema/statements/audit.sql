-- Comes before audit.add in a unit. SQLite has one writer anyway.
-- name: audit.lock
-- dialect: sqlite
SELECT 1;

-- Makes the numbers gapless across workers; held until the group commits. A statement of its own,
-- because one that waits for the lock has taken its snapshot before.
-- name: audit.lock
-- dialect: postgres
SELECT pg_advisory_xact_lock(4801);

-- The sequence is one more than the last, read in the transaction that adds the row: no gap is left
-- by a unit that is undone. The leaf covers the sequence, so it is computed here, where it is
-- known. comms_sha256 is a function of the sqlite plugin: SHA-256 over its arguments in a row.
-- name: audit.add
-- dialect: sqlite
INSERT INTO audit (sequence, id, at, org_id, actor, action, target, details_json, leaf)
SELECT COALESCE(MAX(sequence), 0) + 1, :id, :at, :org_id, :actor, :action, :target, :details_json,
       comms_sha256(x'00', printf('%016x', COALESCE(MAX(sequence), 0) + 1), :fields)
FROM audit;

-- name: audit.add
-- dialect: postgres
INSERT INTO audit (sequence, id, at, org_id, actor, action, target, details_json, leaf)
SELECT COALESCE(MAX(sequence), 0) + 1, :id, CAST(:at AS BIGINT), :org_id, :actor, :action, :target,
       :details_json,
       sha256('\x00'::bytea ||
              convert_to(lpad(to_hex(COALESCE(MAX(sequence), 0) + 1), 16, '0'), 'UTF8') ||
              CAST(:fields AS BYTEA))
FROM audit;

-- libSQL on somebody else's server has no SHA-256 and takes no function of ours, so the statement
-- works it out (FIPS 180-4, section 6.2.2): a row for each round, some 1.5 ms an entry. `digits` is
-- the padded message in hexadecimal; w are the words t to t + 15 of the message schedule, s the
-- working variables a to h, v the hash value so far: t = 64 adds s to it, t = 65 begins a block.
-- Exclusive or of three, which SQLite lacks: (all or any) without those that two share, and all.
-- name: audit.add
-- dialect: libsql
INSERT INTO audit (sequence, id, at, org_id, actor, action, target, details_json, leaf)
WITH RECURSIVE
  next (sequence) AS (SELECT COALESCE(MAX(sequence), 0) + 1 FROM audit),
  message (sequence, digits, bytes) AS (
    SELECT sequence, '00' || hex(printf('%016x', sequence)) || hex(:fields), 17 + length(:fields)
    FROM next),
  padded (sequence, digits, blocks) AS (
    SELECT sequence,
           digits || '80' || substr(hex(zeroblob(64)), 1, 2 * ((119 - bytes % 64) % 64)) ||
             printf('%016X', bytes * 8),
           (bytes + 72) / 64
    FROM message),
  constants (k) AS (SELECT json('[
    0x428a2f98,0x71374491,0xb5c0fbcf,0xe9b5dba5,0x3956c25b,0x59f111f1,0x923f82a4,0xab1c5ed5,
    0xd807aa98,0x12835b01,0x243185be,0x550c7dc3,0x72be5d74,0x80deb1fe,0x9bdc06a7,0xc19bf174,
    0xe49b69c1,0xefbe4786,0x0fc19dc6,0x240ca1cc,0x2de92c6f,0x4a7484aa,0x5cb0a9dc,0x76f988da,
    0x983e5152,0xa831c66d,0xb00327c8,0xbf597fc7,0xc6e00bf3,0xd5a79147,0x06ca6351,0x14292967,
    0x27b70a85,0x2e1b2138,0x4d2c6dfc,0x53380d13,0x650a7354,0x766a0abb,0x81c2c92e,0x92722c85,
    0xa2bfe8a1,0xa81a664b,0xc24b8b70,0xc76c51a3,0xd192e819,0xd6990624,0xf40e3585,0x106aa070,
    0x19a4c116,0x1e376c08,0x2748774c,0x34b0bcb5,0x391c0cb3,0x4ed8aa4a,0x5b9cca4f,0x682e6ff3,
    0x748f82ee,0x78a5636f,0x84c87814,0x8cc70208,0x90befffa,0xa4506ceb,0xbef9a3f7,0xc67178f2]')),
  rounds (block, t, w, s, v) AS (
    SELECT -1, 64, NULL, '[0,0,0,0,0,0,0,0]', json('[
      0x6a09e667,0xbb67ae85,0x3c6ef372,0xa54ff53a,0x510e527f,0x9b05688c,0x1f83d9ab,0x5be0cd19]')
    UNION ALL
    SELECT
      block + (t = 65),
      CASE t WHEN 65 THEN 0 ELSE t + 1 END,
      CASE
        WHEN t < 64 THEN json_remove(json_insert(w, '$[#]', (
          SELECT (w0 + w9 +
              ((((a | b | c) & ~((a & b) | (a & c) | (b & c))) | (a & b & c)) & 4294967295) +
              ((((d | e | f) & ~((d & e) | (d & f) | (e & f))) | (d & e & f)) & 4294967295)) &
            4294967295
          FROM (SELECT w0, w9, (x >> 7) | (x << 25) AS a, (x >> 18) | (x << 14) AS b, x >> 3 AS c,
                       (y >> 17) | (y << 15) AS d, (y >> 19) | (y << 13) AS e, y >> 10 AS f
                FROM (SELECT w ->> 0 AS w0, w ->> 1 AS x, w ->> 9 AS w9, w ->> 14 AS y)))), '$[0]')
        WHEN t = 65 AND block + 1 < blocks THEN (
          SELECT json('[0x' ||
              substr(d, 1, 8) || ',0x' || substr(d, 9, 8) || ',0x' ||
              substr(d, 17, 8) || ',0x' || substr(d, 25, 8) || ',0x' ||
              substr(d, 33, 8) || ',0x' || substr(d, 41, 8) || ',0x' ||
              substr(d, 49, 8) || ',0x' || substr(d, 57, 8) || ',0x' ||
              substr(d, 65, 8) || ',0x' || substr(d, 73, 8) || ',0x' ||
              substr(d, 81, 8) || ',0x' || substr(d, 89, 8) || ',0x' ||
              substr(d, 97, 8) || ',0x' || substr(d, 105, 8) || ',0x' ||
              substr(d, 113, 8) || ',0x' || substr(d, 121, 8) || ']')
          FROM (SELECT substr(digits, 128 * block + 129, 128) AS d))
        ELSE w
      END,
      CASE
        WHEN t < 64 THEN (
          SELECT json_array((t1 + t2) & 4294967295, a, b, c, (d + t1) & 4294967295, e, f, g)
          FROM (
            SELECT a, b, c, d, e, f, g,
              h + ((((p | q | r) & ~((p & q) | (p & r) | (q & r))) | (p & q & r)) & 4294967295) +
                ((e & f) | (~e & g)) + (k ->> t) + (w ->> 0) AS t1,
              ((((x | y | z) & ~((x & y) | (x & z) | (y & z))) | (x & y & z)) & 4294967295) +
                ((a & b) | (a & c) | (b & c)) AS t2
            FROM (
              SELECT a, b, c, d, e, f, g, h,
                (e >> 6) | (e << 26) AS p, (e >> 11) | (e << 21) AS q, (e >> 25) | (e << 7) AS r,
                (a >> 2) | (a << 30) AS x, (a >> 13) | (a << 19) AS y, (a >> 22) | (a << 10) AS z
              FROM (SELECT s ->> 0 AS a, s ->> 1 AS b, s ->> 2 AS c, s ->> 3 AS d,
                           s ->> 4 AS e, s ->> 5 AS f, s ->> 6 AS g, s ->> 7 AS h))))
        WHEN t = 65 THEN v
        ELSE s
      END,
      CASE t WHEN 64 THEN json_array(
        ((v ->> 0) + (s ->> 0)) & 4294967295, ((v ->> 1) + (s ->> 1)) & 4294967295,
        ((v ->> 2) + (s ->> 2)) & 4294967295, ((v ->> 3) + (s ->> 3)) & 4294967295,
        ((v ->> 4) + (s ->> 4)) & 4294967295, ((v ->> 5) + (s ->> 5)) & 4294967295,
        ((v ->> 6) + (s ->> 6)) & 4294967295, ((v ->> 7) + (s ->> 7)) & 4294967295) ELSE v END
    FROM rounds, padded, constants
    WHERE block < blocks)
SELECT sequence, :id, :at, :org_id, :actor, :action, :target, :details_json,
       unhex(printf('%08x%08x%08x%08x%08x%08x%08x%08x', v ->> 0, v ->> 1, v ->> 2, v ->> 3,
                    v ->> 4, v ->> 5, v ->> 6, v ->> 7))
FROM rounds, padded
WHERE block = blocks;

-- name: audit.list
SELECT sequence, id, at, org_id, actor, action, target, details_json, leaf
FROM audit WHERE org_id = :org_id AND sequence > :after ORDER BY sequence LIMIT :limit;

-- name: audit.list_all
SELECT sequence, id, at, org_id, actor, action, target, details_json, leaf
FROM audit WHERE sequence > :after ORDER BY sequence LIMIT :limit;
