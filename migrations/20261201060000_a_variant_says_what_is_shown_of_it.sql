-- What a line of a cart shows of its variant: its names and its price, how many there are, and its picture: its own, or
-- that of one of its options, or the product's first.
create view variants_shown as
    select v.*, coalesce(l.available, 0) as available, m.hash, m.width, m.height, m.alt
    from variants_named v
    left join sellable_stock l on l.variant_id = v.variant_id
    left join lateral (
        select f.hash, f.width, f.height, i.alt
        from product_images i
        join files f on f.id = i.file_id
        left join product_option_values c on c.id = i.option_value_id
        left join product_options o on o.id = c.option_id
        where i.product_id = v.product_id
        order by coalesce(i.variant_id = v.variant_id, false) desc,
                 coalesce(c.value = v.option_values[o.position], false) desc,
                 num_nonnulls(i.variant_id, i.option_value_id), i.position
        limit 1
    ) m on true;
