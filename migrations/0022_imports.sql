-- Imports that were sent from the admin: done by a job, and told of afterwards. The file lies here in parts until it was read,
-- where every process can reach it.
create table imports (
    id            uuid primary key,
    file_name     text not null check (length(file_name) <= 200),
    options       jsonb not null,
    status        text not null default 'sending' check (status in ('sending', 'waiting', 'running', 'done', 'failed')),
    staff_id      uuid not null,
    staff_name    text not null,
    bytes         bigint not null default 0 check (bytes >= 0),
    bytes_read    bigint not null default 0,
    rows_read     bigint not null default 0,
    products_read bigint not null default 0,
    -- What was done, once it ended.
    report        jsonb,
    -- Why nothing could be done.
    problem       text,
    created_at    timestamptz not null,
    started_at    timestamptz,
    finished_at   timestamptz,
    check (status not in ('done', 'failed') or finished_at is not null),
    check (status <> 'done' or report is not null)
);
create index imports_list on imports (created_at desc, id desc);

create table import_parts (
    import_id uuid not null references imports on delete cascade,
    place     int not null,
    content   bytea not null,
    primary key (import_id, place)
);
