-- The shop cancelled an order, and nobody typed why.
alter table orders
    drop constraint orders_cancel_cause,
    add constraint orders_cancel_cause check (cancel_cause in
        ('not_paid_in_time', 'payment_failed', 'by_customer', 'by_shop', 'back_to_cart', 'sold_out', 'never_paid')) not valid;
