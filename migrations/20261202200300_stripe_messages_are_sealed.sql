-- What Stripe posts holds addresses, and the way back to a guest's order. It is encrypted (keys::EncryptionKeys); body
-- is empty then.
alter table stripe_events add column sealed_body bytea, alter column body set default '';
create index stripe_events_plain on stripe_events (id) where sealed_body is null;
