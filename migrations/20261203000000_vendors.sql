-- Who sells in the shop beside the shop itself, and the people who do it for them. A product of nobody's is the shop's own.
create table vendors (
    id uuid primary key,
    name citext not null constraint vendors_name_key unique,
    slug text not null constraint vendors_slug_key unique,
    -- where the shop and nobody else writes to
    email citext not null constraint vendors_email_key unique,
    about text not null default '',
    status text not null constraint vendors_status_check check (status in ('pending', 'approved', 'declined', 'suspended')),
    -- why staff declined or suspended it, for the vendor
    status_note text not null default '',
    -- of what its lines are sold for, in hundredths of a percent; the rest is owed to the vendor
    commission int not null default 0 constraint vendors_commission_check check (commission between 0 and 10000),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    approved_at timestamptz,
    constraint vendors_approved_check check (status not in ('approved', 'suspended') or approved_at is not null)
);
create index vendors_by_status on vendors (status, created_at);

-- An account that sells for a vendor. Whoever registered it is its owner.
create table sellers (
    id uuid primary key,
    vendor_id uuid not null references vendors (id) on delete cascade,
    user_id uuid not null references users (id) on delete cascade,
    display_name text not null,
    is_owner boolean not null default false,
    -- whether products may be put on sale without a colleague who may
    may_publish boolean not null default true,
    -- between which prices, in the smallest unit; null is no bound
    price_min bigint constraint sellers_price_min_check check (price_min >= 0),
    price_max bigint constraint sellers_price_max_check check (price_max >= price_min),
    created_at timestamptz not null,
    ended_at timestamptz,
    constraint sellers_vendor_user_key unique (vendor_id, user_id)
);
-- An account sells for one vendor at a time.
create unique index sellers_user_key on sellers (user_id) where ended_at is null;
create index sellers_vendor on sellers (vendor_id) where ended_at is null;
