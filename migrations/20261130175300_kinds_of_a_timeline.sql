-- A row of the timeline holds what happened as values, in `data`; `note` is what a person has typed. What a program of before writes,
-- and what nobody can take apart, keeps its sentence in `note`, and has no `what` in `data`.
alter table order_events
    add constraint order_events_kind check (kind in
        ('placed', 'corrected', 'moved', 'note', 'shipment', 'payment', 'refund', 'dispute', 'reservation')) not valid;
