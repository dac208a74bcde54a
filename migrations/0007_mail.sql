-- Which mails have left. A message has a key, such as `order_confirmation:<order>`, and is sent once: a job that runs
-- again finds the row.
create table emails (
    key        text primary key check (length(key) between 1 and 200),
    recipient  citext not null,
    subject    text not null,
    message_id text not null,
    attempts   int not null default 1,
    -- Whoever claimed it last is sending it, for two minutes at most.
    claimed_at timestamptz not null,
    sent_at    timestamptz,
    last_error text
);
create index emails_unsent on emails (claimed_at) where sent_at is null;
