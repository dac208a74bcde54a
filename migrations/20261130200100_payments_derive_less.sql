-- An order's payment status is derived again only where a payment can have changed it: not when an attempt that waits goes on
-- waiting in another way, and in short when a new one begins. The conditions stand in the functions: PostgreSQL reads one that
-- stands at the trigger anew for each statement, which costs more than the call.
create function payment_is_open(status text) returns boolean language plpgsql immutable as $$
begin
    return status in ('created', 'pending', 'processing');
end $$;

create function payments_derive_order() returns trigger language plpgsql as $$
declare
    derived text;
begin
    if tg_op = 'INSERT' and payment_is_open(new.status) then
        -- it takes no money: what had failed waits again, all else stays
        update orders set payment_status = 'pending' where id = new.order_id and payment_status = 'failed';
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

drop trigger payments_derive on payments;
create trigger payments_derive after insert or update of status, amount_captured on payments
    for each row execute function payments_derive_order();
