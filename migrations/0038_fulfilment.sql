-- What became of an order's goods, in one word, as payment_status says what became of its money.
-- Derived by trigger from the order's status and from what of it was shipped; never written by hand.
alter table orders add column fulfilment text not null default 'unfulfilled' check (fulfilment in
    ('unfulfilled', 'in_preparation', 'partially_shipped', 'shipped', 'delivered', 'completed', 'cancelled'));

-- The one definition. Of an order whose money went back it says how far the goods had come.
create function order_fulfilment(wanted uuid, status text) returns text language plpgsql stable as $$
declare
    shipped bigint;
    kept bigint;
begin
    case status
        when 'pending', 'paid' then return 'unfulfilled';
        when 'processing', 'refunded' then null;
        else return status;
    end case;
    select coalesce(sum(shipped_quantity), 0), coalesce(sum(quantity - shipped_quantity), 0) into shipped, kept
    from order_items
    where order_id = wanted;
    return case
        when shipped = 0 then case status when 'processing' then 'in_preparation' else 'cancelled' end
        when kept > 0 or status = 'processing' then 'partially_shipped'
        else 'completed'
    end;
end $$;

create function orders_derive_fulfilment() returns trigger language plpgsql as $$
begin
    new.fulfilment := order_fulfilment(new.id, new.status);
    return new;
end $$;
create trigger orders_fulfilment before insert or update of status on orders
    for each row execute function orders_derive_fulfilment();

create function order_items_derive_fulfilment() returns trigger language plpgsql as $$
begin
    update orders o
    set fulfilment = order_fulfilment(o.id, o.status)
    where o.id = new.order_id and o.fulfilment <> order_fulfilment(o.id, o.status);
    return null;
end $$;
-- An order is placed with nothing shipped: its lines need not look.
create trigger order_items_shipped_before after insert on order_items
    for each row when (new.shipped_quantity > 0) execute function order_items_derive_fulfilment();
create trigger order_items_shipped after update of shipped_quantity on order_items
    for each row when (new.shipped_quantity <> old.shipped_quantity) execute function order_items_derive_fulfilment();

update orders set fulfilment = order_fulfilment(id, status) where status not in ('pending', 'paid');

-- The staff's list counts its tabs from this index alone, with what it may be narrowed by.
create index orders_fulfilment on orders (fulfilment, created_at desc, id desc) include (payment_status, status);
