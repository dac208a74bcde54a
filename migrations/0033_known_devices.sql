-- Browsers and apps that signed in to an account before. They show it by a long random token, of which the hash is here; their
-- attempts are counted by themselves, so that wrong passwords of strangers do not keep the owner out.
create table known_devices (
    id           uuid primary key,
    user_id      uuid not null references users on delete cascade,
    token_hash   bytea not null check (length(token_hash) = 32),
    -- the sign-in that used it last; when the owner ends that one, the device is forgotten
    session      uuid not null,
    created_at   timestamptz not null default now(),
    last_used_at timestamptz not null default now(),
    unique (user_id, token_hash)
);
create index known_devices_token on known_devices (token_hash);
create index known_devices_used on known_devices (last_used_at);
