-- What the stock of a variant tells is written here, as catalog_changed() does it: a statement that calls a function that runs a
-- statement costs twice as much.
create or replace function notify_stock() returns trigger language plpgsql as $$
declare
    was int := old.on_hand - old.reserved;
    is_now int := new.on_hand - new.reserved;
begin
    if was = is_now then
        return null;
    end if;
    insert into catalog_changes (what, product_id)
    values (
        case
            when (was > 0) <> (is_now > 0) then 'word'
            when stock_word(least(was, is_now)) < 2 then 'few'
            else 'more'
        end,
        new.product_id
    )
    on conflict do nothing;
    return null;
end $$;
