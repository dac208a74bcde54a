alter table products validate constraint products_vendor_id_fkey;
