-- What every order and every cart costs, kept small.

-- A guest who ordered and buys again: whether the secret is one of ours.
create index carts_ordered_by_token on carts (token_hash) where ordered_at is not null and token_hash is not null;
create index carts_ordered_by_user on carts (user_id) where ordered_at is not null and user_id is not null;

-- As before, in plpgsql: PostgreSQL plans a function in SQL anew each time that it is called.
create or replace function order_payment_status(wanted uuid) returns text language plpgsql stable as $$
declare
    captured bigint;
    refunded bigint;
begin
    select sum(amount_captured) into captured from payments where order_id = wanted and status = 'succeeded';
    if captured is null then
        return case
            when exists (select from payments where order_id = wanted and status in ('created', 'pending', 'processing')) then 'pending'
            when exists (select from payments where order_id = wanted and status in ('failed', 'cancelled', 'expired')) then 'failed'
            else 'pending'
        end;
    end if;
    select coalesce(sum(amount), 0) into refunded from refunds where order_id = wanted and status = 'succeeded';
    return case
        when refunded >= captured and captured > 0 then 'refunded'
        when refunded > 0 then 'partially_refunded'
        else 'paid'
    end;
end $$;
create or replace function orders_derive_payment_status() returns trigger language plpgsql as $$
declare
    derived text := order_payment_status(new.order_id);
begin
    update orders set payment_status = derived where id = new.order_id and payment_status <> derived;
    return null;
end $$;
