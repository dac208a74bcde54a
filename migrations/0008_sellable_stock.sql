-- What can be sold is what an order can reserve: the stock of the default location, from which orders are packed. Whoever asks
-- how many can be bought (pages, lists, facets, carts) asks here, so that no page promises what the checkout refuses.
create view sellable_stock as
    select variant_id, product_id, on_hand, reserved, on_hand - reserved as available, updated_at
    from stock_levels
    where location_id = (select id from stock_locations where is_default);

create or replace function product_stock_word(product uuid) returns smallint language plpgsql as $$
begin
    return coalesce((
        select max(stock_word(l.available))
        from sellable_stock l
        join variants v on v.id = l.variant_id
        where l.product_id = product and l.on_hand > l.reserved and v.is_active
    ), 0);
end $$;

-- Where there are several locations, the shelf counted all of them until now.
update product_shelf
set stock = product_stock_word(product_id)
where exists (select from stock_locations where not is_default) and stock <> product_stock_word(product_id);
