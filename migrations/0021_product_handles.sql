-- What a product is called in the file that it was imported from, as it is written there: the next import finds it by this.
-- A slug cannot say it: it is made of a handle, and several handles make the same one.
create table product_handles (
    handle     text primary key check (length(handle) between 1 and 255),
    product_id uuid not null unique references products on delete cascade,
    created_at timestamptz not null
);
