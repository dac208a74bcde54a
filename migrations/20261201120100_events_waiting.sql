-- Those that wait, in their order.
create index outbox_events_waiting on outbox_events (id) where status = 'pending';
