-- Accounts that were asked for and not confirmed yet. An account comes to be when its link is opened, with the password of
-- that very request: whoever asks for somebody else's address gains nothing by being the first.
create table registrations (
    id uuid primary key,
    email citext not null,
    password_hash text not null,
    first_name text not null,
    last_name text not null,
    phone text,
    -- of the links that were mailed; a job that is run twice mails a second one
    token_hashes bytea[] not null default '{}',
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index registrations_token_hashes on registrations using gin (token_hashes);
create index registrations_email on registrations (email);
create index registrations_expires_at on registrations (expires_at);
