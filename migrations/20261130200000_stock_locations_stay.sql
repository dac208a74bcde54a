-- A foreign key to a table of very few rows makes every order lock the same row, and write that lock down: with several orders
-- at once it is the dearest of their checks. Levels keep theirs, and nothing is sold or moved without a level. What is held
-- here as well is that a location of which the books speak is not taken away.
alter table order_items drop constraint order_items_location_id_fkey;
alter table inventory_movements drop constraint inventory_movements_location_id_fkey;

create function stock_locations_stay() returns trigger language plpgsql as $$
begin
    if exists (select from inventory_movements where location_id = old.id)
        or exists (select from order_items where location_id = old.id) then
        raise foreign_key_violation using message = 'the books speak of this stock location';
    end if;
    return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger stock_locations_stay before delete or update of id on stock_locations
    for each row execute function stock_locations_stay();
