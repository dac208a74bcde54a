-- A stored file. Pictures are kept as WebP in several sizes under the hash of what was uploaded, so an address never changes its content.
create table files (
    id           uuid primary key,
    hash         text not null unique check (hash ~ '^[0-9a-f]{64}$'),
    content_type text not null,
    byte_size    bigint not null check (byte_size >= 0),
    width        int not null check (width > 0),
    height       int not null check (height > 0),
    created_at   timestamptz not null default now()
);

create table categories (
    id          uuid primary key,
    parent_id   uuid references categories on delete restrict,
    name        text not null check (length(name) between 1 and 120),
    slug        text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 140),
    description text not null default '',
    position    int not null default 0,
    is_active   boolean not null default true,
    file_id     uuid references files on delete set null,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    check (parent_id <> id)
);
create index categories_parent on categories (parent_id, position);

-- No cycles. Tree changes are rare, so they simply queue behind one another.
create function categories_no_cycle() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtext('categories tree'));
    if new.parent_id is not null and exists (
        with recursive up as (
            select id, parent_id from categories where id = new.parent_id
            union
            select c.id, c.parent_id from categories c join up on c.id = up.parent_id
        )
        select from up where id = new.id
    ) then
        raise exception 'a category cannot lie below itself'
            using errcode = 'check_violation', constraint = 'categories_no_cycle', table = 'categories';
    end if;
    return new;
end $$;
create trigger categories_no_cycle before insert or update of parent_id on categories
    for each row when (new.parent_id is not null) execute function categories_no_cycle();

create table products (
    id              uuid primary key,
    name            text not null check (length(name) between 1 and 200),
    slug            text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 220),
    summary         text not null default '' check (length(summary) <= 500),
    description     text not null default '',
    status          text not null default 'draft' check (status in ('draft', 'published', 'archived')),
    category_id     uuid references categories on delete restrict,
    brand           text not null default '' check (length(brand) <= 120),
    tags            text[] not null default '{}',
    specifications  jsonb not null default '[]' check (jsonb_typeof(specifications) = 'array'),
    is_featured     boolean not null default false,
    seo_title       text not null default '' check (length(seo_title) <= 200),
    seo_description text not null default '' check (length(seo_description) <= 400),
    version         int not null default 1,
    published_at    timestamptz,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    search          tsvector not null generated always as (
        setweight(search_vector(name), 'A') || setweight(search_vector(brand), 'B') ||
        setweight(search_vector(summary), 'C') || setweight(search_vector(description), 'D')) stored,
    check (status <> 'published' or published_at is not null)
);
create index products_search on products using gin (search);
create index products_category on products (category_id);

-- Where a product used to live; old links redirect.
create table product_slugs (
    slug       text primary key,
    product_id uuid not null references products on delete cascade,
    created_at timestamptz not null default now()
);
create index product_slugs_product on product_slugs (product_id);

create table product_options (
    id         uuid primary key,
    product_id uuid not null references products on delete cascade,
    name       text not null check (length(name) between 1 and 60),
    position   int not null check (position between 1 and 3),
    unique (product_id, position) deferrable initially deferred,
    unique (product_id, name) deferrable initially deferred
);
create table product_option_values (
    id        uuid primary key,
    option_id uuid not null references product_options on delete cascade,
    value     text not null check (length(value) between 1 and 120),
    position  int not null,
    unique (option_id, value)
);

-- What is sold. A product without options has one variant.
create table variants (
    id               uuid primary key,
    product_id       uuid not null references products on delete cascade,
    sku              text not null unique check (length(sku) between 1 and 64),
    option1          text,
    option2          text,
    option3          text,
    price            bigint not null check (price >= 0 and price <= 100000000000),
    compare_at_price bigint check (compare_at_price > price and compare_at_price <= 100000000000),
    cost             bigint check (cost >= 0),
    weight_grams     int check (weight_grams between 0 and 10000000),
    barcode          text check (length(barcode) <= 64),
    position         int not null default 1,
    is_active        boolean not null default true,
    created_at       timestamptz not null default now(),
    updated_at       timestamptz not null default now(),
    unique (id, product_id)
);
create unique index variants_combination on variants (product_id, coalesce(option1, ''), coalesce(option2, ''), coalesce(option3, ''))
    where is_active;
create index variants_product on variants (product_id, position);
create unique index variants_barcode on variants (barcode) where barcode is not null;
create index variants_sku_lower on variants (lower(sku));

create table product_images (
    id         uuid primary key,
    product_id uuid not null references products on delete cascade,
    variant_id uuid references variants on delete set null,
    file_id    uuid not null references files on delete restrict,
    alt        text not null default '' check (length(alt) <= 300),
    position   int not null,
    created_at timestamptz not null default now()
);
create index product_images_product on product_images (product_id, position);
create index product_images_variant on product_images (variant_id) where variant_id is not null;
create index product_images_file on product_images (file_id);

-- Pictures that an import names by address and that are still to be fetched.
create table image_fetches (
    id          uuid primary key,
    product_id  uuid not null references products on delete cascade,
    variant_id  uuid references variants on delete set null,
    url         text not null,
    alt         text not null default '',
    position    int not null,
    status      text not null default 'pending' check (status in ('pending', 'done', 'failed')),
    last_error  text,
    created_at  timestamptz not null default now(),
    finished_at timestamptz,
    unique (product_id, url)
);

-- What lists, facets and searches read: one narrow row for each product. Written by triggers only, from the tables above and
-- from stock_levels (in the next file), so nobody who edits a product has to think of it.
create table product_shelf (
    product_id   uuid primary key references products on delete cascade,
    category_id  uuid,
    published_at timestamptz,
    updated_at   timestamptz not null,
    created_at   timestamptz not null,
    price_min    bigint,
    price_max    bigint,
    -- Of the best offer, in basis points; 0 is no offer.
    discount     int not null default 0,
    variants     int not null default 0,
    -- 0 none, 1 the last few, 2 plenty: of the active variant that has most.
    stock        smallint not null default 0,
    -- Published, and with something to buy.
    shown        boolean not null,
    is_featured  boolean not null,
    status       text not null,
    brand        text not null,
    name         text not null,
    tags         text[] not null,
    -- Name and value with chr(31) between.
    options      text[] not null,
    words        tsvector not null,
    -- For staff, who search by pieces of words: name, brand and SKUs in lower case.
    sought       text not null
) with (fillfactor = 90);
create index product_shelf_new on product_shelf (published_at desc, product_id desc) where shown;
create index product_shelf_price on product_shelf (price_min, product_id) where shown;
create index product_shelf_name on product_shelf (name collate "und-x-icu", product_id) where shown;
create index product_shelf_category on product_shelf (category_id, published_at desc, product_id desc) where shown;
-- Everything that is counted, so that counting a category, or the whole shop, need not visit the rows.
create index product_shelf_counts on product_shelf (category_id, brand, stock, discount, price_min) where shown;
create index product_shelf_brand on product_shelf (brand, published_at desc, product_id desc) where shown;
create index product_shelf_offer on product_shelf (discount desc, product_id desc) where shown;
create index product_shelf_featured on product_shelf (published_at desc, product_id desc) where shown and is_featured;
create index product_shelf_words on product_shelf using gin (words) where shown;
create index product_shelf_options on product_shelf using gin (options) where shown;
create index product_shelf_tags on product_shelf using gin (tags) where shown;
create index product_shelf_sought on product_shelf using gin (sought gin_trgm_ops);
create index product_shelf_admin_updated on product_shelf (updated_at desc, product_id desc);
create index product_shelf_admin_name on product_shelf (name collate "und-x-icu", product_id);
create index product_shelf_admin_status on product_shelf (status, updated_at desc, product_id desc);
create index product_shelf_admin_category on product_shelf (category_id, updated_at desc, product_id desc);

-- The words that published products are described with: what a misspelt word is compared to.
create table search_words (word text collate "C" primary key);
create index search_words_trgm on search_words using gin (word gin_trgm_ops);

-- 0 none, 1 the last few (five; `Availability::LOW` in the program is the same number), 2 plenty.
create function stock_word(available int) returns smallint
    language sql immutable parallel safe
    return case when available > 5 then 2 when available > 0 then 1 else 0 end::smallint;

create function product_stock_word(product uuid) returns smallint language plpgsql as $$
begin
    return coalesce((
        select max(stock_word(l.on_hand - l.reserved))
        from stock_levels l
        join variants v on v.id = l.variant_id
        where l.product_id = product and l.on_hand > l.reserved and v.is_active
    ), 0);
end $$;

-- Writes the rows of these products anew.
create function shelve(product_ids uuid[]) returns void language plpgsql as $$
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
           lower(immutable_unaccent(concat_ws(' ', p.name, p.brand, v.skus)))
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
    cross join lateral unnest(tsvector_to_array(to_tsvector('simple', immutable_unaccent(lower(
        concat_ws(' ', s.name, s.brand, c.name, array_to_string(s.tags, ' '), array_to_string(s.options, ' '))))))) as said (word)
    where s.product_id = any(product_ids) and s.shown and said.word ~ '^[a-z]{3,30}$'
      and not exists (select from search_words known where known.word = said.word)
    order by said.word
    on conflict do nothing;
end $$;

-- A bulk load says `set local shop.bulk = 'on'`, and at its end `select shelve(array(select id from products))`, once for all.
create function shelve_products() returns trigger language plpgsql as $$
begin
    if current_setting('shop.bulk', true) is distinct from 'on' then
        perform shelve(array(select id from fresh));
    end if;
    return null;
end $$;
create trigger shelve_insert after insert on products referencing new table as fresh
    for each statement execute function shelve_products();
create trigger shelve_update after update on products referencing new table as fresh
    for each statement execute function shelve_products();

create function shelve_parts() returns trigger language plpgsql as $$
begin
    if current_setting('shop.bulk', true) is distinct from 'on' then
        perform shelve(array(select distinct product_id from changed));
    end if;
    return null;
end $$;
create trigger shelve_insert after insert on variants referencing new table as changed
    for each statement execute function shelve_parts();
create trigger shelve_update after update on variants referencing new table as changed
    for each statement execute function shelve_parts();
create trigger shelve_delete after delete on variants referencing old table as changed
    for each statement execute function shelve_parts();
create trigger shelve_insert after insert on product_options referencing new table as changed
    for each statement execute function shelve_parts();
create trigger shelve_update after update on product_options referencing new table as changed
    for each statement execute function shelve_parts();
create trigger shelve_delete after delete on product_options referencing old table as changed
    for each statement execute function shelve_parts();

create function shelve_category() returns trigger language plpgsql as $$
begin
    perform shelve(array(select id from products where category_id = new.id));
    return null;
end $$;
create trigger shelve_renamed after update of name on categories
    for each row when (old.name <> new.name) execute function shelve_category();

-- Every process listens: what it keeps in memory about the catalogue is dropped the moment a change commits.
-- An empty message means that anything may have changed; stock has narrower ones (in the next file).
create function notify_catalog() returns trigger language plpgsql as $$
begin
    perform pg_notify('catalog', '');
    return null;
end $$;
create trigger notify_catalog after insert or update or delete on products for each statement execute function notify_catalog();
create trigger notify_catalog after insert or update or delete on variants for each statement execute function notify_catalog();
create trigger notify_catalog after insert or update or delete on categories for each statement execute function notify_catalog();
create trigger notify_catalog after insert or update or delete on product_images for each statement execute function notify_catalog();
create trigger notify_catalog after insert or update or delete on settings for each statement execute function notify_catalog();
