create table payments (
    id                 uuid primary key,
    order_id           uuid not null references orders on delete restrict,
    provider           text not null check (provider in ('stripe', 'offline')),
    method             text not null check (method in ('checkout', 'intent', 'offline')),
    -- Sent to the provider with the request that creates the payment: a retry can never make a second one.
    idempotency_key    text not null unique,
    provider_session   text unique,
    provider_intent    text unique,
    checkout_url       text,
    currency           text not null check (currency ~ '^[A-Z]{3}$'),
    amount             bigint not null check (amount >= 0),
    amount_captured    bigint not null default 0 check (amount_captured >= 0),
    -- Refunds that succeeded or are under way; the constraint is what makes refunding too much impossible.
    amount_refunding   bigint not null default 0 check (amount_refunding >= 0),
    status             text not null default 'created' check (status in
                           ('created', 'pending', 'processing', 'succeeded', 'failed', 'cancelled', 'expired')),
    failure_code       text,
    failure_message    text,
    -- The declined attempt that the timeline tells of last.
    failure_charge     text,
    livemode           boolean not null default false,
    expires_at         timestamptz,
    checked_at         timestamptz,
    settled_at         timestamptz,
    created_at         timestamptz not null default now(),
    updated_at         timestamptz not null default now(),
    constraint payments_refund_within_captured check (amount_refunding <= amount_captured),
    check ((status = 'succeeded') = (amount_captured > 0 or (status = 'succeeded' and amount = 0)))
);
create index payments_order on payments (order_id, created_at);
-- Settled: the provider has said its last word on it. A payment that we closed may still be open over there.
create index payments_unsettled on payments (checked_at nulls first, id) where settled_at is null;
-- At most one payment of an order can be under way. (That two of them took money must stay recordable: the second is refunded.)
create unique index payments_one_open on payments (order_id) where status in ('created', 'pending', 'processing');

create table refunds (
    id              uuid primary key,
    payment_id      uuid not null references payments on delete restrict,
    order_id        uuid not null references orders on delete restrict,
    -- Ours, sent to the provider; drawn anew only when the provider keeps an error of its own for the old one.
    idempotency_key text not null unique,
    -- That of the form or API request that asked for it: the same action twice is one refund.
    request_key     text unique,
    request_hash    bytea check (length(request_hash) = 32),
    provider_refund text unique,
    amount          bigint not null check (amount > 0),
    currency        text not null check (currency ~ '^[A-Z]{3}$'),
    reason          text not null default '' check (length(reason) <= 500),
    lines           jsonb not null default '[]',
    restock         boolean not null default false,
    status          text not null default 'pending' check (status in ('pending', 'succeeded', 'failed', 'cancelled')),
    failure_message text,
    -- Whether the shopper gets a mail of its own about it.
    notify          boolean not null default true,
    attempts        int not null default 0,
    checked_at      timestamptz,
    actor_type      text not null,
    actor_id        uuid,
    actor_name      text not null,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now()
);
create index refunds_payment on refunds (payment_id);
create index refunds_order on refunds (order_id, created_at);
create index refunds_pending on refunds (checked_at nulls first) where status = 'pending';

create function payments_sum_refunds() returns trigger language plpgsql as $$
begin
    update payments p
    set amount_refunding = (select coalesce(sum(amount), 0) from refunds r
                            where r.payment_id = p.id and r.status in ('pending', 'succeeded'))
    where p.id = new.payment_id;
    return null;
end $$;
create trigger refunds_sum after insert or update of status, amount on refunds
    for each row execute function payments_sum_refunds();

-- The one definition of an order's payment status.
create function order_payment_status(wanted uuid) returns text language sql stable as $$
    select case
        when paid.captured is not null and refunded.amount >= paid.captured and paid.captured > 0 then 'refunded'
        when paid.captured is not null and refunded.amount > 0 then 'partially_refunded'
        when paid.captured is not null then 'paid'
        when exists (select from payments where order_id = wanted and status in ('created', 'pending', 'processing')) then 'pending'
        when exists (select from payments where order_id = wanted and status in ('failed', 'cancelled', 'expired')) then 'failed'
        else 'pending'
    end
    from (select sum(amount_captured) as captured from payments where order_id = wanted and status = 'succeeded') paid,
         (select coalesce(sum(amount), 0) as amount from refunds where order_id = wanted and status = 'succeeded') refunded;
$$;
create function orders_derive_payment_status() returns trigger language plpgsql as $$
begin
    update orders set payment_status = order_payment_status(id)
    where id = new.order_id and payment_status <> order_payment_status(id);
    return null;
end $$;
create trigger payments_derive after insert or update of status, amount_captured on payments
    for each row execute function orders_derive_payment_status();
create trigger refunds_derive after insert or update of status, amount on refunds
    for each row execute function orders_derive_payment_status();

-- The inbox of Stripe's webhooks, as received.
create table stripe_events (
    id          text primary key,
    type        text not null,
    livemode    boolean not null,
    api_version text,
    object_id   text,
    body        bytea not null,
    received_at timestamptz not null default now(),
    applied_at  timestamptz,
    outcome     text,
    attempts    int not null default 0,
    last_error  text
);
create index stripe_events_unapplied on stripe_events (received_at) where applied_at is null;
create index stripe_events_object on stripe_events (object_id);
