create table carts (
    id         uuid primary key,
    user_id    uuid references users on delete cascade,
    token_hash bytea check (length(token_hash) = 32),
    currency   text not null check (currency ~ '^[A-Z]{3}$'),
    ordered_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    expires_at timestamptz not null,
    check (user_id is not null or token_hash is not null)
);
-- One open cart each; an ordered one stays as the proof that it became exactly one order.
create unique index carts_one_open_per_user on carts (user_id) where ordered_at is null and user_id is not null;
create unique index carts_one_open_per_token on carts (token_hash) where ordered_at is null and token_hash is not null;
create index carts_expires on carts (expires_at) where ordered_at is null;

create table cart_items (
    id         uuid primary key,
    cart_id    uuid not null references carts on delete cascade,
    variant_id uuid not null references variants on delete cascade,
    quantity   int not null check (quantity between 1 and 9999),
    -- The price the shopper saw and accepted, in minor units of the cart's currency.
    price_seen bigint not null check (price_seen >= 0),
    created_at timestamptz not null default now(),
    unique (cart_id, variant_id)
);
create index cart_items_variant on cart_items (variant_id);

create sequence order_numbers start 100001;

create table orders (
    id                  uuid primary key,
    number              text not null unique default 'IM-' || nextval('order_numbers'),
    user_id             uuid references users on delete restrict,
    email               citext not null,
    -- The secret in a guest's link to the order.
    access_key          text not null check (length(access_key) >= 32),
    status              text not null default 'pending' check (status in
                            ('pending', 'paid', 'processing', 'shipped', 'delivered', 'completed', 'cancelled', 'refunded')),
    -- Derived from payments and refunds by trigger; never written by hand.
    payment_status      text not null default 'pending' check (payment_status in
                            ('pending', 'paid', 'failed', 'partially_refunded', 'refunded')),
    currency            text not null check (currency ~ '^[A-Z]{3}$'),
    subtotal            bigint not null check (subtotal >= 0),
    discount            bigint not null default 0 check (discount >= 0 and discount <= subtotal),
    -- Tax added on top; where prices include tax this is 0 and tax_included says how much is in them.
    tax                 bigint not null default 0 check (tax >= 0),
    tax_included        bigint not null default 0 check (tax_included >= 0),
    tax_rate_bp         int not null default 0 check (tax_rate_bp between 0 and 10000),
    shipping            bigint not null default 0 check (shipping >= 0),
    total               bigint not null,
    shipping_method     text not null,
    shipping_method_name text not null,
    shipping_address    jsonb not null,
    billing_address     jsonb not null,
    customer_note       text not null default '' check (length(customer_note) <= 2000),
    cart_id             uuid unique references carts on delete set null,
    idempotency_scope   text not null,
    idempotency_key     text not null,
    request_hash        bytea not null check (length(request_hash) = 32),
    reserved_until      timestamptz,
    paid_at             timestamptz,
    cancelled_at        timestamptz,
    cancel_reason       text,
    created_at          timestamptz not null default now(),
    updated_at          timestamptz not null default now(),
    -- What staff type to find it: number, e-mail, name.
    search_text         text not null generated always as (immutable_unaccent(lower(
                            number || ' ' || email::text || ' ' || coalesce(shipping_address->>'firstName', '') || ' '
                            || coalesce(shipping_address->>'lastName', '')))) stored,
    constraint orders_total_adds_up check (total = subtotal - discount + tax + shipping),
    unique (idempotency_scope, idempotency_key)
);
create index orders_created on orders (created_at desc, id desc);
create index orders_status on orders (status, created_at desc, id desc);
create index orders_user on orders (user_id, created_at desc);
create index orders_email on orders (email);
create index orders_reservations_due on orders (reserved_until) where status = 'pending';
create index orders_search on orders using gin (search_text gin_trgm_ops);
create index orders_payment_status on orders (payment_status, created_at desc, id desc);
create index orders_total on orders (total desc, id desc);

create table order_items (
    id                uuid primary key,
    order_id          uuid not null references orders on delete cascade,
    variant_id        uuid not null references variants on delete restrict,
    product_id        uuid not null references products on delete restrict,
    location_id       uuid not null references stock_locations,
    position          int not null,
    sku               text not null,
    name              text not null,
    variant_name      text not null default '',
    unit_price        bigint not null check (unit_price >= 0),
    quantity          int not null check (quantity > 0),
    line_total        bigint not null,
    snapshot          jsonb not null,
    reserved_quantity int not null default 0 check (reserved_quantity >= 0),
    shipped_quantity  int not null default 0 check (shipped_quantity >= 0),
    returned_quantity int not null default 0 check (returned_quantity >= 0),
    check (line_total = unit_price * quantity),
    check (reserved_quantity + shipped_quantity <= quantity),
    check (returned_quantity <= shipped_quantity),
    unique (order_id, variant_id)
);
create index order_items_variant on order_items (variant_id);
create index order_items_product on order_items (product_id);

alter table inventory_movements add foreign key (order_id) references orders;

-- The timeline. `is_public` rows are shown to the shopper too.
create table order_events (
    id          uuid primary key,
    seq         bigint generated always as identity unique,
    order_id    uuid not null references orders on delete cascade,
    kind        text not null,
    from_status text,
    to_status   text,
    actor_type  text not null,
    actor_id    uuid,
    actor_name  text not null,
    note        text not null default '',
    data        jsonb not null default '{}',
    is_public   boolean not null default false,
    created_at  timestamptz not null default now()
);
create index order_events_order on order_events (order_id, seq);
create trigger order_events_append_only before update on order_events for each row execute function refuse_change();

create table shipments (
    id           uuid primary key,
    order_id     uuid not null references orders on delete restrict,
    carrier      text not null default '',
    tracking     text not null default '',
    tracking_url text,
    created_at   timestamptz not null default now()
);
create index shipments_order on shipments (order_id, created_at);
create table shipment_items (
    shipment_id   uuid not null references shipments on delete cascade,
    order_item_id uuid not null references order_items on delete restrict,
    quantity      int not null check (quantity > 0),
    primary key (shipment_id, order_item_id)
);
