-- What staff type to find an order is written when what it is made of is written. As a generated column it was made anew by every
-- update of the row, and its expression, with the function in it, read anew for every statement: half of what an update cost.
alter table orders alter column search_text drop expression;

create function orders_fold() returns trigger language plpgsql as $$
begin
    new.search_text := fold(
        new.number || ' ' || new.email::text || ' ' || coalesce(new.shipping_address->>'firstName', '') || ' '
        || coalesce(new.shipping_address->>'lastName', ''));
    return new;
end $$;
create trigger orders_fold before insert or update of number, email, shipping_address on orders
    for each row execute function orders_fold();
