-- Reads the rows without keeping writers out.
alter table orders validate constraint orders_cancel_cause;
alter table refunds validate constraint refunds_occasion;
alter table refunds validate constraint refunds_failure_fault;
alter table payments validate constraint payments_failure_fault;
alter table order_events validate constraint order_events_kind;
