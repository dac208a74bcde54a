-- What a refund gives back of each part of its order, so that what was told stays true: goods + shipping + tax = amount; as in
-- `orders`, tax_included is how much tax is in it where prices include tax.
alter table refunds
    add column goods        bigint,
    add column shipping     bigint,
    add column tax          bigint,
    add column tax_included bigint,
    add column cause        text check (cause in
                                ('damaged', 'wrong_item', 'missing', 'returned', 'unavailable', 'goodwill', 'duplicate', 'other'));

-- Refunds from before: off the goods first, each its share of the tax.
with parts as (
    select r.id, r.amount, o.subtotal - o.discount as goods, o.shipping, o.tax, o.tax_included,
           p.amount_captured = o.total and r.status in ('pending', 'succeeded') as is_split, o.total,
           coalesce(sum(r.amount) filter (where r.status in ('pending', 'succeeded')) over earlier, 0)::bigint as before
    from refunds r
    join payments p on p.id = r.payment_id
    join orders o on o.id = r.order_id
    window earlier as (partition by r.payment_id order by r.created_at, r.id rows between unbounded preceding and 1 preceding)
), taxed as (
    select *,
           round(tax::numeric * (before + amount) / total) - round(tax::numeric * before / total) as own_tax,
           round(tax_included::numeric * (before + amount) / total) - round(tax_included::numeric * before / total) as own_included,
           before - round(tax::numeric * before / total) as net_before
    from parts
    where is_split and total > 0
), split as (
    select *, least(goods, net_before + amount - own_tax) - least(goods, net_before) as own_goods
    from taxed
)
update refunds r
set goods = s.own_goods, shipping = r.amount - s.own_tax - s.own_goods, tax = s.own_tax, tax_included = s.own_included
from split s
where s.id = r.id;
update refunds set goods = amount, shipping = 0, tax = 0, tax_included = 0 where goods is null;

alter table refunds
    alter column goods set not null,
    alter column shipping set not null,
    alter column tax set not null,
    alter column tax_included set not null,
    add constraint refunds_split_adds_up check (
        goods + shipping + tax = amount and goods >= 0 and shipping >= 0 and tax >= 0 and tax_included between 0 and amount);
