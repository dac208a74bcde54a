-- Whether a category is active with all above it was found out anew, up the tree, for every line of every cart and for every
-- card. It changes only when somebody edits the tree: so the row knows it. Derived by trigger, never written by hand.
alter table categories add column is_shown boolean not null default true;
update categories set is_shown = false where not category_is_shown(id);

create function categories_derive_shown() returns trigger language plpgsql as $$
begin
    -- as for cycles: of two changes at once the second one sees what the first one did
    perform pg_advisory_xact_lock(hashtext('categories tree'));
    new.is_shown := new.is_active
        and coalesce((select is_shown from categories where id = new.parent_id), true);
    return new;
end $$;
create trigger categories_shown before insert or update of is_active, parent_id on categories
    for each row execute function categories_derive_shown();

-- What hangs below follows, level by level.
create function categories_pass_shown_on() returns trigger language plpgsql as $$
begin
    update categories
    set is_shown = is_active and new.is_shown
    where parent_id = new.id and is_shown <> (is_active and new.is_shown);
    return null;
end $$;
create trigger categories_shown_below after update on categories
    for each row when (old.is_shown <> new.is_shown) execute function categories_pass_shown_on();

-- Every variant with its names, and whether it is for sale.
create view variants_named as
    select v.id as variant_id, v.product_id, v.price, v.sku, p.name, p.slug,
           array[v.option1, v.option2, v.option3] as option_values,
           concat_ws(' / ', v.option1, v.option2, v.option3) as variant_name,
           v.is_active and p.status = 'published' and c.is_shown is not false as is_for_sale
    from variants v
    join products p on p.id = v.product_id
    left join categories c on c.id = p.category_id;

-- For programs of the version before.
create or replace view for_sale as
    select variant_id, product_id, price from variants_named where is_for_sale;
