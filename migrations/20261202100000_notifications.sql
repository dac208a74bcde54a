-- What staff are told: one row for each happening, whoever may see it. Values, no sentences.
create table notifications (
    id          uuid primary key,
    -- decides who may see it: NotificationKind
    kind        text not null,
    entity_type text not null,
    entity_id   text not null,
    data        jsonb not null,
    -- of two with the same key the first one is kept
    once        text unique,
    at          timestamptz not null,
    -- With the id it says where in the log the row stands. Rows become readable in this order: readers wait until no
    -- transaction that began earlier is under way.
    xid         xid8 not null default pg_current_xact_id()
);
create index notifications_log on notifications (xid, id);
create index notifications_kind on notifications (kind, xid, id);
create index notifications_at on notifications (at);

-- Up to where somebody has read everything.
create table notification_readers (
    user_id    uuid primary key references users (id) on delete cascade,
    read_xid   xid8 not null,
    read_id    uuid not null,
    updated_at timestamptz not null
);

-- What somebody read after that.
create table notification_reads (
    user_id         uuid not null references users (id) on delete cascade,
    notification_id uuid not null references notifications (id) on delete cascade,
    primary key (user_id, notification_id)
);
create index notification_reads_notification on notification_reads (notification_id);

-- What somebody chose for a kind. Without a row it is as the kind begins.
create table notification_preferences (
    user_id    uuid not null references users (id) on delete cascade,
    kind       text not null,
    in_bell    boolean not null,
    mail       text not null check (mail in ('at_once', 'daily', 'never')),
    updated_at timestamptz not null,
    primary key (user_id, kind)
);

-- How far mail has got, in one row: whoever holds it makes the next mails.
create table notification_mailing (
    is_the_one  boolean primary key default true check (is_the_one),
    -- up to where those that are mailed at once are in mails
    at_once_xid xid8 not null default '0',
    at_once_id  uuid not null default '00000000-0000-0000-0000-000000000000',
    -- the same for the daily ones, and the day of the last time
    daily_xid   xid8 not null default '0',
    daily_id    uuid not null default '00000000-0000-0000-0000-000000000000',
    daily_on    date
);
insert into notification_mailing default values;

-- A mail to one person: of one kind at once, or of all kinds that come daily.
create table notification_mails (
    id         uuid primary key,
    user_id    uuid not null references users (id) on delete cascade,
    kind       text,
    -- how many there are of each kind: {"new_order": 7}
    counts     jsonb not null,
    created_at timestamptz not null
);
create index notification_mails_user on notification_mails (user_id);
create index notification_mails_created on notification_mails (created_at);

-- What is named in it, the newest of each kind. Nobody is mailed the same one twice.
create table notification_mail_items (
    user_id         uuid not null references users (id) on delete cascade,
    notification_id uuid not null references notifications (id) on delete cascade,
    mail_id         uuid not null references notification_mails (id) on delete cascade,
    primary key (user_id, notification_id)
);
create index notification_mail_items_mail on notification_mail_items (mail_id);
create index notification_mail_items_notification on notification_mail_items (notification_id);
