-- A line of an order points at its variant and its product with one key instead of two: each key looks its row up, and locks it,
-- for every line that is sold. A product cannot go without its variants, so it is held as before. The name stays, which says to
-- programs why a variant cannot go. The next migration reads the rows that are there.
alter table order_items drop constraint order_items_product_id_fkey;
alter table order_items drop constraint order_items_variant_id_fkey;
alter table order_items add constraint order_items_variant_id_fkey
    foreign key (variant_id, product_id) references variants (id, product_id) on delete restrict not valid;
