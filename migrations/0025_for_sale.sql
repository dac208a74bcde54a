-- What "for sale" means, for whoever asks: pages, lists, carts, orders. A product is shown when it is published, has an active
-- variant, and its category and all above it are active; a variant of it can be bought when it is active itself.

-- A category that is active, with all above it. A product in none is not hidden by any.
create function category_is_shown(category uuid) returns boolean language plpgsql stable as $$
begin
    return category is null or not exists (
        with recursive up as (
            select id, parent_id, is_active from categories where id = category
            union
            select c.id, c.parent_id, c.is_active from categories c join up on c.id = up.parent_id
        )
        select from up where not is_active
    );
end $$;

create view for_sale as
    select v.id as variant_id, v.product_id, v.price
    from variants v
    join products p on p.id = v.product_id
    where v.is_active and p.status = 'published' and category_is_shown(p.category_id);
