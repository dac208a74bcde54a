-- What went wrong with a payment, where it is not the provider who says it.
alter table payments
    add column failure_fault text,
    add constraint payments_failure_fault check (failure_fault in ('not_at_provider')) not valid;
