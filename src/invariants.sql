-- What must never happen. Each query must return no row; a row says in words what is wrong.
-- $1 is the time now. All queries of one check see the same moment.

-- name: stock differs from its movements
select format('variant %s: %s on hand and %s reserved, but the movements sum to %s and %s',
              l.variant_id, l.on_hand, l.reserved, coalesce(m.on_hand, 0), coalesce(m.reserved, 0))
from stock_levels l
left join (
    select variant_id, location_id, sum(delta_on_hand) as on_hand, sum(delta_reserved) as reserved
    from inventory_movements
    group by variant_id, location_id
) m using (variant_id, location_id)
where (l.on_hand, l.reserved) is distinct from (coalesce(m.on_hand, 0), coalesce(m.reserved, 0));

-- name: a running balance of movements of stock is broken
select format('movement %s of variant %s', id, variant_id)
from (
    select id, variant_id, on_hand_after, reserved_after,
           sum(delta_on_hand) over so_far as on_hand, sum(delta_reserved) over so_far as reserved
    from inventory_movements
    window so_far as (partition by variant_id, location_id order by seq)
) m
where on_hand_after <> on_hand or reserved_after <> reserved;

-- name: stock is negative or over-reserved
select format('variant %s: %s on hand, %s reserved', variant_id, on_hand, reserved)
from stock_levels
where on_hand < 0 or reserved < 0 or reserved > on_hand;

-- name: reserved stock is not what orders hold
select format('variant %s: %s reserved, orders hold %s', variant_id, coalesce(l.reserved, 0), coalesce(o.held, 0))
from stock_levels l
full join (
    select variant_id, location_id, sum(reserved_quantity) as held
    from order_items
    where reserved_quantity > 0
    group by variant_id, location_id
) o using (variant_id, location_id)
where coalesce(l.reserved, 0) <> coalesce(o.held, 0);

-- name: more was sold than there was
select format('variant %s at %s', variant_id, location_id)
from inventory_movements
group by variant_id, location_id
having sum(delta_on_hand) < 0 or sum(delta_reserved) > sum(delta_on_hand);

-- name: an order that is over still holds stock
select format('%s is %s', o.number, o.status)
from orders o
where o.status in ('shipped', 'delivered', 'completed', 'cancelled', 'refunded')
  and exists (select from order_items i where i.order_id = o.id and i.reserved_quantity > 0);

-- name: a reservation past its deadline still holds
select format('%s was held until %s', o.number, o.reserved_until)
from orders o
where o.status = 'pending'
  and o.reserved_until < $1::timestamptz - interval '15 minutes'
  and exists (select from order_items i where i.order_id = o.id and i.reserved_quantity > 0);

-- name: an order's total is not the sum of its parts
select format('%s: total %s', o.number, o.total)
from orders o
left join lateral (
    select coalesce(sum(line_total), 0) as lines, count(*) as count
    from order_items
    where order_id = o.id
) i on true
where o.total <> o.subtotal - o.discount + o.tax + o.shipping
   or o.subtotal <> i.lines
   or i.count = 0;

-- One that is over may have asked for the sum that the order had before it was corrected.
-- name: a payment asks for another sum than its order
select format('payment %s: %s %s for %s over %s %s', p.id, p.amount, p.currency, o.number, o.total, o.currency)
from payments p
join orders o on o.id = p.order_id
where (p.amount, p.currency) <> (o.total, o.currency) and p.status in ('created', 'pending', 'processing', 'succeeded');

-- A refund that failed is shown to staff as such; it is not counted here a second time.
-- name: money was taken without exactly one paid order of the same amount
select format('%s (%s): kept %s of %s', o.number, o.status, kept.amount, o.total)
from orders o
join lateral (
    select sum(amount_captured - amount_refunding) as amount, count(*) filter (where amount_captured > amount_refunding) as payments,
           bool_or(amount_captured <> o.total and amount_captured > amount_refunding) as differs
    from payments p
    where p.order_id = o.id
      and p.status = 'succeeded'
      and p.amount > 0
      and not exists (select from refunds r where r.payment_id = p.id and r.status = 'failed')
) kept on kept.amount > 0
where kept.payments > 1
   or kept.differs
   or o.paid_at is null
   or o.status = 'pending'
   or (o.status = 'cancelled' and exists (
        select from payments p
        where p.order_id = o.id and p.amount_captured > p.amount_refunding
   ));

-- name: an order is paid without a payment
select o.number
from orders o
where (o.paid_at is not null or o.status = 'paid')
  and (o.paid_at is null or not exists (select from payments p where p.order_id = o.id and p.status = 'succeeded'));

-- name: more is refunded than was captured
select format('payment %s: captured %s, refunding %s, refunds of %s', p.id, p.amount_captured, p.amount_refunding, r.amount)
from payments p
left join lateral (
    select coalesce(sum(amount), 0) as amount
    from refunds
    where payment_id = p.id and status in ('pending', 'succeeded')
) r on true
where r.amount > p.amount_captured or r.amount <> p.amount_refunding;

-- name: refunds give back other parts than the order has
select format('payment %s: goods %s of %s, delivery %s of %s, tax %s of %s, contained %s of %s', p.id, r.goods,
              o.subtotal - o.discount, r.shipping, o.shipping, r.tax, o.tax, r.tax_included, o.tax_included)
from payments p
join orders o on o.id = p.order_id
join lateral (
    select sum(goods) as goods, sum(shipping) as shipping, sum(tax) as tax, sum(tax_included) as tax_included,
           sum(amount) as amount
    from refunds
    where payment_id = p.id and status in ('pending', 'succeeded')
) r on r.amount > 0
where p.amount_captured = o.total
  and (r.goods > o.subtotal - o.discount or r.shipping > o.shipping or r.tax > o.tax or r.tax_included > o.tax_included
       or (r.amount = o.total and (r.goods, r.shipping, r.tax, r.tax_included)
                                  <> (o.subtotal - o.discount, o.shipping, o.tax, o.tax_included)));

-- name: a payment status is not what payments and refunds say
select format('%s: %s', number, payment_status)
from orders
where payment_status <> order_payment_status(id);

-- name: a category does not know whether it is shown
select format('%s: %s', slug, is_shown)
from categories
where is_shown <> category_is_shown(id);

-- name: a fulfilment is not what status and shipments say
select format('%s: %s', number, fulfilment)
from orders
where fulfilment <> order_fulfilment(id, status);

-- name: an order does not know when it was delivered
select o.number
from orders o
where o.delivered_at is distinct from (
    select created_at from order_events where order_id = o.id and to_status = 'delivered' order by seq limit 1
);

-- The table of moves is the program's; a test holds the two against each other.
-- name: a status history has a skipped or backward step
select format('%s: from %s to %s after %s', o.number, e.from_status, e.to_status, e.previous)
from (
    select order_id, from_status, to_status,
           lag(to_status) over (partition by order_id order by seq) as previous
    from order_events
    where to_status is not null
) e
join orders o on o.id = e.order_id
where e.from_status is distinct from e.previous
   or (e.from_status is null and e.to_status <> 'pending')
   or (e.from_status is not null and (e.from_status, e.to_status) not in (
        ('pending', 'paid'), ('pending', 'processing'), ('pending', 'cancelled'),
        ('paid', 'processing'), ('paid', 'cancelled'), ('paid', 'refunded'),
        ('processing', 'shipped'), ('processing', 'completed'), ('processing', 'cancelled'), ('processing', 'refunded'),
        ('shipped', 'delivered'),
        ('delivered', 'completed'), ('delivered', 'refunded'),
        ('completed', 'refunded')
   ));

-- name: an order's status is not where its history ends
select format('%s is %s', o.number, o.status)
from orders o
where o.status is distinct from (
    select to_status
    from order_events
    where order_id = o.id and to_status is not null
    order by seq desc
    limit 1
);

-- name: a payment's arrival was applied twice
select o.number
from order_events e
join orders o on o.id = e.order_id
where e.to_status = 'paid'
group by o.id
having count(*) > 1;

-- name: a Stripe event was applied twice
select id
from stripe_events
group by id
having count(*) > 1;

-- name: an outbox row is neither sent, scheduled, nor dead
select format('%s %s is %s', id, topic, status)
from outbox_events
where (status = 'pending') <> (next_attempt_at is not null)
   or (status = 'sent') <> (sent_at is not null)
   or status not in ('pending', 'sent', 'dead');

-- name: an event has a number that its entity did not count
select format('%s of %s %s is number %s of %s', e.topic, e.entity_type, e.entity_id, e.sequence, s.sequence)
from outbox_events e
left join event_sequences s on s.entity_type = e.entity_type and s.entity_id = e.entity_id
where e.sequence > coalesce(s.sequence, 0);

-- name: the index differs from the catalogue
select 'product ' || p.id || ': ' || case when s.product_id is null then 'is not in the index' else 'price, stock or status' end
from products p
left join product_index s on s.product_id = p.id
left join lateral (
    select min(price) as price_min, max(price) as price_max
    from variants
    where product_id = p.id and is_active
) v on true
where s.product_id is null
   or (s.status, s.category_id, s.name, s.brand, s.price_min, s.price_max, s.shown, s.stock)
      is distinct from
      (p.status, p.category_id, p.name, p.brand, v.price_min, v.price_max,
       p.status = 'published' and v.price_min is not null, product_stock_word(p.id));

-- name: what is encrypted elsewhere is plain
select format('the key or an address of order %s', number)
from orders
where access_key is not null or shipping_address ? 'line1' or billing_address ? 'line1'
union all
select format('the telephone number of account %s', id) from users where phone is not null
union all
select format('address %s', id) from addresses where line1 is not null
union all
select format('the draft of cart %s', cart_id) from checkout_drafts where fields - 'email' <> '{}'
union all
select format('message %s of Stripe', id) from stripe_events where sealed_body is null;
