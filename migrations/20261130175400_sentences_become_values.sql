-- no-transaction
-- Takes apart the English sentences that programs have written into timelines, orders, refunds and payments so far: each becomes
-- a word and its values, of which the sentence is made again when it is read. Word for word, or it stays as it is. What a
-- person has typed stays text.
--
-- Rows of the timeline cannot be changed, so their trigger is off while a batch is written: as long as that takes, whoever adds
-- to a timeline waits. May be broken off and run again. Until the last process of the version before has ended, it
-- shows rows that were taken apart without their sentence.
do $migration$
declare
    batch constant bigint := 2000;
    done bigint := 0;
    last bigint;
begin
    -- `£1,299.00`, exactly as the shop writes it, in this currency
    create or replace function pg_temp.amount_of(said text, code text) returns jsonb language plpgsql as $f$
    declare
        sign text;
        decimals int;
        digits text;
    begin
        select c.sign, c.decimals into sign, decimals
        from (values ('GBP', '£', 2), ('EUR', '€', 2), ('USD', '$', 2), ('CHF', 'CHF ', 2), ('SEK', 'kr ', 2),
                     ('NOK', 'kr ', 2), ('DKK', 'kr ', 2), ('PLN', 'zł ', 2), ('CZK', 'Kč ', 2), ('CAD', 'CA$', 2),
                     ('AUD', 'A$', 2), ('NZD', 'NZ$', 2), ('JPY', '¥', 0), ('KRW', '₩', 0), ('KWD', 'KD ', 3),
                     ('BHD', 'BD ', 3), ('TND', 'DT ', 3)) as c (code, sign, decimals)
        where c.code = amount_of.code;
        if sign is null or said is null or not starts_with(said, sign) then
            return null;
        end if;
        digits := substr(said, length(sign) + 1);
        if digits !~ ('^[0-9]{1,3}(,[0-9]{3})*' || case decimals when 0 then '' else format('[.][0-9]{%s}', decimals) end || '$') then
            return null;
        end if;
        return jsonb_build_object('minor', translate(digits, ',.', '')::bigint, 'currency', code);
    exception when numeric_value_out_of_range then
        return null;
    end $f$;

    -- why the shop, or its customer, cancelled an order
    create or replace function pg_temp.cancelled_of(said text) returns jsonb language plpgsql as $f$
    declare
        cause text;
        piece text;
        found text[];
        missing jsonb := '[]';
    begin
        cause := case said
            when 'The payment did not come in time' then 'not_paid_in_time'
            when 'The payment failed' then 'payment_failed'
            when 'Cancelled by the customer' then 'by_customer'
            when 'Back to the cart' then 'back_to_cart'
            when 'No payment came for it' then 'never_paid'
        end;
        if cause is not null then
            return jsonb_build_object('cause', cause);
        end if;
        found := regexp_match(said, '^The payment came after the reservation had lapsed: (.+)$');
        if found is null then
            return null;
        end if;
        foreach piece in array string_to_array(found[1], '; ') loop
            found := regexp_match(piece, '^(.+) is sold out$');
            if found is not null then
                missing := missing || jsonb_build_object('name', found[1], 'left', 0);
                continue;
            end if;
            found := regexp_match(piece, '^Only ([1-9][0-9]{0,8}) of (.+) left$');
            if found is null then
                return null;
            end if;
            missing := missing || jsonb_build_object('name', found[2], 'left', found[1]::int);
        end loop;
        return jsonb_build_object('cause', 'sold_out', 'missing', missing);
    end $f$;

    -- why money goes back; `text` is what was typed
    create or replace function pg_temp.reason_of(said text) returns jsonb language plpgsql as $f$
    declare
        word text;
        label text;
    begin
        word := case said
            when 'The order had been paid before' then 'paid_before'
            when 'The payment came after the order had been cancelled' then 'after_cancellation'
            when 'The goods were sold before the payment came' then 'sold_out'
            when 'Another amount came than the order’s' then 'amount_differs'
            when 'Made at the payment provider' then 'at_provider'
        end;
        if word is not null then
            return jsonb_build_object('occasion', word);
        end if;
        for word, label in
            select * from (values ('damaged', 'Damaged or faulty'), ('wrong_item', 'Wrong item sent'), ('missing', 'Did not arrive'),
                                  ('returned', 'Sent back'), ('unavailable', 'Not available'), ('goodwill', 'Goodwill'),
                                  ('duplicate', 'Ordered twice')) as causes
        loop
            if said = label then
                return jsonb_build_object('cause', word);
            elsif starts_with(said, label || ': ') then
                return jsonb_build_object('cause', word, 'text', substr(said, length(label) + 3));
            end if;
        end loop;
        return jsonb_build_object('text', said);
    end $f$;

    -- the provider's words for why a refund did not go through, or ours
    create or replace function pg_temp.failure_of(said text) returns jsonb language sql as $f$
        select case said
            when 'without a reason' then '{}'
            when 'Stripe has no such refund' then '{"fault": "no_such_refund"}'
            when 'There is no payment to refund' then '{"fault": "no_payment"}'
            else jsonb_build_object('words', said)
        end
    $f$;

    create or replace function pg_temp.disputed_of(said text, code text) returns jsonb language plpgsql as $f$
    declare
        found text[];
        news text;
        step text := '';
        status text := '';
        reason text := '';
        due text;
        amount jsonb;
    begin
        for news, found in
            select p.news, regexp_match(said, p.pattern)
            from (values
                ('asked', '^The cardholder’s bank asks about (.+) \((.+)\)[.] No money was taken[.] Answer it at Stripe(?: by ([0-9]{1,2} [A-Z][a-z]+ [0-9]{4}))?[.]$'),
                ('opened', '^The cardholder’s bank disputes (.+) \((.+)\)[.] Answer it at Stripe(?: by ([0-9]{1,2} [A-Z][a-z]+ [0-9]{4}))?[.]$'),
                ('taken', '^(.+) was taken from us until the dispute is decided[.]$'),
                ('returned', '^(.+) came back to us[.]$'),
                ('won', '^The dispute over (.+) was won: the money is ours[.]$'),
                ('lost', '^The dispute over (.+) was lost: the money stays with the cardholder[.]$'),
                ('asked_no_more', '^The bank’s questions about (.+) ended; no money was taken[.]$'),
                ('under_review', '^The bank looks at our answer in the dispute over (.+)[.]$'),
                ('waits_for_us', '^The dispute over (.+) waits for our answer(?: by ([0-9]{1,2} [A-Z][a-z]+ [0-9]{4}))?[.]$'),
                ('changed', '^The dispute over (.+) changed \((.*), (.*)\)[.]$')
            ) as p (news, pattern)
        loop
            exit when found is not null;
        end loop;
        if found is null then
            return null;
        end if;
        amount := pg_temp.amount_of(found[1], code);
        if amount is null and found[1] <> 'the payment' then
            return null;
        end if;
        if news in ('asked', 'opened') then
            reason := case found[2]
                when '“I did not buy this”' then 'fraudulent'
                when '“It did not arrive”' then 'product_not_received'
                when '“It is broken, or not what was described”' then 'product_unacceptable'
                when '“I was charged twice”' then 'duplicate'
                when '“I was promised money back”' then 'credit_not_processed'
                when '“I do not know this charge”' then 'unrecognized'
                when '“I had cancelled it”' then 'subscription_canceled'
                when 'no reason given' then 'general'
                else replace(found[2], ' ', '_')
            end;
            due := found[3];
        elsif news = 'waits_for_us' then
            due := found[2];
        elsif news = 'changed' then
            step := found[2];
            status := found[3];
        end if;
        return jsonb_build_object('what', 'disputed', 'news', news, 'amount', amount, 'reason', reason,
                                  'due', to_date(due, 'DD FMMonth YYYY'), 'step', step, 'status', status);
    end $f$;

    create or replace function pg_temp.refunded_of(said text, code text) returns jsonb language plpgsql as $f$
    declare
        found text[];
        amount jsonb;
        piece text;
        part text;
        parts jsonb := '{}';
        nothing jsonb := jsonb_build_object('minor', 0, 'currency', code);
    begin
        found := regexp_match(said, '^The refund was refused: (.*)$');
        if found is not null then
            return '{"what": "refund_refused"}' || pg_temp.failure_of(found[1]);
        end if;
        found := regexp_match(said, '^A refund was corrected to (.+), as Stripe has it$');
        if found is not null then
            return jsonb_build_object('what', 'refund_corrected', 'amount', pg_temp.amount_of(found[1], code));
        end if;
        found := regexp_match(said, '^([^(:]+) was given back$');
        if found is not null then
            return jsonb_build_object('what', 'refund_made', 'amount', pg_temp.amount_of(found[1], code));
        end if;
        found := regexp_match(said, '^([^(:]+?) could not be given back: (.*)$');
        if found is not null then
            return jsonb_build_object('what', 'refund_failed', 'amount', pg_temp.amount_of(found[1], code)) || pg_temp.failure_of(found[2]);
        end if;
        found := regexp_match(said, '^([^(:]+?) goes back \(([^)]*)\)(: .+)?$');
        if found is null then
            return null;
        end if;
        amount := pg_temp.amount_of(found[1], code);
        foreach piece in array string_to_array(found[2], ', ') loop
            part := case
                when piece ~ ' for goods$' then 'goods'
                when piece ~ ' for delivery$' then 'shipping'
                when piece ~ '^including .* of tax$' then 'taxIncluded'
                when piece ~ ' of tax$' then 'tax'
            end;
            piece := regexp_replace(regexp_replace(piece, '^including ', ''), ' (for goods|for delivery|of tax)$', '');
            if part is null or parts ? part or pg_temp.amount_of(piece, code) is null then
                return null;
            end if;
            parts := parts || jsonb_build_object(part, pg_temp.amount_of(piece, code));
        end loop;
        return jsonb_build_object('what', 'refund_begun', 'amount', amount, 'goods', nothing, 'shipping', nothing, 'tax', nothing,
                                  'taxIncluded', nothing)
               || parts || pg_temp.reason_of(coalesce(substr(found[3], 3), ''));
    end $f$;

    -- what a row says, with what was typed as `text`; null where nobody can tell
    create or replace function pg_temp.values_of(e order_events, code text) returns jsonb language plpgsql as $f$
    declare
        found text[];
        parcel record;
        part text;
        parts jsonb := '[]';
        is_typed boolean := e.actor_type in ('staff', 'api_client');
        said jsonb;
    begin
        case e.kind
        when 'placed' then
            return case e.note when '' then '{"what": "placed"}'::jsonb end;
        when 'note' then
            return jsonb_build_object('what', 'note', 'text', e.note);
        when 'reservation' then
            return case e.note when 'The goods are no longer held; the payment is still not known' then '{"what": "reservation_lapsed"}'::jsonb end;
        when 'dispute' then
            return pg_temp.disputed_of(e.note, code);
        when 'refund' then
            said := pg_temp.refunded_of(e.note, code);
            -- an amount of another currency cannot be told from the words
            return case when said->'amount' <> 'null' or not said ? 'amount' then said end;
        when 'corrected' then
            found := regexp_match(e.note, '^Corrected( before it was paid)?: (.+)$');
            foreach part in array coalesce(string_to_array(found[2], ', '), array['']) loop
                part := case part
                    when 'e-mail address' then 'email'
                    when 'delivery address' then 'shipping_address'
                    when 'address of the invoice' then 'billing_address'
                    when 'delivery' then 'delivery'
                    when 'note' then 'note'
                    when 'way to pay' then 'payment'
                end;
                if part is null then
                    return null;
                end if;
                parts := parts || to_jsonb(part);
            end loop;
            return jsonb_build_object('what', 'corrected', 'parts', parts, 'beforePayment', found[1] is not null);
        when 'payment' then
            if e.note = 'Payment received' then
                return '{"what": "payment_received"}';
            elsif e.note = 'The payment provider made no page to pay on' then
                return '{"what": "no_page"}';
            elsif e.note = 'A payment was found at Stripe and written down' then
                return '{"what": "payment_found"}';
            elsif starts_with(e.note, 'Declined: ') then
                return jsonb_build_object('what', 'payment_declined', 'words', substr(e.note, 11));
            elsif starts_with(e.note, 'The payment provider refused the payment: ') then
                return jsonb_build_object('what', 'payment_refused', 'words', substr(e.note, 43));
            end if;
            found := regexp_match(e.note, '^The payment was corrected to (.+), as Stripe has it$');
            if pg_temp.amount_of(found[1], code) is not null then
                return jsonb_build_object('what', 'payment_corrected', 'amount', pg_temp.amount_of(found[1], code));
            end if;
            found := regexp_match(e.note, '^(.+) came in, and the order is over (.+)[.] It was not moved; please look at it[.]$');
            if pg_temp.amount_of(found[1], code) is not null and pg_temp.amount_of(found[2], code) is not null then
                return jsonb_build_object('what', 'amount_differs', 'received', pg_temp.amount_of(found[1], code),
                                          'expected', pg_temp.amount_of(found[2], code));
            end if;
            return null;
        when 'shipment', 'moved' then
            null;
        else
            return null;
        end case;
        if e.kind = 'shipment' or e.to_status = 'shipped' then
            found := regexp_match(e.note, case e.kind when 'moved' then '^(.*)$' else '^A part of it was shipped[.] ?(.*)$' end);
            -- written in the same act
            select s.carrier, s.tracking into parcel
            from shipments s
            where s.order_id = e.order_id
              and s.created_at = e.created_at
              and concat_ws(' ', nullif(s.carrier, ''), nullif(s.tracking, '')) = found[1]
            limit 1;
            if parcel is null and found[1] is distinct from '' then
                return null;
            end if;
            return case e.kind when 'moved' then '{"what": "moved", "why": "parcel"}'::jsonb else '{"what": "part_shipped"}' end
                   || jsonb_build_object('carrier', coalesce(parcel.carrier, ''), 'tracking', coalesce(parcel.tracking, ''));
        elsif e.to_status = 'cancelled' then
            said := case
                when is_typed and e.note <> 'No payment came for it' then jsonb_build_object('cause', 'typed', 'text', e.note)
                else pg_temp.cancelled_of(e.note)
            end;
            return '{"what": "moved", "why": "cancelled"}'::jsonb || said;
        elsif is_typed or e.note = '' then
            return jsonb_build_object('what', 'moved', 'why', 'typed', 'text', e.note);
        elsif e.to_status = 'completed' and e.note = 'By itself, a day after the delivery' then
            return '{"what": "moved", "why": "after_delivery", "days": 1}';
        elsif e.to_status = 'completed' then
            found := regexp_match(e.note, '^By itself, ([1-9][0-9]{0,8}) days after the delivery$');
            return '{"what": "moved", "why": "after_delivery"}'::jsonb || jsonb_build_object('days', found[1]::int)
                   || case when found is not null then '{}'::jsonb end;
        end if;
        return null;
    end $f$;

    select max(seq) into last from order_events;
    while done < last loop
        alter table order_events disable trigger order_events_append_only;
        update order_events e
        set data = e.data || (told.said - 'text'), note = coalesce(told.said->>'text', '')
        from (
            select r.id, pg_temp.values_of(r, o.currency) as said
            from order_events r
            join orders o on o.id = r.order_id
            where r.seq > done and r.seq <= done + batch and not r.data ? 'what'
        ) as told
        where e.id = told.id and told.said is not null;
        alter table order_events enable trigger order_events_append_only;
        commit;
        done := done + batch;
    end loop;

    loop
        update orders o
        set cancel_cause = e.data->>'cause', cancel_missing = e.data->'missing', cancel_reason = null
        from order_events e
        where e.order_id = o.id
          and e.to_status = 'cancelled'
          and o.id in (
            select c.id
            from orders c
            join order_events why on why.order_id = c.id and why.to_status = 'cancelled'
            where c.status = 'cancelled'
              and c.cancel_cause is null
              and c.cancel_reason is not null
              and why.data->>'why' = 'cancelled'
              and why.data->>'cause' <> 'typed'
            limit batch
          );
        exit when not found;
        commit;
    end loop;
    commit;

    loop
        update refunds r
        set occasion = pg_temp.reason_of(r.reason)->>'occasion', reason = ''
        where r.id in (
            select id
            from refunds
            where occasion is null and cause is null and reason <> '' and pg_temp.reason_of(reason) ? 'occasion'
            limit batch
        );
        exit when not found;
        commit;
    end loop;
    update refunds
    set failure_fault = pg_temp.failure_of(failure_message)->>'fault', failure_message = null
    where failure_message in ('Stripe has no such refund', 'There is no payment to refund');
    update payments
    set failure_fault = 'not_at_provider', failure_message = null
    where failure_message = 'Stripe has no such payment';
    commit;
end $migration$;
