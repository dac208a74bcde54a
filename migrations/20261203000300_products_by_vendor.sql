-- no-transaction
create index concurrently products_vendor on products (vendor_id) where vendor_id is not null;
