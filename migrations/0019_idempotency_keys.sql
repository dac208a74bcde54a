-- Requests that may come twice, each under the key that its sender chose. Nothing that was sent or answered can be read
-- here: the hashes are keyed, and the answer is sealed under a key that only whoever asks again can bring about.
create table idempotency_keys (
    id           uuid primary key,
    -- who asks: keys of two of them never meet
    principal    text not null,
    key_hash     bytea not null check (length(key_hash) = 32),
    request_hash bytea not null check (length(request_hash) = 32),
    -- which try this is: one that was given up for dead can do nothing more
    attempt      int not null default 1 check (attempt > 0),
    locked_until timestamptz not null,
    -- written with the act itself, and to what it was done
    acted_at     timestamptz,
    entity_type  text,
    entity_id    text,
    answer       bytea,
    created_at   timestamptz not null,
    unique (principal, key_hash)
);

create index idempotency_keys_created on idempotency_keys (created_at);
