-- Which shape an event has, what it is about, and the how-manieth of that it is. Columns are empty in rows that a program of the
-- version before writes meanwhile.
alter table outbox_events
    add column version     text,
    add column entity_type text,
    add column entity_id   text,
    add column sequence    bigint,
    add constraint outbox_events_numbered check (num_nonnulls(version, entity_type, entity_id, sequence) in (0, 4));

-- How many events there were of each thing. A row is bumped by the last statement of an act, so its lock is short.
create table event_sequences (
    entity_type text not null,
    entity_id   text not null,
    sequence    bigint not null check (sequence > 0),
    primary key (entity_type, entity_id)
) with (fillfactor = 80);

-- What lies here is a month at most: what was sent is swept away.
with named as (
    select id,
           split_part(topic, '.', 1) as entity_type,
           case split_part(topic, '.', 1)
               when 'order' then payload ->> 'orderId'
               when 'shipment' then payload ->> 'shipmentId'
               when 'payment' then payload ->> 'paymentId'
               when 'refund' then payload ->> 'refundId'
               when 'stock' then
                   (payload ->> 'variantId') || ':' || (select l.id::text from stock_locations l where l.is_default)
               else payload ->> 'id'
           end as entity_id
    from outbox_events
),
numbered as (
    select id, entity_type, entity_id, row_number() over (partition by entity_type, entity_id order by id) as sequence
    from named
    where entity_id is not null
)
update outbox_events e
set version = '2026-12-01', entity_type = n.entity_type, entity_id = n.entity_id, sequence = n.sequence
from numbered n
where e.id = n.id;

insert into event_sequences (entity_type, entity_id, sequence)
select entity_type, entity_id, max(sequence)
from outbox_events
where sequence is not null
group by entity_type, entity_id;

create unique index outbox_events_sequence on outbox_events (entity_type, entity_id, sequence);
