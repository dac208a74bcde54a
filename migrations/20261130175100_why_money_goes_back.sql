-- Why money goes back without anybody having decided it; `cause` and `reason` are what staff say. And what of a refund went
-- wrong, where it is not the provider who says it: `failure_message` holds the provider's words.
alter table refunds
    add column occasion      text,
    add column failure_fault text,
    add constraint refunds_occasion check (occasion in
        ('paid_before', 'after_cancellation', 'sold_out', 'amount_differs', 'at_provider')) not valid,
    add constraint refunds_failure_fault check (failure_fault in ('no_such_refund', 'no_payment')) not valid;
