-- Stripe's ledger as it was last read, beside our own books.
create table ledger_payments (
    intent       text primary key,
    -- 'missing': asked for by name, and Stripe has no such payment.
    status       text not null check (status in ('open', 'processing', 'succeeded', 'cancelled', 'missing')),
    currency     text not null check (currency ~ '^[A-Z]{3}$'),
    received     bigint not null default 0,
    refunded     bigint not null default 0,
    -- What Stripe kept for itself, once it has said so.
    fee          bigint,
    -- It carries our marks: this shop made it, or one that shares the account and its ids.
    is_ours      boolean not null,
    payment_id   uuid,
    order_id     uuid,
    created_at   timestamptz not null,
    -- When it was first seen as paid, by our clock: what is only just paid is not yet a difference.
    paid_seen_at timestamptz,
    seen_at      timestamptz not null
);
create index ledger_payments_payment on ledger_payments (payment_id);
create index ledger_payments_order on ledger_payments (order_id);

create table ledger_refunds (
    refund        text primary key,
    intent        text not null,
    status        text not null check (status in ('pending', 'succeeded', 'failed', 'cancelled', 'missing')),
    amount        bigint not null,
    currency      text not null check (currency ~ '^[A-Z]{3}$'),
    -- Ours, when we made it.
    refund_id     uuid,
    first_seen_at timestamptz not null,
    seen_at       timestamptz not null
);
create index ledger_refunds_intent on ledger_refunds (intent);
create index ledger_refunds_refund on ledger_refunds (refund_id);

-- How far the ledger is read: what is new every few minutes, the last month once a day.
create table ledger_readings (
    stream   text primary key check (stream in ('payments', 'refunds', 'all_payments', 'all_refunds')),
    -- Our own books are held against the ledger from here on.
    since    timestamptz not null,
    -- All that was made before is read.
    mark     timestamptz not null,
    -- The stretch that is being read, back to from_at, since when, and where the last round stopped in it.
    from_at  timestamptz,
    begun_at timestamptz,
    cursor   text,
    read_at  timestamptz,
    tried_at timestamptz,
    failure  text,
    check ((from_at is null) = (begun_at is null))
);

create table payment_differences (
    id              uuid primary key,
    kind            text not null check (kind in
                        ('unbooked_payment', 'foreign_payment', 'payment_not_at_stripe', 'order_without_payment',
                         'captured_differs', 'order_total_differs',
                         'unbooked_refund', 'refund_not_at_stripe', 'refund_differs')),
    -- What it is about: the id at Stripe, or ours where there is none. With the kind it names the difference.
    subject         text not null,
    -- Without foreign keys: what a difference is about may be the very row that is gone.
    payment_id      uuid,
    order_id        uuid,
    refund_id       uuid,
    provider_intent text,
    provider_refund text,
    currency        text not null,
    -- Amounts on both sides; null where a side knows nothing of it.
    theirs          bigint,
    ours            bigint,
    status          text not null default 'open' check (status in ('open', 'resolved', 'dismissed')),
    opened_at       timestamptz not null,
    seen_at         timestamptz not null,
    -- Who is at it, or was: a repair is begun by one of several clicks.
    repair          text,
    repair_by       text,
    repair_at       timestamptz,
    repairs         int not null default 0,
    resolved_at     timestamptz,
    reason          text check (length(reason) <= 500),
    check ((status = 'resolved') = (resolved_at is not null)),
    check (status <> 'dismissed' or reason is not null)
);
create unique index payment_differences_current on payment_differences (kind, subject) where status <> 'resolved';
create index payment_differences_open on payment_differences (opened_at desc) where status = 'open';
create index payment_differences_status on payment_differences (status, opened_at desc, id desc);

-- For the list of payments.
create index payments_created on payments (created_at desc, id desc);
create index payments_status on payments (status, created_at desc, id desc);

-- Whoever may give money back may see payments, and so may whoever may read the audit log.
update roles
set permissions = array_append(permissions, 'payments:read')
where permissions && '{orders:refund,audit:read}' and not permissions @> '{payments:read}';
