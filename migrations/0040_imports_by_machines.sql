-- Imports are sent by machines, too: `staff_id` and `staff_name` are then those of the key. A client that got no answer sends
-- the same file again under its key, and it is one import: `digest` tells whether it is the same.
alter table imports
    add column actor_type text not null default 'staff' check (actor_type in ('staff', 'api_client')),
    add column once_key bytea,
    add column digest bytea,
    add constraint imports_digest_of_key check (once_key is null or digest is not null);
create unique index imports_once on imports (staff_id, once_key) where once_key is not null;
