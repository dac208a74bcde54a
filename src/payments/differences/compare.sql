-- Holds Stripe's statement, as it was last read, against our books: opens what differs, closes what does not any more.
-- $1 is the time now, $2 what is too young to be a difference: it may still be on its way.
with
since as (
    select since from ledger_readings where stream = 'all_payments'
),
-- Paid at Stripe, and no payment of ours that succeeded is it.
unbooked as materialized (
    select *
    from ledger_payments l
    where l.status = 'succeeded'
      and l.received > l.refunded
      and l.paid_seen_at <= $2
      and not exists (select from payments p where p.provider_intent = l.intent and p.status = 'succeeded')
),
-- Paid in both, and what the order comes to.
booked as materialized (
    select l.intent, l.received, l.currency, p.id as payment_id, p.order_id, p.amount_captured, p.amount_refunding,
           p.currency as our_currency, o.total, o.currency as order_currency
    from ledger_payments l
    join payments p on p.provider_intent = l.intent
    join orders o on o.id = p.order_id
    where l.status = 'succeeded'
      and p.status = 'succeeded'
      and ((l.received, l.currency) <> (p.amount_captured, p.currency) or (l.received, l.currency) <> (o.total, o.currency))
),
-- The refund of ours that a refund of Stripe's is, by its name there or by the mark that we write on each.
refund_pairs as (
    select r.*, f.id as known, f.status as our_status, f.amount as our_amount, f.payment_id, f.order_id, f.updated_at
    from ledger_refunds r
    join refunds f on f.provider_refund = r.refund or f.id = r.refund_id
),
found as (
    select case when l.is_ours or known.id is not null then 'unbooked_payment' else 'foreign_payment' end as kind,
           l.intent as subject, known.id as payment_id, coalesce(known.order_id, o.id) as order_id, null::uuid as refund_id,
           l.intent as provider_intent, null as provider_refund, l.currency, l.received - l.refunded as theirs,
           null::bigint as ours
    from unbooked l
    left join orders o on o.id = l.order_id
    left join lateral (
        select p.id, p.order_id
        from payments p
        where p.provider_intent = l.intent or (p.id = l.payment_id and p.provider_intent is null)
        order by p.provider_intent is null
        limit 1
    ) known on true

    union all
    select 'payment_not_at_stripe', p.id::text, p.id, p.order_id, null, p.provider_intent, null, p.currency, null, p.amount_captured
    from payments p
    left join ledger_payments l on l.intent = p.provider_intent
    where p.provider = 'stripe'
      and p.status = 'succeeded'
      and p.amount_captured > 0
      and p.created_at >= (select since from since)
      and coalesce(p.settled_at, p.updated_at) <= $2
      and (l.status <> 'succeeded' and l.seen_at >= p.updated_at
           or p.provider_intent is null and not exists (
               select from ledger_payments t where t.payment_id = p.id and t.status = 'succeeded'))

    union all
    select 'order_without_payment', o.id::text, null, o.id, null, null, null, o.currency, null, o.total
    from orders o
    where o.paid_at <= $2
      and o.paid_at >= (select since from since)
      and o.total > 0
      and not exists (select from payments p where p.order_id = o.id and p.status = 'succeeded')
      and not exists (select from ledger_payments t where t.order_id = o.id and t.status = 'succeeded')

    union all
    select 'captured_differs', b.intent, b.payment_id, b.order_id, null, b.intent, null, b.currency, b.received, b.amount_captured
    from booked b
    where (b.received, b.currency) <> (b.amount_captured, b.our_currency)

    union all
    select 'order_total_differs', b.intent, b.payment_id, b.order_id, null, b.intent, null, b.currency, b.received, b.total
    from booked b
    where (b.received, b.currency) = (b.amount_captured, b.our_currency)
      and (b.received, b.currency) <> (b.total, b.order_currency)
      and b.amount_captured > b.amount_refunding

    union all
    select 'unbooked_refund', r.refund, p.id, p.order_id, null, r.intent, r.refund, r.currency, r.amount, null
    from ledger_refunds r
    join payments p on p.provider_intent = r.intent
    where r.status in ('pending', 'succeeded')
      and r.first_seen_at <= $2
      and not exists (select from refunds f where f.provider_refund = r.refund or f.id = r.refund_id)

    union all
    select 'refund_not_at_stripe', f.id::text, f.payment_id, f.order_id, f.id, p.provider_intent, f.provider_refund, f.currency, null,
           f.amount
    from refunds f
    join payments p on p.id = f.payment_id
    where p.provider = 'stripe'
      and f.status = 'succeeded'
      and f.created_at >= (select since from since)
      and f.updated_at <= $2
      and exists (select from refund_pairs r where r.known = f.id and r.seen_at >= f.updated_at)
      and not exists (select from refund_pairs r where r.known = f.id and r.status in ('pending', 'succeeded'))

    union all
    select distinct on (r.known)
           'refund_differs', r.known::text, r.payment_id, r.order_id, r.known, r.intent, r.refund, r.currency, r.amount,
           case when r.our_status = 'succeeded' then r.our_amount else 0 end
    from refund_pairs r
    where r.status = 'succeeded'
      and r.updated_at <= $2
      and (r.our_status = 'succeeded' and r.amount <> r.our_amount
           or r.our_status in ('failed', 'cancelled') and r.seen_at >= r.updated_at)
),
opened as (
    insert into payment_differences as d
        (id, kind, subject, payment_id, order_id, refund_id, provider_intent, provider_refund, currency, theirs, ours,
         opened_at, seen_at)
    select gen_random_uuid(), kind, subject, payment_id, order_id, refund_id, provider_intent, provider_refund, currency, theirs,
           ours, $1, $1
    from found
    on conflict (kind, subject) where status <> 'resolved' do update
    set payment_id = excluded.payment_id,
        order_id = excluded.order_id,
        refund_id = excluded.refund_id,
        currency = excluded.currency,
        theirs = excluded.theirs,
        ours = excluded.ours,
        -- what was dismissed is another matter once its figures change
        status = case when (d.theirs, d.ours) is distinct from (excluded.theirs, excluded.ours) then 'open' else d.status end,
        seen_at = excluded.seen_at
    -- inserted, and not updated
    returning d.id, d.order_id, d.xmax = 0 as is_new
),
closed as (
    update payment_differences d
    set status = 'resolved', resolved_at = $1
    where d.status = 'open'
      and not exists (select from found f where f.kind = d.kind and f.subject = d.subject)
    returning d.id
)
select coalesce((select jsonb_agg(jsonb_build_object('difference', o.id, 'number', r.number))
                 from opened o
                 left join orders r on r.id = o.order_id
                 where o.is_new), '[]') as "opened!: Json<Vec<Opened>>",
       (select count(*) from closed) as "closed!"
