-- Who wants to be told when a variant is back in stock, or costs less. Nobody is written to who did not confirm the address:
-- by a link that was mailed there, or by an account whose address is verified.
create table watches (
    id uuid primary key,
    kind text not null constraint watches_kind_check check (kind in ('back_in_stock', 'price_drop')),
    variant_id uuid not null references variants (id) on delete cascade,
    email citext not null,
    user_id uuid references users (id) on delete cascade,
    status text not null constraint watches_status_check check (status in ('pending', 'active', 'told', 'ended')),
    -- what it cost when it was asked for, or when it was told last, in the smallest unit
    price_seen bigint not null constraint watches_price_seen_check check (price_seen >= 0),
    -- what it had cost before the last drop that was told
    price_before bigint,
    -- of the links that were mailed; each mail has its own
    token_hashes bytea[] not null default '{}',
    created_at timestamptz not null,
    confirmed_at timestamptz,
    told_at timestamptz,
    ended_at timestamptz,
    -- the double opt-in
    constraint watches_confirmed_check check (confirmed_at is not null or (status in ('pending', 'ended') and told_at is null)),
    constraint watches_told_check check (status <> 'told' or told_at is not null),
    constraint watches_ended_check check ((status = 'ended') = (ended_at is not null))
);
-- An address watches a variant once, as long as it watches.
create unique index watches_alive on watches (kind, variant_id, email) where status in ('pending', 'active');
-- Those who wait, in the order in which they are told.
create index watches_waiting on watches (kind, variant_id, confirmed_at, id) where status = 'active';
-- To how many the pieces of a variant were offered lately.
create index watches_told on watches (variant_id, told_at) where kind = 'back_in_stock' and told_at is not null;
create index watches_token_hashes on watches using gin (token_hashes);
create index watches_email on watches (email);
create index watches_user on watches (user_id) where user_id is not null;
-- What is forgotten.
create index watches_pending on watches (created_at) where status = 'pending';
create index watches_over on watches (coalesce(ended_at, told_at)) where status in ('told', 'ended');
