-- Since when somebody works here: what staff were told before is not for them.
alter table users add column staff_since timestamptz;

update users set staff_since = created_at where role <> 'customer';

create function users_staff_since() returns trigger
language plpgsql as $$
begin
    if new.role = 'customer' then
        new.staff_since := null;
    elsif tg_op = 'INSERT' or old.role = 'customer' then
        new.staff_since := new.updated_at;
    end if;
    return new;
end
$$;

create trigger users_staff_since before insert or update of role on users
    for each row execute function users_staff_since();
