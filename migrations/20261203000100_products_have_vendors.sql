alter table products add column vendor_id uuid;
alter table products add constraint products_vendor_id_fkey foreign key (vendor_id) references vendors (id) not valid;
