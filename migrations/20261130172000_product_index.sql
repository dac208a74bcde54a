-- The row of each product that lists, facets and searches read is called what it is: an index. Nothing else about it changes.
alter table product_shelf rename to product_index;

do $$
declare
    old text;
begin
    for old in
        select relname from pg_class
        where relkind = 'i' and relnamespace = 'public'::regnamespace and starts_with(relname, 'product_shelf_')
    loop
        execute format('alter index %I rename to %I', old, replace(old, 'product_shelf_', 'product_index_'));
    end loop;
    for old in
        select conname from pg_constraint
        where conrelid = 'product_index'::regclass and contype <> 'p' and starts_with(conname, 'product_shelf_')
    loop
        execute format('alter table product_index rename constraint %I to %I', old, replace(old, 'product_shelf_', 'product_index_'));
    end loop;
end $$;

-- Writes the rows of these products anew.
alter function shelve(uuid[]) rename to reindex;
create or replace function reindex(product_ids uuid[]) returns void language plpgsql as $$
begin
    -- Who waits here reads in the next statement what the other one committed, so nothing newer is overwritten.
    perform 1 from product_index where product_id = any(product_ids) order by product_id for update;

    insert into product_index as s
        (product_id, category_id, published_at, updated_at, created_at, price_min, price_max, discount, variants, stock, shown,
         is_featured, status, brand, name, tags, options, words, sought)
    select p.id, p.category_id, p.published_at, p.updated_at, p.created_at, v.price_min, v.price_max, coalesce(v.discount, 0), v.count,
           product_stock_word(p.id), p.status = 'published' and v.price_min is not null,
           p.is_featured, p.status, p.brand, p.name, p.tags, o.options,
           setweight(search_vector(p.name) || search_stops(search_text(p.name)), 'A') ||
           setweight(search_vector(concat_ws(' ', p.brand, c.name, array_to_string(p.tags, ' '), v.values, v.skus)) ||
                     search_stops(search_text(concat_ws(' ', p.brand, v.values, v.skus))), 'B'),
           fold(concat_ws(' ', p.name, p.brand, v.skus))
    from products p
    left join categories c on c.id = p.category_id
    cross join lateral (
        select count(*)::int as count, min(price) as price_min, max(price) as price_max,
               max((compare_at_price - price) * 10000 / compare_at_price)::int as discount,
               left(string_agg(sku, ' ' order by position), 4000) as skus,
               left(string_agg(concat_ws(' ', option1, option2, option3), ' ' order by position), 4000) as values
        from variants
        where product_id = p.id and is_active
    ) v
    cross join lateral (
        select coalesce(array_agg(distinct o.name || chr(31) || chosen.value), '{}') as options
        from product_options o
        join variants on variants.product_id = p.id and is_active
        cross join lateral (select case o.position when 1 then option1 when 2 then option2 else option3 end) as chosen (value)
        where o.product_id = p.id and chosen.value is not null
    ) o
    where p.id = any(product_ids)
    order by p.id
    on conflict (product_id) do update
    set (category_id, published_at, updated_at, price_min, price_max, discount, variants, stock, shown,
         is_featured, status, brand, name, tags, options, words, sought)
      = (excluded.category_id, excluded.published_at, excluded.updated_at, excluded.price_min, excluded.price_max,
         excluded.discount, excluded.variants, excluded.stock, excluded.shown, excluded.is_featured, excluded.status,
         excluded.brand, excluded.name, excluded.tags, excluded.options, excluded.words, excluded.sought);

    insert into search_words (word)
    select distinct said.word
    from product_index s
    left join categories c on c.id = s.category_id
    cross join lateral regexp_split_to_table(search_text(
        concat_ws(' ', s.name, s.brand, c.name, array_to_string(s.tags, ' '), array_to_string(s.options, ' '))), ' ') as said (word)
    where s.product_id = any(product_ids) and s.shown and said.word ~ '^[^0-9]{3,30}$'
      and not exists (select from search_words known where known.word = said.word)
    order by said.word
    on conflict do nothing;
end $$;

alter function shelve_products() rename to reindex_products;
create or replace function reindex_products() returns trigger language plpgsql as $$
begin
    if current_setting('shop.bulk', true) is distinct from 'on' then
        perform reindex(array(select id from fresh));
    end if;
    return null;
end $$;

alter function shelve_parts() rename to reindex_parts;
create or replace function reindex_parts() returns trigger language plpgsql as $$
begin
    if current_setting('shop.bulk', true) is distinct from 'on' then
        perform reindex(array(select distinct product_id from changed));
    end if;
    return null;
end $$;

alter function shelve_category() rename to reindex_category;
create or replace function reindex_category() returns trigger language plpgsql as $$
begin
    perform reindex(array(select id from products where category_id = new.id));
    return null;
end $$;

-- One after the other; the lock has the name that it had, for those who hold it while this runs.
alter function shelve_stock() rename to reindex_stock;
create or replace function reindex_stock() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtext('shelf stock'));
    perform 1 from product_index where product_id = new.product_id for update;
    update product_index
    set stock = product_stock_word(product_id)
    where product_id = new.product_id and stock <> product_stock_word(product_id);
    return null;
end $$;

alter function shelve_new_stock() rename to reindex_new_stock;
create or replace function reindex_new_stock() returns trigger language plpgsql as $$
begin
    if not exists (select from fresh) then
        return null;
    end if;
    if current_setting('shop.bulk', true) is distinct from 'on' then
        perform 1 from product_index where product_id in (select product_id from fresh) order by product_id for update;
        update product_index s
        set stock = product_stock_word(s.product_id)
        where s.product_id in (select product_id from fresh where on_hand > reserved);
    end if;
    perform catalog_changed('all', '00000000-0000-0000-0000-000000000000');
    return null;
end $$;

-- For processes of the version before, until none runs any more; the triggers, too, keep their names until then.
create view product_shelf as select * from product_index;
create function shelve(product_ids uuid[]) returns void language sql as 'select reindex(product_ids)';
