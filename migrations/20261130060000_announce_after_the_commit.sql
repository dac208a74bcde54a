-- What changed of the catalogue, for the memory of every process. A notification inside of a transaction that writes holds
-- one lock of the whole server until the commit is on disk, so that writers commit one after the other. The change itself is
-- written here instead; after the commit, processes are told by a notification that writes nothing, and all look here
-- themselves every second.
--
-- Unlogged: after a crash of the server every process reads everything anew.
create unlogged table catalog_changes (
    xid        xid8 not null default pg_current_xact_id(),
    -- `word`, `few` and `more` are about the stock of one product, see `notify_stock`; `all` is about anything.
    what       text not null check (what in ('all', 'word', 'few', 'more')),
    -- The product, or zeros.
    product_id uuid not null,
    primary key (xid, what, product_id)
);

-- As of when changes were cleared away last: what was to be seen then, every process has seen.
create table catalog_changes_cleared (
    only_one boolean primary key default true check (only_one),
    seen     pg_snapshot not null
);
insert into catalog_changes_cleared (seen) values (pg_current_snapshot());

create function catalog_changed(what text, product uuid) returns void language sql as $$
    insert into catalog_changes (what, product_id) values (what, product) on conflict do nothing
$$;

create or replace function notify_catalog() returns trigger language plpgsql as $$
begin
    perform catalog_changed('all', '00000000-0000-0000-0000-000000000000');
    return null;
end $$;

create or replace function shelve_new_stock() returns trigger language plpgsql as $$
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
    perform catalog_changed('all', '00000000-0000-0000-0000-000000000000');
    return null;
end $$;

create or replace function notify_stock() returns trigger language plpgsql as $$
declare
    was int := old.on_hand - old.reserved;
    is_now int := new.on_hand - new.reserved;
begin
    perform catalog_changed(
        case
            when (was > 0) <> (is_now > 0) then 'word'
            when stock_word(least(was, is_now)) < 2 then 'few'
            else 'more'
        end,
        new.product_id
    );
    return null;
end $$;

-- The queue's library notifies its workers inside of the transaction that adds a job, for the same price. Connections of the
-- shop have this schema before `pg_catalog` in their search path, so that the library's functions find this function
-- there; after the commit the shop itself wakes the workers.
create schema quiet;
create function quiet.pg_notify(text, text) returns void language sql as 'select';
