-- As before, in plpgsql: PostgreSQL plans a function in SQL anew each time that it is called.
create or replace function catalog_changed(what text, product uuid) returns void language plpgsql as $$
begin
    insert into catalog_changes (what, product_id) values (catalog_changed.what, product) on conflict do nothing;
end $$;
