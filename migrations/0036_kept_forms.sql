-- Forms that came when the account they were made for was not signed in. Nothing that was typed can be read here: it is sealed
-- under a key that takes our secret and one that only the browser holds.
create table kept_forms (
    id         uuid primary key,
    -- the account that the form was made for, the only one that may open it
    user_id    uuid not null references users on delete cascade,
    -- the browser that sent it
    token_hash bytea not null check (length(token_hash) = 32),
    -- where it is shown again, and which form it is: hashed with the browser's secret
    page_hash  bytea not null check (length(page_hash) = 32),
    form_hash  bytea not null check (length(form_hash) = 32),
    sealed     bytea not null check (octet_length(sealed) <= 1049600),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    -- sent again, it replaces itself
    unique (user_id, token_hash, form_hash)
);
create index kept_forms_user on kept_forms (user_id, created_at desc);
create index kept_forms_token on kept_forms (token_hash);
create index kept_forms_expires on kept_forms (expires_at);
