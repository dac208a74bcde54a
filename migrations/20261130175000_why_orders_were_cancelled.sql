-- Why an order was cancelled: a word, where the shop or its customer did it; `cancel_reason` holds what staff have typed.
alter table orders
    add column cancel_cause   text,
    -- What had been sold to others meanwhile: name and how many are left.
    add column cancel_missing jsonb,
    add constraint orders_cancel_cause check (cancel_cause in
        ('not_paid_in_time', 'payment_failed', 'by_customer', 'back_to_cart', 'sold_out', 'never_paid')) not valid;
