-- Words of no meaning are kept of names, brands, values and codes: alone they are searched for like any others.
create function search_stops(said text) returns tsvector
    language sql immutable strict parallel safe
    return coalesce((
        select to_tsvector('pg_catalog.simple'::regconfig, string_agg(stop.word, ' '))
        from (
            select distinct word
            from regexp_split_to_table($1, ' ') word
            where word ~ '^[a-z]{1,10}$' and to_tsvector('public.shop_english'::regconfig, word) = ''::tsvector
        ) stop
    ), ''::tsvector);

-- A whole query. Each term has its kind: `word`, `begins` (unfinished), `phrase` (in quotes), `not` (none of it), and `or`, an
-- empty term that parts alternatives. Words of no meaning ("nor", "the") are left out, unless there is nothing else: then they are
-- words like others, since names and codes are made of them, or begin with them.
create or replace function search_query(terms text[], kinds text[]) returns tsquery
    language plpgsql immutable strict parallel safe as $$
declare
    alternatives tsquery := '';
    asked tsquery := '';
    term tsquery;
    said text[];
begin
    for n in 1 .. coalesce(cardinality(terms), 0) loop
        if kinds[n] = 'or' then
            alternatives := alternatives || asked;
            asked := '';
            continue;
        end if;
        term := case kinds[n]
            when 'phrase' then phraseto_tsquery('public.shop_english', public.search_text(terms[n]))
                               && public.search_term(array_to_string(public.search_runs(public.fold(terms[n])), ''), false)
            else public.search_term(terms[n], kinds[n] = 'begins')
        end;
        if numnode(term) > 0 then
            asked := case when kinds[n] = 'not' then asked && !!term else asked && term end;
        end if;
    end loop;
    asked := alternatives || asked;
    if numnode(asked) > 0 then
        return asked;
    end if;
    for n in 1 .. coalesce(cardinality(terms), 0) loop
        continue when kinds[n] in ('or', 'not');
        said := string_to_array(nullif(public.search_text(terms[n]), ''), ' ');
        for m in 1 .. coalesce(cardinality(said), 0) loop
            asked := asked && (quote_literal(said[m]) || case
                when kinds[n] = 'begins' and m = cardinality(said) then ':*' else '' end)::tsquery;
        end loop;
    end loop;
    return asked;
end $$;

-- Writes the rows of these products anew.
create or replace function shelve(product_ids uuid[]) returns void language plpgsql as $$
begin
    -- Who waits here reads in the next statement what the other one committed, so nothing newer is overwritten.
    perform 1 from product_shelf where product_id = any(product_ids) order by product_id for update;

    insert into product_shelf as s
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
    from product_shelf s
    left join categories c on c.id = s.category_id
    cross join lateral regexp_split_to_table(search_text(
        concat_ws(' ', s.name, s.brand, c.name, array_to_string(s.tags, ' '), array_to_string(s.options, ' '))), ' ') as said (word)
    where s.product_id = any(product_ids) and s.shown and said.word ~ '^[^0-9]{3,30}$'
      and not exists (select from search_words known where known.word = said.word)
    order by said.word
    on conflict do nothing;
end $$;

-- What is there already and has such words is written anew.
select shelve(array(
    select p.id
    from products p
    where search_stops(search_text(p.name || ' ' || p.brand)) <> ''::tsvector
       or exists (
            select from variants v
            where v.product_id = p.id
              and search_stops(search_text(concat_ws(' ', v.sku, v.option1, v.option2, v.option3))) <> ''::tsvector)));
