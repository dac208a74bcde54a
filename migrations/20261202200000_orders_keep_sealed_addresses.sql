-- What of an order nobody needs in the database is encrypted: companies, streets and telephone numbers of its
-- addresses, and the key of a guest's link, of which the hash is compared. Names, city, region, postal code and country
-- stay in the two addresses, for search, tax and reports. An order of an earlier program has all of it as plain text;
-- the program encrypts it when it starts (at_rest::encrypt).
alter table orders
    alter column access_key drop not null,
    add column access_hash bytea,
    -- keys::EncryptionKeys
    add column sealed_key bytea,
    add column sealed_addresses bytea,
    -- keyed hashes are longer: keys::EncryptionKeys::hash
    drop constraint orders_request_hash_check,
    add constraint orders_request_hash check (length(request_hash) in (32, 37)) not valid,
    add constraint orders_key check (access_key is not null or (access_hash is not null and sealed_key is not null)) not valid;

-- those that are to be encrypted: none, once it is done
create index orders_plain on orders (id)
    where access_key is not null or shipping_address ? 'line1' or billing_address ? 'line1';
