-- Telephone numbers of people are encrypted (keys::EncryptionKeys), and what of their addresses is.
alter table users add column sealed_phone bytea;
create index users_plain on users (id) where phone is not null;

alter table registrations add column sealed_phone bytea;

-- company, line1, line2 and phone
alter table addresses
    add column sealed bytea,
    alter column line1 drop not null,
    add constraint addresses_line1 check (line1 is not null or sealed is not null) not valid;
create index addresses_plain on addresses (id) where line1 is not null;
