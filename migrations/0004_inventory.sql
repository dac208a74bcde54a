create table stock_locations (
    id         uuid primary key,
    code       text not null unique,
    name       text not null,
    is_default boolean not null default false,
    created_at timestamptz not null default now()
);
create unique index stock_locations_one_default on stock_locations (is_default) where is_default;
insert into stock_locations (id, code, name, is_default) values (gen_random_uuid(), 'MAIN', 'Main store', true);

-- How many there are, and how many of them are promised to orders. Only the inventory module writes here, always with a movement.
create table stock_levels (
    variant_id   uuid not null,
    product_id   uuid not null,
    location_id  uuid not null references stock_locations on delete restrict,
    on_hand      int not null default 0 check (on_hand >= 0),
    reserved     int not null default 0 check (reserved >= 0),
    updated_at   timestamptz not null default now(),
    primary key (variant_id, location_id),
    foreign key (variant_id, product_id) references variants (id, product_id) on delete cascade,
    constraint stock_levels_not_over_reserved check (reserved <= on_hand)
);
create index stock_levels_available on stock_levels (product_id) where on_hand > reserved;
create index stock_levels_low on stock_levels ((on_hand - reserved), variant_id);

create table inventory_movements (
    id              uuid primary key,
    seq             bigint generated always as identity unique,
    variant_id      uuid not null,
    location_id     uuid not null references stock_locations,
    kind            text not null check (kind in ('received', 'adjusted', 'reserved', 'released', 'shipped', 'returned', 'transferred')),
    delta_on_hand   int not null,
    delta_reserved  int not null,
    on_hand_after   int not null check (on_hand_after >= 0),
    reserved_after  int not null check (reserved_after >= 0),
    reason          text not null default '' check (length(reason) <= 500),
    actor_type      text not null,
    actor_id        uuid,
    actor_name      text not null,
    order_id        uuid,
    created_at      timestamptz not null default now(),
    check (delta_on_hand <> 0 or delta_reserved <> 0)
);
create index inventory_movements_level on inventory_movements (variant_id, location_id, seq desc);
create index inventory_movements_order on inventory_movements (order_id) where order_id is not null;
create trigger inventory_movements_append_only before update or delete on inventory_movements
    for each row execute function refuse_change();

-- The shelf knows whether there is none, a few or plenty. Most sales do not change that; those that do write it at the end of
-- their transaction, one after the other: each then sees what the one before committed, and none waits for another crosswise.
create function shelve_stock() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtext('shelf stock'));
    perform 1 from product_shelf where product_id = new.product_id for update;
    update product_shelf
    set stock = product_stock_word(product_id)
    where product_id = new.product_id and stock <> product_stock_word(product_id);
    return null;
end $$;
create constraint trigger shelve_stock after update on stock_levels
    deferrable initially deferred
    for each row when (stock_word(old.on_hand - old.reserved) <> stock_word(new.on_hand - new.reserved))
    execute function shelve_stock();

create function shelve_new_stock() returns trigger language plpgsql as $$
begin
    if not exists (select from fresh) then
        return null;
    end if;
    if current_setting('shop.bulk', true) is distinct from 'on' then
        perform 1 from product_shelf where product_id in (select product_id from fresh) order by product_id for update;
        update product_shelf s
        set stock = product_stock_word(s.product_id)
        where s.product_id in (select product_id from fresh where on_hand > reserved);
    end if;
    perform pg_notify('catalog', '');
    return null;
end $$;
create trigger shelve_new_stock after insert on stock_levels referencing new table as fresh
    for each statement execute function shelve_new_stock();

-- What listeners are told of a sale: `word` when there are none left or some again, which lists and their counts show;
-- `few` when the number of the last few changed, which a card shows; `more` otherwise, which only the product's page may show.
create function notify_stock() returns trigger language plpgsql as $$
declare
    was int := old.on_hand - old.reserved;
    is_now int := new.on_hand - new.reserved;
begin
    perform pg_notify('catalog', case
        when (was > 0) <> (is_now > 0) then 'word '
        when stock_word(least(was, is_now)) < 2 then 'few '
        else 'more '
    end || new.product_id);
    return null;
end $$;
create trigger notify_stock after update on stock_levels
    for each row when (old.on_hand - old.reserved <> new.on_hand - new.reserved)
    execute function notify_stock();
