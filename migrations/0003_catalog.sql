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
    -- Kept by trigger from the variants: what a list needs without joining.
    price_min       bigint,
    price_max       bigint,
    compare_at_max  bigint,
    on_offer        boolean not null default false,
    -- Kept by the catalogue: SKUs, option values and the category's name, so that they can be searched.
    keywords        text not null default '',
    search          tsvector not null generated always as (
        setweight(to_tsvector('english', immutable_unaccent(name)), 'A') ||
        setweight(to_tsvector('english', immutable_unaccent(brand || ' ' || keywords)), 'B') ||
        setweight(to_tsvector('english', immutable_unaccent(summary)), 'C') ||
        setweight(to_tsvector('english', immutable_unaccent(description)), 'D')) stored,
    check (status <> 'published' or published_at is not null)
);
create index products_search on products using gin (search);
create index products_name_trgm on products using gin ((immutable_unaccent(lower(name))) gin_trgm_ops);
create index products_tags on products using gin (tags);
create index products_shop_new on products (published_at desc, id desc) where status = 'published';
create index products_shop_price on products (price_min, id) where status = 'published';
create index products_shop_name on products (name collate "und-x-icu", id) where status = 'published';
create index products_shop_category_new on products (category_id, published_at desc, id desc) where status = 'published';
create index products_shop_category_price on products (category_id, price_min, id) where status = 'published';
create index products_shop_brand on products (brand) where status = 'published';
create index products_shop_featured on products (published_at desc) where status = 'published' and is_featured;
create index products_shop_offer on products (published_at desc) where status = 'published' and on_offer;
create index products_admin_updated on products (updated_at desc, id desc);
create index products_admin_status on products (status, updated_at desc, id desc);
create index products_category on products (category_id);
create index products_admin_name on products (name collate "und-x-icu", id);

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
create index variants_barcode on variants (barcode) where barcode is not null;
create index variants_sku_trgm on variants using gin (lower(sku) gin_trgm_ops);

create function products_summarise(product_ids uuid[]) returns void language sql as $$
    update products p
    set price_min = v.price_min, price_max = v.price_max, compare_at_max = v.compare_at_max, on_offer = coalesce(v.on_offer, false)
    from unnest(product_ids) as wanted (id)
    left join lateral (
        select min(price) as price_min, max(price) as price_max, max(compare_at_price) as compare_at_max,
               bool_or(compare_at_price is not null) as on_offer
        from variants where product_id = wanted.id and is_active
    ) v on true
    where p.id = wanted.id
      and (p.price_min, p.price_max, p.compare_at_max, p.on_offer)
          is distinct from (v.price_min, v.price_max, v.compare_at_max, coalesce(v.on_offer, false));
$$;
create function variants_summarise() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        perform products_summarise(array(select distinct product_id from gone));
    else
        perform products_summarise(array(select distinct product_id from fresh));
    end if;
    return null;
end $$;
create trigger variants_summarise_insert after insert on variants referencing new table as fresh
    for each statement execute function variants_summarise();
create trigger variants_summarise_update after update on variants referencing new table as fresh
    for each statement execute function variants_summarise();
create trigger variants_summarise_delete after delete on variants referencing old table as gone
    for each statement execute function variants_summarise();

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

-- Every process listens: what it keeps in memory about the catalogue is dropped the moment a change commits.
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
