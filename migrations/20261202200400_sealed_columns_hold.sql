alter table orders validate constraint orders_request_hash, validate constraint orders_key;
alter table addresses validate constraint addresses_line1;
