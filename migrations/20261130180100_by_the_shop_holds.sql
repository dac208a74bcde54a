-- Reads the rows without keeping writers out.
alter table orders validate constraint orders_cancel_cause;
