-- Where events are posted to.
create table webhook_endpoints (
    id              uuid primary key,
    name            text not null check (name <> ''),
    url             text not null,
    -- topics, or '*' for all that there are
    topics          text[] not null check (cardinality(topics) > 0),
    -- by this day's shapes payloads are sent
    payload_version date not null,
    -- one at a time, each after the one before has arrived or was given up
    is_ordered      boolean not null default false,
    is_paused       boolean not null default false,
    -- why it is paused
    pause_reason    text,
    paused_at       timestamptz,
    -- since when nothing arrived there, if so
    failing_since   timestamptz,
    -- when its maker was told of that
    told_failing_at timestamptz,
    created_by      uuid references users (id) on delete set null,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    constraint webhook_endpoints_paused
        check (is_paused = (pause_reason is not null) and is_paused = (paused_at is not null)),
    constraint webhook_endpoints_pause_reason check (pause_reason in ('by_hand', 'failing', 'gone', 'asked'))
);

-- What its messages are signed with. The secret is encrypted: keys::EncryptionKeys.
create table webhook_secrets (
    id          uuid primary key,
    endpoint_id uuid not null references webhook_endpoints (id) on delete cascade,
    -- of the Standard Webhooks: HMAC-SHA256, or Ed25519
    kind        text not null check (kind in ('v1', 'v1a')),
    sealed      bytea not null,
    public_key  bytea,
    created_at  timestamptz not null,
    -- until then it signs beside the one that took its place
    retires_at  timestamptz,
    constraint webhook_secrets_public_key check ((kind = 'v1a') = (public_key is not null))
);
create index webhook_secrets_endpoint on webhook_secrets (endpoint_id);
create unique index webhook_secrets_current on webhook_secrets (endpoint_id, kind) where retires_at is null;

-- Public keys of receivers. With the active one messages are encrypted.
create table webhook_keys (
    id          uuid primary key,
    endpoint_id uuid not null references webhook_endpoints (id) on delete cascade,
    kid         text not null check (kid <> ''),
    jwk         jsonb not null,
    is_active   boolean not null default false,
    created_at  timestamptz not null,
    constraint webhook_keys_kid unique (endpoint_id, kid)
);
create unique index webhook_keys_active on webhook_keys (endpoint_id) where is_active;

-- The body of an event, written once, so that each attempt sends the same bytes.
create table webhook_messages (
    event_id    uuid not null references outbox_events (id) on delete cascade,
    version     date not null,
    body        text not null,
    primary key (event_id, version)
);

-- That an event goes to an endpoint.
create table webhook_deliveries (
    id              uuid primary key,
    -- in the order of events
    position        bigint generated always as identity,
    endpoint_id     uuid not null references webhook_endpoints (id) on delete cascade,
    event_id        uuid not null,
    version         date not null,
    topic           text not null,
    status          text not null default 'pending' check (status in ('pending', 'delivered', 'dead')),
    -- of those that count: begun anew when it is sent again by hand
    attempts        int not null default 0,
    next_attempt_at timestamptz,
    -- somebody sends it just now, until then
    leased_until    timestamptz,
    created_at      timestamptz not null,
    finished_at     timestamptz,
    constraint webhook_deliveries_event unique (endpoint_id, event_id),
    constraint webhook_deliveries_message
        foreign key (event_id, version) references webhook_messages (event_id, version) on delete cascade,
    constraint webhook_deliveries_pending
        check ((status = 'pending') = (next_attempt_at is not null) and (status = 'pending') = (finished_at is null))
) with (fillfactor = 80);
create index webhook_deliveries_due on webhook_deliveries (endpoint_id, next_attempt_at) where status = 'pending';
create index webhook_deliveries_line on webhook_deliveries (endpoint_id, position) where status = 'pending';
create index webhook_deliveries_delivered on webhook_deliveries (endpoint_id, finished_at) where status = 'delivered';
create index webhook_deliveries_dead on webhook_deliveries (endpoint_id, finished_at) where status = 'dead';
create index webhook_deliveries_log on webhook_deliveries (endpoint_id, position);
create index webhook_deliveries_of_message on webhook_deliveries (event_id, version);
create index webhook_deliveries_leased on webhook_deliveries (endpoint_id) where leased_until is not null;

-- What was sent, and what came back.
create table webhook_attempts (
    id              bigint generated always as identity primary key,
    delivery_id     uuid not null references webhook_deliveries (id) on delete cascade,
    sent_at         timestamptz not null,
    duration_ms     int not null,
    url             text not null,
    request_headers jsonb not null,
    is_encrypted    boolean not null,
    -- of the answer, if there was one
    http_status     int,
    answer_headers  jsonb,
    answer          text,
    -- why it did not arrive
    error           text
);
create index webhook_attempts_delivery on webhook_attempts (delivery_id, id);
