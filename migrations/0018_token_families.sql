-- A family of refresh tokens is one sign-in of an app; each use of a token replaces it by the next. Whose successor it is
-- need not be written down, for a family has one branch: one token that is good, the others are replaced or revoked.
alter table refresh_tokens
    drop column replaced_by,
    add column signed_in_at timestamptz;
update refresh_tokens t
    set signed_in_at = (select min(first.created_at) from refresh_tokens first where first.family = t.family);
alter table refresh_tokens alter column signed_in_at set not null;

create unique index refresh_tokens_one_branch on refresh_tokens (family)
    where replaced_at is null and revoked_at is null;
create index refresh_tokens_expires on refresh_tokens (expires_at);
