-- Extensions that come with PostgreSQL itself; all are "trusted", so the database's owner may create them.
create extension if not exists citext;
create extension if not exists pg_trgm;
create extension if not exists unaccent;

-- unaccent() is only "stable" because its dictionary could be replaced; ours is not, so it may stand in an index.
create function immutable_unaccent(text) returns text
    language sql immutable strict parallel safe
    return public.unaccent('public.unaccent'::regdictionary, $1);

-- Full text: English stems, accents ignored.
create text search configuration shop_english (copy = english);
alter text search configuration shop_english
    alter mapping for word, hword, hword_part with unaccent, english_stem;
alter text search configuration shop_english
    alter mapping for numword, numhword, hword_numpart with unaccent, simple;

-- What is searched for and what is searched is prepared alike: "8 mm" and "8mm" are one word, a slash parts two.
create function search_text(text) returns text
    language sql immutable strict parallel safe
    return regexp_replace(replace($1, '/', ' '), '(\d) (mm|cm|oz|kg|lb|ml)\M', '\1\2', 'gi');

create function search_vector(text) returns tsvector
    language sql immutable strict parallel safe
    return to_tsvector('public.shop_english'::regconfig, public.search_text($1));

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

create table settings (
    key         text primary key,
    value       jsonb not null,
    updated_at  timestamptz not null default now()
);

-- Who did what. Rows are sealed a moment later: a job links them into a hash chain, in the order in which it saw them,
-- so that no act has to queue behind another one's commit.
create table audit_logs (
    id          uuid primary key,
    actor_type  text not null check (actor_type in ('visitor', 'customer', 'staff', 'api_client', 'system')),
    actor_id    uuid,
    actor_name  text not null,
    action      text not null,
    entity_type text not null,
    entity_id   text not null,
    before      jsonb,
    after       jsonb,
    ip          text,
    request_id  text,
    created_at  timestamptz not null default now(),
    chain_no    bigint unique,
    hash        bytea check (hash is null or length(hash) = 32),
    check ((chain_no is null) = (hash is null))
);
create index audit_logs_created on audit_logs (created_at desc, id desc);
create index audit_logs_entity on audit_logs (entity_type, entity_id, created_at desc);
create index audit_logs_actor on audit_logs (actor_id, created_at desc);
create index audit_logs_unsealed on audit_logs (id) where chain_no is null;

create function audit_logs_only_seal() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.chain_no is null and new.chain_no is not null
        and to_jsonb(new) - 'chain_no' - 'hash' = to_jsonb(old) - 'chain_no' - 'hash' then
        return new;
    end if;
    raise exception 'audit_logs is append-only' using errcode = 'restrict_violation';
end $$;
create trigger audit_logs_append_only before update or delete on audit_logs
    for each row execute function audit_logs_only_seal();
create trigger audit_logs_never_emptied before truncate on audit_logs
    for each statement execute function refuse_change();

-- What of a row goes into its hash, in a form that does not change when columns are added. Anybody can recompute the
-- chain with it: hash = sha256(hash of the row before, or nothing || chain_no as 8 bytes || this text).
create function audit_content(a audit_logs) returns text language sql stable as $$
    select jsonb_build_array(a.id, a.actor_type, a.actor_id, a.actor_name, a.action, a.entity_type, a.entity_id,
        a.before, a.after, a.ip, a.request_id,
        to_char(a.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text
$$;

-- What happened, written in the transaction in which it happened; a worker hands it on.
create table outbox_events (
    id              uuid primary key,
    topic           text not null,
    payload         jsonb not null,
    status          text not null default 'pending' check (status in ('pending', 'sent', 'dead')),
    attempts        int not null default 0,
    next_attempt_at timestamptz default now(),
    last_error      text,
    occurred_at     timestamptz not null default now(),
    sent_at         timestamptz,
    check ((status = 'pending') = (next_attempt_at is not null)),
    check ((status = 'sent') = (sent_at is not null))
);
create index outbox_events_due on outbox_events (next_attempt_at, id) where status = 'pending';
