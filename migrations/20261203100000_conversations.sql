-- What shoppers and those who sell say to each other. The API calls a conversation a session.
create table conversations (
    id uuid primary key,
    number bigint generated always as identity constraint conversations_number_key unique,
    title text not null,
    -- whom the shopper talks with: the shop itself, or a vendor of it
    vendor_id uuid references vendors (id),
    -- what it is about: a product, an order, or nothing in particular (then a zero). It stays when that is deleted
    about_id uuid not null,
    product_id uuid references products (id) on delete set null,
    order_id uuid references orders (id) on delete set null,
    customer_id uuid not null references users (id) on delete cascade,
    -- open: somebody who sells is to answer; answered: the shopper is
    status text not null constraint conversations_status_check check (status in ('open', 'answered', 'snoozed', 'closed')),
    assignee_id uuid references users (id) on delete set null,
    snoozed_until timestamptz,
    -- of the newest message; counted while the row is locked, so that messages have one order and no gap
    last_seq int not null default 0,
    -- counts every change, edits and reading too, for those who follow it
    revision int not null default 0,
    created_at timestamptz not null,
    last_message_at timestamptz not null,
    -- since when a shopper's message has no answer
    waiting_since timestamptz,
    first_answered_at timestamptz,
    closed_at timestamptz,
    constraint conversations_about_check check (product_id is null or order_id is null),
    constraint conversations_closed_check check ((status = 'closed') = (closed_at is not null)),
    constraint conversations_snoozed_check check ((status = 'snoozed') = (snoozed_until is not null)),
    constraint conversations_waiting_check check (status <> 'closed' or waiting_since is null)
);
-- One that goes on, of a shopper with the same about the same thing.
create unique index conversations_open_key on conversations (
    customer_id,
    coalesce(vendor_id, '00000000-0000-0000-0000-000000000000'),
    about_id
) where status <> 'closed';
create index conversations_of_customer on conversations (customer_id, last_message_at desc, id desc);
create index conversations_of_vendor on conversations (vendor_id, last_message_at desc, id desc) where vendor_id is not null;
-- The inbox: those who wait the longest come first.
create index conversations_waiting on conversations (waiting_since, id) where waiting_since is not null;
create index conversations_recent on conversations (last_message_at desc, id desc);
create index conversations_assigned on conversations (assignee_id, last_message_at desc) where assignee_id is not null and status <> 'closed';
create index conversations_snoozed on conversations (snoozed_until) where status = 'snoozed';
create index conversations_about_product on conversations (product_id) where product_id is not null;
create index conversations_about_order on conversations (order_id) where order_id is not null;

-- What each person read, and what they do not want to see any more.
create table conversation_readers (
    conversation_id uuid not null references conversations (id) on delete cascade,
    user_id uuid not null references users (id) on delete cascade,
    read_seq int not null default 0,
    -- deleted for oneself: messages up to this one, and the conversation until there is a later one
    is_hidden boolean not null default false,
    hidden_seq int not null default 0,
    primary key (conversation_id, user_id)
);
create index conversation_readers_user on conversation_readers (user_id);

create table messages (
    id uuid primary key,
    conversation_id uuid not null references conversations (id) on delete cascade,
    seq int not null,
    side text not null constraint messages_side_check check (side in ('shopper', 'vendor', 'shop')),
    -- the account that wrote it, or the API key; nothing once it is gone
    author_id uuid,
    -- as the other side sees it
    author_name text not null,
    body text not null,
    -- drawn by the client, so that a message that is sent twice is one
    client_id text,
    created_at timestamptz not null,
    edited_at timestamptz,
    -- taken back by its author: the place stays, the words go
    retracted_at timestamptz,
    constraint messages_seq_key unique (conversation_id, seq),
    constraint messages_body_check check (length(body) <= 2000 and (body <> '' or retracted_at is not null)),
    constraint messages_retracted_check check (retracted_at is null or body = '')
);
create unique index messages_client_key on messages (conversation_id, author_id, client_id) where client_id is not null;
create index messages_author on messages (author_id) where author_id is not null;

-- The conversation in which a vendor was registered: one for each.
alter table vendors add column conversation_id uuid constraint vendors_conversation_key unique references conversations (id) on delete set null;

-- The sellers who take part: each once.
create table conversation_sellers (
    conversation_id uuid not null references conversations (id) on delete cascade,
    seller_id uuid not null references sellers (id) on delete cascade,
    joined_at timestamptz not null,
    primary key (conversation_id, seller_id)
);
create index conversation_sellers_seller on conversation_sellers (seller_id);
