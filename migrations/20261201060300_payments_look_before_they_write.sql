-- A new payment is almost never made for an order that had failed to be paid: whether it is one is asked before the update,
-- whose start alone costs more than the look.
create or replace function payments_derive_order() returns trigger language plpgsql as $$
declare
    derived text;
begin
    if tg_op = 'INSERT' and payment_is_open(new.status) then
        -- it takes no money: what had failed waits again, all else stays
        if exists (select from orders where id = new.order_id and payment_status = 'failed') then
            update orders set payment_status = 'pending' where id = new.order_id and payment_status = 'failed';
        end if;
        return null;
    end if;
    if tg_op = 'UPDATE' and old.amount_captured = new.amount_captured
        and (old.status = new.status or payment_is_open(old.status) and payment_is_open(new.status)) then
        return null;
    end if;
    derived := order_payment_status(new.order_id);
    update orders set payment_status = derived where id = new.order_id and payment_status <> derived;
    return null;
end $$;
