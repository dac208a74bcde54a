-- What was asked for is known by a keyed hash, as in orders.
alter table order_corrections
    drop constraint order_corrections_request_hash_check,
    add constraint order_corrections_request_hash check (length(request_hash) in (32, 37));

-- What was typed at the checkout, encrypted (keys::EncryptionKeys). Of what is in fields, the e-mail address is left:
-- whoever left a cart is told of by it.
alter table checkout_drafts add column sealed bytea;
