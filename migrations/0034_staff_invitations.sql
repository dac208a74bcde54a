-- Somebody who was invited and has not chosen a password yet; since when.
alter table users add column invited_at timestamptz;
alter table user_tokens
    drop constraint user_tokens_purpose_check,
    add constraint user_tokens_purpose_check check (purpose in ('reset_password', 'verify_email', 'join_staff'));

-- Seeing staff and roles is a permission of its own now; who may change them may see them.
update roles set permissions = permissions || '{staff:read}'::text[]
    where 'staff:write' = any (permissions) and not 'staff:read' = any (permissions);
