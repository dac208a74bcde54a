-- Who a customer of ours is at the payment provider. Test and live money know nothing of each other.
create table provider_customers (
    user_id           uuid not null references users on delete cascade,
    livemode          boolean not null,
    -- Sent with the request that makes the customer over there: however often it is sent, it makes one.
    idempotency_key   text not null unique,
    provider_customer text unique,
    -- As they were sent; what was sent under a key must not change.
    email             text not null,
    name              text not null,
    created_at        timestamptz not null default now(),
    updated_at        timestamptz not null default now(),
    primary key (user_id, livemode)
);

-- Fixed with the terms of an attempt, before the provider is asked: whose kept cards it offers, and whether it keeps one.
alter table payments
    add column provider_customer text,
    add column keeps_card boolean not null default false;
