-- What is searched and what is searched for pass through the same functions, for every script and every way to write a code.

-- One form for all ways to write a text: compatible letters and digits as one, no case, no accents, no vowel points, no
-- apostrophes, nothing that shows nothing; all dashes are hyphens. Lower case comes from ICU, since the database's own locale
-- may know ASCII only.
create function fold(text) returns text
    language sql immutable strict parallel safe
    return case
        -- most texts of most shops, and a tenth of the work
        when octet_length($1) = length($1) then lower(translate($1, '''`', ''))
        else lower(public.immutable_unaccent(translate(
            normalize(
                regexp_replace(
                    regexp_replace($1, '(\d)(?=[\u00bc-\u00be\u2150-\u215e\u2189])', '\1 ', 'g'),
                    '[''\u2018\u2019\u201b\u02bc\u02b9\u2032\u00b4`\u05f3\uff07\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u0591-\u05bd\u05bf\u0640\u064b-\u065f\u0670]',
                    '', 'g'),
                nfkc),
            '‐‑‒–—―−⁄∕×٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९๐๑๒๓๔๕๖๗๘๙أإآٱىيك',
            '-------//x0123456789012345678901234567890123456789ااااییک'))
            collate "und-x-icu")
    end;

-- The pattern for `like` that finds folded text anywhere in folded text.
create function fold_like(text) returns text
    language sql immutable strict parallel safe
    return '%' || replace(replace(replace(public.fold(trim($1)), '\', '\\'), '%', '\%'), '_', '\_') || '%';

-- Words with single spaces between, of a folded text. Whatever is no letter and no digit parts words: `KT-INS114`, `NOR.0707`
-- and `1/2` have no token of their own kind. "8 mm" and "8mm" are one word. Scripts without spaces are left to search_grams.
create function folded_words(text) returns text
    language sql immutable strict parallel safe
    return regexp_replace(
        trim(regexp_replace(
            case when position('<' in $1) > 0 or position('&' in $1) > 0
                then regexp_replace($1, '<[^<>]*>|&#?[a-z0-9]{1,8};', ' ', 'g') else $1 end,
            case when octet_length($1) = length($1) then '[^a-z0-9]+' else
                '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00f7\u055a-\u055f\u0589\u05be\u05c0\u05c3\u05f4\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u2000-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\u303d-\u303f\u30fb\ufe10-\ufe6f\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+'
            end,
            ' ', 'g')),
        '(\d) (mm|cm|oz|kg|lb|ml)\M', '\1\2', 'g');

create or replace function search_text(text) returns text
    language sql immutable strict parallel safe
    return public.folded_words(public.fold($1));

-- The runs of scripts that are written without spaces between words.
create function search_runs(text) returns text[]
    language sql immutable strict parallel safe
    return array(
        select m[1]
        from regexp_matches($1, '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30fa\u30fc-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+', 'g') as m);

-- Each letter of such a run with the one after it, in their order: any piece of the run is a phrase of these.
create function search_grams(folded text) returns tsvector
    language plpgsql immutable strict parallel safe as $$
declare
    run text;
    grams text := '';
    place int := 1;
begin
    if octet_length(folded) = length(folded) then
        return '';
    end if;
    foreach run in array public.search_runs(left(folded, 4000)) loop
        select grams || string_agg(format(' ''%s'':%s', substr(run, n, 2), place + n), '') into grams
        from generate_series(1, length(run)) n;
        place := place + length(run) + 1;
    end loop;
    return grams::tsvector;
end $$;

-- Further ways in which words may be typed: a compound as one word (`wd40` for WD-40), an apostrophe as a gap (`l’eau`).
create function search_forms(raw text, folded text) returns text
    language plpgsql immutable strict parallel safe as $$
declare
    forms text := '';
begin
    if octet_length(folded) = length(folded) then
        select coalesce(string_agg(regexp_replace(compound[1], '[^a-z0-9]+', '', 'g'), ' '), '') into forms
        from regexp_matches(folded, '[a-z0-9]+(?:[-./_,:+#*=][a-z0-9]+)+', 'g') compound
        where compound[1] ~ '[a-z]' and length(compound[1]) <= 64;
    elsif folded ~ '\S[-./_,:+#*=]\S' then
        select coalesce(string_agg(distinct replace(said.words, ' ', ''), ' '), '') into forms
        from regexp_split_to_table(folded, '[\s<>&;]+') word
        cross join lateral public.folded_words(word) as said (words)
        where length(word) between 3 and 64 and said.words like '% %' and said.words ~ '[^0-9 ]';
    end if;
    if raw ~ '[''\u2018\u2019\u02bc]' then
        select forms || ' ' || coalesce(string_agg(public.search_text(regexp_replace(word, '[''\u2018\u2019\u02bc]', ' ', 'g')), ' '), '') into forms
        from regexp_split_to_table(raw, '[\s<>&;]+') word
        where word ~ '[^''][''\u2018\u2019\u02bc][^'']';
    end if;
    return forms;
end $$;

create or replace function search_vector(text) returns tsvector
    language plpgsql immutable strict parallel safe as $$
declare
    folded text := public.fold($1);
    forms text := public.search_forms($1, folded);
    words tsvector := to_tsvector('public.shop_english'::regconfig, public.folded_words(folded));
begin
    if forms <> '' then
        words := words || to_tsvector('public.shop_english'::regconfig, forms);
    end if;
    if octet_length(folded) > length(folded) then
        words := words || public.search_grams(folded);
    end if;
    return words;
end $$;

-- What is asked for by one word as it was typed (no spaces in it), of which the end may be missing.
create function search_term(term text, unfinished boolean) returns tsquery
    language plpgsql immutable strict parallel safe as $$
declare
    folded text := public.fold(term);
    said text := public.folded_words(folded);
    parts text[] := string_to_array(nullif(said, ''), ' ');
    many int := coalesce(cardinality(parts), 0);
    joined text := replace(said, ' ', '');
    run text;
    last tsquery;
    phrase tsquery;
    asked tsquery := '';
begin
    if many > 0 then
        if many = 1 then
            asked := to_tsquery('public.shop_english', quote_literal(said) || case when unfinished then ':*' else '' end);
        else
            last := to_tsquery('public.shop_english', quote_literal(parts[many]));
            if unfinished then
                -- as it stands, too: the beginning of a part may look like a word of no meaning ("in" of INS114)
                last := last || (quote_literal(parts[many]) || ':*')::tsquery;
            end if;
            phrase := phraseto_tsquery('public.shop_english', array_to_string(parts[:many - 1], ' '));
            -- Words of no meaning are kept nowhere: of a code such as S-100 only the form in one word is. Of `state-of-the-art`
            -- the rest is enough.
            if numnode(phrase) = 2 * many - 3 or joined !~ '\d' then
                asked := phrase <-> last;
            end if;
            if joined ~ '[^0-9]' then
                asked := asked || (quote_literal(joined) || case when unfinished then ':*' else '' end)::tsquery;
            end if;
        end if;
    end if;
    foreach run in array public.search_runs(folded) loop
        asked := asked && case length(run)
            when 1 then (quote_literal(run) || ':*')::tsquery
            else (
                select string_agg(quote_literal(substr(run, n, 2)), ' <-> ' order by n)::tsquery
                from generate_series(1, length(run) - 1) n)
        end;
    end loop;
    return asked;
end $$;

-- A whole query. Each term has its kind: `word`, `begins` (unfinished), `phrase` (in quotes), `not` (none of it), and `or`, an
-- empty term that parts alternatives.
create function search_query(terms text[], kinds text[]) returns tsquery
    language plpgsql immutable strict parallel safe as $$
declare
    alternatives tsquery := '';
    asked tsquery := '';
    term tsquery;
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
    return alternatives || asked;
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
           setweight(search_vector(p.name), 'A') ||
           setweight(search_vector(concat_ws(' ', p.brand, c.name, array_to_string(p.tags, ' '), v.values, v.skus)), 'B'),
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

-- What is there already is read anew.
drop index products_search;
alter table products drop column search;
alter table products add column search tsvector not null generated always as (
    setweight(search_vector(name), 'A') || setweight(search_vector(brand), 'B') ||
    setweight(search_vector(summary), 'C') || setweight(search_vector(description), 'D')) stored;
create index products_search on products using gin (search);
delete from search_words;
select shelve(array(select id from products));

-- Staff find orders, customers and stock by the same form of what they type.
drop index orders_search;
alter table orders drop column search_text;
alter table orders add column search_text text not null generated always as (fold(
    number || ' ' || email::text || ' ' || coalesce(shipping_address->>'firstName', '') || ' '
    || coalesce(shipping_address->>'lastName', ''))) stored;
create index orders_search on orders using gin (search_text gin_trgm_ops);
drop index users_search;
create index users_search on users using gin (fold(email::text || ' ' || first_name || ' ' || last_name) gin_trgm_ops);
