create table users (
    id                uuid primary key,
    email             citext not null unique check (length(email) between 3 and 254),
    password_hash     text not null,
    first_name        text not null check (length(first_name) <= 100),
    last_name         text not null check (length(last_name) <= 100),
    phone             text check (length(phone) <= 40),
    role              text not null default 'customer' check (role in ('customer', 'staff', 'admin')),
    is_active         boolean not null default true,
    email_verified_at timestamptz,
    last_login_at     timestamptz,
    password_changed_at timestamptz not null default now(),
    created_at        timestamptz not null default now(),
    updated_at        timestamptz not null default now()
);
create index users_created on users (created_at desc, id desc);
create index users_search on users using gin (
    (immutable_unaccent(lower(email::text || ' ' || first_name || ' ' || last_name))) gin_trgm_ops);

-- What staff may do, as data. An admin may do everything.
create table roles (
    id          uuid primary key,
    name        text not null unique check (name <> ''),
    description text not null default '',
    permissions text[] not null default '{}',
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now()
);
create table user_roles (
    user_id uuid not null references users on delete cascade,
    role_id uuid not null references roles on delete restrict,
    primary key (user_id, role_id)
);
create index user_roles_role on user_roles (role_id);

insert into roles (id, name, description, permissions) values
    (gen_random_uuid(), 'Manager', 'Runs the shop: everything but staff accounts and settings.',
     '{catalog:read,catalog:write,inventory:read,inventory:write,orders:read,orders:write,orders:refund,customers:read,customers:write,settings:read,audit:read}'),
    (gen_random_uuid(), 'Catalogue', 'Looks after products, categories and pictures.',
     '{catalog:read,catalog:write,inventory:read}'),
    (gen_random_uuid(), 'Fulfilment', 'Packs and ships orders, counts stock.',
     '{catalog:read,inventory:read,inventory:write,orders:read,orders:write}'),
    (gen_random_uuid(), 'Support', 'Answers customers, refunds.',
     '{catalog:read,inventory:read,orders:read,orders:write,orders:refund,customers:read}');

-- Browser sessions, of guests and of people signed in. The cookie holds the id; only its SHA-256 is kept.
create table sessions (
    id_hash      bytea primary key check (length(id_hash) = 32),
    user_id      uuid references users on delete cascade,
    public_id    uuid not null unique,
    data         jsonb not null default '{}',
    user_agent   text,
    ip           text,
    created_at   timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at   timestamptz not null
);
create index sessions_user on sessions (user_id, last_seen_at desc) where user_id is not null;
create index sessions_expires on sessions (expires_at);

create table refresh_tokens (
    id          uuid primary key,
    user_id     uuid not null references users on delete cascade,
    family      uuid not null,
    token_hash  bytea not null unique check (length(token_hash) = 32),
    device      text,
    ip          text,
    user_agent  text,
    created_at  timestamptz not null default now(),
    last_used_at timestamptz,
    replaced_by uuid references refresh_tokens,
    replaced_at timestamptz,
    revoked_at  timestamptz,
    expires_at  timestamptz not null
);
create index refresh_tokens_family on refresh_tokens (family);
create index refresh_tokens_user on refresh_tokens (user_id, created_at desc);

-- Links sent by mail: each works once.
create table user_tokens (
    id         uuid primary key,
    user_id    uuid not null references users on delete cascade,
    purpose    text not null check (purpose in ('reset_password', 'verify_email')),
    token_hash bytea not null unique check (length(token_hash) = 32),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index user_tokens_user on user_tokens (user_id, purpose);

create table addresses (
    id          uuid primary key,
    user_id     uuid not null references users on delete cascade,
    kind        text not null default 'shipping' check (kind in ('shipping', 'billing')),
    first_name  text not null,
    last_name   text not null,
    company     text,
    line1       text not null,
    line2       text,
    city        text not null,
    state       text,
    postal_code text not null,
    country     text not null check (country ~ '^[A-Z]{2}$'),
    phone       text,
    is_default  boolean not null default false,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now()
);
create index addresses_user on addresses (user_id, created_at);
create unique index addresses_one_default on addresses (user_id, kind) where is_default;

create table api_keys (
    id           uuid primary key,
    name         text not null,
    prefix       text not null unique,
    key_hash     bytea not null unique check (length(key_hash) = 32),
    scopes       text[] not null default '{}',
    created_by   uuid references users,
    created_at   timestamptz not null default now(),
    last_used_at timestamptz,
    expires_at   timestamptz,
    revoked_at   timestamptz
);

-- Failed logins, counted per account and per address, in one place for all processes.
create table login_throttles (
    key        text primary key,
    failures   int not null check (failures > 0),
    first_at   timestamptz not null,
    last_at    timestamptz not null
);
