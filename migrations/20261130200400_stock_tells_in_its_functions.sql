-- As for payments: the conditions of the triggers stand in their functions, and are not read anew for each reservation.
create or replace function reindex_stock() returns trigger language plpgsql as $$
begin
    if stock_word(old.on_hand - old.reserved) = stock_word(new.on_hand - new.reserved) then
        return null;
    end if;
    perform pg_advisory_xact_lock(hashtext('shelf stock'));
    perform 1 from product_index where product_id = new.product_id for update;
    update product_index
    set stock = product_stock_word(product_id)
    where product_id = new.product_id and stock <> product_stock_word(product_id);
    return null;
end $$;

create or replace function notify_stock() returns trigger language plpgsql as $$
declare
    was int := old.on_hand - old.reserved;
    is_now int := new.on_hand - new.reserved;
begin
    if was = is_now then
        return null;
    end if;
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

drop trigger notify_stock on stock_levels;
create trigger notify_stock after update on stock_levels for each row execute function notify_stock();
drop trigger shelve_stock on stock_levels;
create constraint trigger shelve_stock after update on stock_levels
    deferrable initially deferred
    for each row execute function reindex_stock();
