-- Which members of staff have a product open to edit it. Lost with a crash of the server, as it may be: whoever is still there says so
-- again within half a minute.
create unlogged table product_editors (
    connection uuid primary key,
    product_id uuid not null,
    user_id    uuid not null,
    name       text not null,
    until      timestamptz not null
);
create index product_editors_product on product_editors (product_id, until);

-- What tells one state of an order's page from another: an order with all that belongs to it changes with its rows.
create function order_version(wanted uuid) returns text language sql stable as $$
    select md5(concat_ws(' ',
        o.xmin,
        (select string_agg(p.xmin::text, ',' order by p.id) from payments p where p.order_id = o.id),
        (select string_agg(r.xmin::text, ',' order by r.id) from refunds r where r.order_id = o.id),
        (select string_agg(s.xmin::text, ',' order by s.id) from shipments s where s.order_id = o.id),
        (select count(*) from order_events e where e.order_id = o.id)
    ))
    from orders o
    where o.id = wanted
$$;

-- The same of a cart's page: what is in it, at what prices, and whether there is enough of it.
create function cart_version(wanted uuid) returns text language sql stable as $$
    select md5(concat_ws(' ',
        c.ordered_at is not null,
        (select string_agg(
                    concat_ws(' ', i.variant_id, i.quantity, i.price_seen, v.price, v.is_for_sale, v.name, least(v.available, i.quantity)),
                    ',' order by i.id
                )
         from cart_items i
         join variants_shown v on v.variant_id = i.variant_id
         where i.cart_id = c.id)
    ))
    from carts c
    where c.id = wanted
$$;

-- Keys by which the shop proves itself to clients of the sealed channel (docs/SECURITY.md). The private half is sealed with
-- ENCRYPTION_KEY.
create table channel_keys (
    id         uuid primary key,
    sealed     bytea not null,
    public     bytea not null check (length(public) = 65),
    created_at timestamptz not null,
    retired_at timestamptz
);
create unique index channel_keys_one_signs on channel_keys ((retired_at is null)) where retired_at is null;
