-- Who an account is, as things stand now: nobody once it is deactivated.
create view identities as
    select u.id, u.email::text as email, trim(u.first_name || ' ' || u.last_name) as name, u.role,
           coalesce((
               select array_agg(distinct p)
               from user_roles ur
               join roles r on r.id = ur.role_id
               cross join unnest(r.permissions) p
               where ur.user_id = u.id
           ), '{}') as permissions
    from users u
    where u.is_active;
