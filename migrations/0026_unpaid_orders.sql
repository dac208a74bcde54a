-- While an order is not paid, the same cart may be ordered again with another address or delivery: the order is corrected. Each
-- key under which that was asked stays known, so that a request that comes late, or twice, never undoes a later one.
create table order_corrections (
    idempotency_scope text not null,
    idempotency_key   text not null,
    request_hash      bytea not null check (length(request_hash) = 32),
    order_id          uuid not null references orders on delete cascade,
    created_at        timestamptz not null default now(),
    primary key (idempotency_scope, idempotency_key)
);
create index order_corrections_order on order_corrections (order_id);

-- From which network an order that is not paid yet was placed: an address, or the /64 of one of IPv6. Forgotten once the order
-- is paid or cancelled.
alter table orders add column placed_from text;
create index orders_unpaid_network on orders (placed_from) where status = 'pending' and placed_from is not null;
create index orders_unpaid_email on orders (email) where status = 'pending';

-- What was typed at the checkout, without keys and totals: shown again until the order is paid.
create table checkout_drafts (
    cart_id    uuid primary key references carts on delete cascade,
    fields     jsonb not null check (jsonb_typeof(fields) = 'object'),
    updated_at timestamptz not null default now()
);
create index checkout_drafts_updated on checkout_drafts (updated_at);
