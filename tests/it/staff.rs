//! Staff, roles, and customers as staff see them.

use chrono::TimeDelta;
use shop::accounts::customers::{self, AccountState, CustomerFilter, CustomerSort};
use shop::accounts::roles::{self, RoleInput};
use shop::accounts::staff::invitations::{self, Join};
use shop::accounts::staff::{self, AccountKind, ChangeStaff, InviteStaff, MemberQuery, MemberSort, MemberState};
use shop::accounts::{Origin, Permission, SignIn, System, recovery, sign_in, sign_in_staff, tokens};
use shop::id::{LinkId, UserId};
use shop::testing::{self, PASSWORD, TestShop};
use shop::{Error, Paging, Result};

fn is_last_admin(answer: &Result<()>) -> bool {
    answer.as_ref().err().and_then(Error::conflict_code) == Some("last_admin")
}

fn new(email: &str, role: &str) -> InviteStaff {
    InviteStaff {
        email: email.into(),
        first_name: "Grace".into(),
        last_name: "Hopper".into(),
        role: role.into(),
        ..InviteStaff::default()
    }
}

fn change(role: &str, roles: &[&str], is_active: bool) -> ChangeStaff {
    ChangeStaff {
        role: role.into(),
        roles: roles.iter().map(|r| (*r).into()).collect(),
        is_active: is_active.to_string().into(),
    }
}

fn everybody() -> MemberQuery {
    let paging = Paging::new(1, 50);
    MemberQuery { search: String::new(), state: None, role: None, sort: MemberSort::default(), paging }
}

async fn active_admins(shop: &TestShop) -> i64 {
    let sql = "select count(*) from users where role = 'admin' and is_active";
    sqlx::query_scalar(sql).fetch_one(&shop.db).await.unwrap()
}

#[tokio::test]
async fn the_terminal_makes_the_first_admin() {
    testing::shop(async |shop| {
        let input = InviteStaff { password: PASSWORD.into(), ..new("grace@example.org", "admin") };
        let grace = staff::create_at_terminal(shop, System, input.clone()).await.unwrap();
        assert!(shop.identity("grace@example.org").await.staff.unwrap().is_admin());
        let again = staff::create_at_terminal(shop, System, input).await;
        assert!(matches!(again, Err(Error::Invalid(_))));
        let who: String =
            sqlx::query_scalar("select actor_type from audit_logs where action = 'staff.create' and entity_id = $1")
                .bind(grace.to_string())
                .fetch_one(&shop.db)
                .await
                .unwrap();
        assert_eq!(who, "system");
        let Err(Error::Invalid(faults)) = staff::create_at_terminal(shop, System, new("x", "customer")).await else {
            panic!()
        };
        assert_eq!(faults.0.iter().map(|fault| fault.field.as_ref()).collect::<Vec<_>>(), ["role", "email"]);
    })
    .await;
}

#[tokio::test]
async fn an_invited_member_sets_the_password_by_a_link() {
    testing::shop(async |shop| {
        let admin = shop.admin().await;
        let input =
            InviteStaff { roles: vec!["support".into(), "Catalogue".into()], ..new("grace@example.org", "staff") };
        let grace = staff::create(shop, &admin, input).await.unwrap();
        let member = staff::get(shop, &admin, grace).await.unwrap();
        assert_eq!(member.roles.iter().map(|role| role.name.as_str()).collect::<Vec<_>>(), ["Catalogue", "Support"]);
        let jobs: i64 = sqlx::query_scalar(
            "select count(*) from graphile_worker._private_jobs where payload->>'job' = 'send_staff_invitation'",
        )
        .fetch_one(&shop.db)
        .await
        .unwrap();
        assert_eq!(jobs, 1);
        let identity = shop.identity("grace@example.org").await.staff.unwrap();
        assert!(identity.can(Permission::OrdersRefund) && !identity.can(Permission::StaffWrite));
        assert_eq!(staff::list(shop, &admin, &everybody()).await.unwrap().total, 2);
    })
    .await;
}

#[tokio::test]
async fn the_last_admin_stays() {
    testing::shop(async |shop| {
        let admin = shop.admin().await;
        for change in [change("staff", &[], true), change("customer", &[], true), change("admin", &[], false)] {
            assert!(is_last_admin(&staff::edit(shop, &admin, admin.id(), change).await));
        }
        assert_eq!(active_admins(shop).await, 1);
    })
    .await;
}

/// Without the lock on all admins both go: checked.
#[tokio::test]
async fn of_two_admins_who_demote_each_other_one_stays() {
    testing::shop(async |shop| {
        for _ in 0..5 {
            let (a, b) = (shop.admin().await, shop.admin().await);
            sqlx::query("update users set role = 'staff' where id not in ($1, $2)")
                .bind(a.id())
                .bind(b.id())
                .execute(&shop.db)
                .await
                .unwrap();
            let (one, other) = tokio::join!(
                staff::edit(shop, &a, b.id(), change("staff", &[], true)),
                staff::edit(shop, &b, a.id(), change("staff", &[], true)),
            );
            assert_eq!(active_admins(shop).await, 1, "{one:?} {other:?}");
            assert!(is_last_admin(&one) || is_last_admin(&other));
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_gives_what_they_do_not_have() {
    testing::shop(async |shop| {
        let admin = shop.admin().await;
        let keeper = shop.staff(&[Permission::StaffWrite, Permission::CatalogRead]).await;
        let clerk = shop.staff(&[Permission::CatalogRead]).await;
        let forbidden = |answer: Result<()>| assert!(matches!(answer, Err(Error::Forbidden)), "{answer:?}");
        forbidden(staff::edit(shop, &clerk, keeper.id(), change("staff", &[], true)).await);
        forbidden(staff::edit(shop, &keeper, keeper.id(), change("admin", &[], true)).await);
        forbidden(staff::edit(shop, &keeper, admin.id(), change("customer", &[], true)).await);
        forbidden(staff::edit(shop, &keeper, keeper.id(), change("staff", &["Manager"], true)).await);
        forbidden(staff::create(shop, &keeper, new("x@example.org", "admin")).await.map(drop));
        let role = |permissions: &[&str]| RoleInput {
            name: "Night shift".into(),
            permissions: permissions.iter().map(|p| (*p).into()).collect(),
            ..RoleInput::default()
        };
        forbidden(roles::create(shop, &keeper, role(&["settings:write"])).await.map(drop));
        let made = roles::create(shop, &keeper, role(&["catalog:read"])).await.unwrap();
        forbidden(roles::edit(shop, &keeper, made.id, role(&["catalog:read", "orders:refund"])).await);
        roles::edit(shop, &admin, made.id, role(&["catalog:read", "orders:refund"])).await.unwrap();
        forbidden(roles::edit(shop, &keeper, made.id, role(&[])).await);
        staff::edit(shop, &keeper, clerk.id(), change("staff", &[], true)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn roles_are_data_that_counts_at_once() {
    testing::shop(async |shop| {
        let admin = shop.admin().await;
        let clerk = shop.staff(&[]).await;
        let unknown = RoleInput { name: "".into(), permissions: vec!["catalog:eat".into()], ..RoleInput::default() };
        let Err(Error::Invalid(faults)) = roles::create(shop, &admin, unknown).await else { panic!() };
        assert_eq!(faults.0.iter().map(|fault| fault.field.as_ref()).collect::<Vec<_>>(), ["name", "permissions[0]"]);
        let input =
            RoleInput { name: "Night shift".into(), permissions: vec!["orders:read".into()], ..RoleInput::default() };
        let role = roles::create(shop, &admin, input.clone()).await.unwrap();
        assert!(matches!(roles::create(shop, &admin, input).await, Err(Error::Invalid(_))), "the name is taken");
        staff::edit(shop, &admin, clerk.id(), change("staff", &["night shift"], true)).await.unwrap();
        assert!(shop.identity(clerk.email()).await.staff.unwrap().can(Permission::OrdersRead));
        assert_eq!(roles::get(shop, &admin, role.id).await.unwrap().members, 1);
        let used = roles::delete(shop, &admin, role.id, None).await;
        assert_eq!(used.unwrap_err().conflict_code(), Some("role_in_use"));
        staff::edit(shop, &admin, clerk.id(), change("customer", &["night shift"], true)).await.unwrap();
        assert!(shop.identity(clerk.email()).await.staff.is_none());
        roles::delete(shop, &admin, role.id, None).await.unwrap();
        assert!(matches!(roles::get(shop, &admin, role.id).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn customers_are_found_sorted_and_closed() {
    testing::shop(async |shop| {
        let clerk = shop.staff(&[Permission::CustomersRead, Permission::CustomersWrite]).await;
        for email in ["zoe@example.org", "émile@exämple.org", "ada@example.org", "ada_b@example.org"] {
            shop.clock.advance(chrono::TimeDelta::seconds(1));
            shop.customer(email).await;
        }
        let emails = async |filter: CustomerFilter| {
            let page = customers::list(shop, &clerk, &filter).await.unwrap();
            (page.total, page.items.into_iter().map(|c| c.email).collect::<Vec<_>>())
        };
        let all = CustomerFilter::default;
        assert_eq!(
            emails(CustomerFilter { paging: Paging::new(1, 2), ..all() }).await.1,
            ["ada_b@example.org", "ada@example.org"]
        );
        assert_eq!(
            emails(CustomerFilter { paging: Paging::new(4, 1), ..all() }).await,
            (4, vec!["zoe@example.org".into()])
        );
        let by_email = CustomerFilter { sort: CustomerSort::EmailDown, search: Some("EXAMPLE tester".into()), ..all() };
        assert_eq!(emails(by_email).await.0, 4);
        assert_eq!(emails(CustomerFilter { search: Some("Emile".into()), ..all() }).await.0, 1);
        assert_eq!(emails(CustomerFilter { search: Some("a_b".into()), ..all() }).await.1, ["ada_b@example.org"]);
        for sort in CustomerSort::ALL {
            assert_eq!(emails(CustomerFilter { sort, ..all() }).await.0, 4);
        }
        let staff_too = CustomerFilter { account_kind: None, ..all() };
        assert!(matches!(customers::list(shop, &clerk, &staff_too).await, Err(Error::Forbidden)));

        let zoe = shop.identity("zoe@example.org").await.customer;
        customers::set_active(shop, &clerk, zoe.id(), false).await.unwrap();
        let input = SignIn { email: "zoe@example.org".into(), password: PASSWORD.into() };
        assert!(sign_in(shop, &shop.guest(), input.clone()).await.is_err());
        let closed = CustomerFilter { status: Some(AccountState::Inactive), ..all() };
        assert_eq!(emails(closed).await.1, ["zoe@example.org"]);
        customers::set_active(shop, &clerk, zoe.id(), true).await.unwrap();
        sign_in(shop, &shop.guest(), input).await.unwrap();

        let detail = customers::get(shop, &clerk, zoe.id()).await.unwrap();
        assert_eq!((detail.summary.orders, detail.summary.spent.minor), (0, 0));
        assert!(matches!(customers::get(shop, &clerk, UserId::new()).await, Err(Error::NotFound)));
        assert!(matches!(customers::set_active(shop, &clerk, clerk.id(), false).await, Err(Error::NotFound)));
        assert_eq!(AccountKind::parse("admin"), Some(AccountKind::Admin));
    })
    .await;
}

/// Fails without the reason in the audit row, and without `may` in what belongs to a customer.
#[tokio::test]
async fn an_account_is_closed_with_a_reason() {
    testing::shop(async |shop| {
        let clerk = shop.staff(&[Permission::CustomersRead, Permission::CustomersWrite]).await;
        let zoe = shop.customer("zoe@example.org").await;
        let close =
            async |reason: &str| customers::set_active_because(shop, &clerk, zoe.id(), false, &reason.into()).await;
        for bad in ["", "  ", &"x".repeat(501)] {
            assert!(matches!(close(bad).await, Err(Error::Invalid(faults)) if faults.0[0].field == "reason"), "{bad}");
        }
        assert_eq!(customers::closing(shop, &clerk, zoe.id()).await.unwrap(), None);
        close(" Asked for it by telephone ").await.unwrap();
        let closing = customers::closing(shop, &clerk, zoe.id()).await.unwrap().unwrap();
        assert_eq!((closing.reason.as_deref(), closing.by.as_str()), (Some("Asked for it by telephone"), clerk.name()));
        customers::set_active_because(shop, &clerk, zoe.id(), true, &"".into()).await.unwrap();
        assert!(customers::get(shop, &clerk, zoe.id()).await.unwrap().summary.is_active);
        let other = shop.staff(&[Permission::OrdersRead, Permission::CustomersWrite]).await;
        assert!(matches!(customers::closing(shop, &other, zoe.id()).await, Err(Error::Forbidden)));
        assert!(matches!(customers::devices(shop, &other, zoe.id()).await, Err(Error::Forbidden)));
        assert!(matches!(customers::open_cart(shop, &other, zoe.id()).await, Err(Error::Forbidden)));
        assert!(matches!(
            shop::orders::list_of_user(shop, &clerk, zoe.id(), shop::Paging::new(1, 9)).await,
            Err(Error::Forbidden)
        ));
    })
    .await;
}

fn join(token: &str, password: &str) -> Join {
    Join { token: token.into(), password: password.into() }
}

/// The secret in the link of the last mail, after the jobs that wait were done.
async fn invited(shop: &TestShop) -> String {
    shop::worker::run_pending(shop).await.unwrap();
    let mail = shop.mailer.kept().pop().expect("a mail was sent");
    let (_, rest) = mail.text.split_once("/admin/join?token=").expect("with a link");
    rest.chars().take_while(char::is_ascii_hexdigit).collect()
}

fn gone<T: std::fmt::Debug>(answer: &Result<T>) -> bool {
    matches!(answer, Err(Error::Gone(_)))
}

#[tokio::test]
async fn whoever_is_invited_chooses_a_password() {
    testing::shop(async |shop| {
        let admin = shop.admin().await;
        let input = InviteStaff { roles: vec!["Support".into()], ..new("grace@example.org", "staff") };
        let typed = InviteStaff { password: PASSWORD.into(), ..input.clone() };
        let Err(Error::Invalid(faults)) = staff::create(shop, &admin, typed).await else { panic!("typed for another") };
        assert_eq!(faults.0[0].field, "password");
        let grace = staff::create(shop, &admin, input).await.unwrap();
        let state = async || staff::get(shop, &admin, grace).await.unwrap().state;
        assert_eq!(state().await, MemberState::Invited);
        let first = invited(shop).await;
        assert_eq!(invitations::check(shop, &first).await.unwrap(), "grace@example.org");
        assert!(matches!(
            invitations::join(shop, &shop.guest(), join(&first, "12345678")).await,
            Err(Error::Invalid(_))
        ));
        // no link of another kind opens it: else the end of an invitation would mean nothing
        recovery::send_reset(shop, LinkId::new(), "grace@example.org").await.unwrap();
        assert_eq!(shop.mailer.kept().len(), 1, "no mail to set a password anew");

        shop.clock.advance(TimeDelta::days(7));
        assert_eq!(state().await, MemberState::Expired);
        assert!(gone(&invitations::join(shop, &shop.guest(), join(&first, PASSWORD)).await));
        invitations::send_again(shop, &admin, grace).await.unwrap();
        assert_eq!(state().await, MemberState::Invited);
        let second = invited(shop).await;
        let joined = invitations::join(shop, &shop.guest(), join(&second, PASSWORD)).await.unwrap();
        assert_eq!((joined.user, state().await), (grace, MemberState::Active));
        assert!(gone(&invitations::join(shop, &shop.guest(), join(&second, "another good one")).await), "once");
        let input = SignIn { email: "grace@example.org".into(), password: PASSWORD.into() };
        assert!(sign_in_staff(shop, &shop.guest(), input).await.unwrap().is_staff);
        let again = invitations::send_again(shop, &admin, grace).await;
        assert_eq!(again.unwrap_err().conflict_code(), Some("not_invited"));
    })
    .await;
}

#[tokio::test]
async fn a_withdrawn_invitation_takes_the_account_with_it() {
    testing::shop(async |shop| {
        let admin = shop.admin().await;
        let grace = staff::create(shop, &admin, new("grace@example.org", "admin")).await.unwrap();
        let token = invited(shop).await;
        // nobody who was only invited is the admin that has to be left
        assert!(is_last_admin(&staff::edit(shop, &admin, admin.id(), change("staff", &[], true)).await));
        let keeper = shop.staff(&[Permission::StaffWrite]).await;
        assert!(matches!(invitations::withdraw(shop, &keeper, grace).await, Err(Error::Forbidden)), "an admin's");
        invitations::withdraw(shop, &admin, grace).await.unwrap();
        assert!(gone(&invitations::join(shop, &shop.guest(), join(&token, PASSWORD)).await));
        assert!(matches!(staff::get(shop, &admin, grace).await, Err(Error::NotFound)));
        staff::create(shop, &admin, new("grace@example.org", "staff")).await.unwrap();
        let joined = invitations::withdraw(shop, &admin, admin.id()).await;
        assert_eq!(joined.unwrap_err().conflict_code(), Some("not_invited"));
    })
    .await;
}

#[tokio::test]
async fn staff_are_found_sorted_and_signed_out() {
    testing::shop(async |shop| {
        let admin = shop.admin().await;
        let reader = shop.staff(&[Permission::StaffRead]).await;
        let clerk = shop.staff(&[Permission::CatalogRead]).await;
        shop.customer("ada@example.org").await;
        let grace = staff::create(shop, &admin, new("grace@example.org", "staff")).await.unwrap();
        let found = async |query: MemberQuery| {
            let page = staff::list(shop, &reader, &query).await.unwrap();
            (page.total, page.items.into_iter().map(|member| member.id).collect::<Vec<_>>())
        };
        assert_eq!(found(everybody()).await.0, 4, "no customers");
        assert_eq!(found(MemberQuery { search: "HOPPER gra".into(), ..everybody() }).await.1, [grace]);
        assert_eq!(found(MemberQuery { search: "%".into(), ..everybody() }).await.0, 0);
        assert_eq!(found(MemberQuery { state: Some(MemberState::Invited), ..everybody() }).await.1, [grace]);
        let role = roles::list(shop, &reader).await.unwrap().into_iter().find(|r| r.name == "Support").unwrap().id;
        assert_eq!(found(MemberQuery { role: Some(role), ..everybody() }).await.0, 0);
        for word in ["name:asc", "name:desc", "seen:asc", "seen:desc", "created:asc", "created:desc"] {
            let sort = MemberSort::parse(word).unwrap();
            let paging = Paging::new(2, 3);
            assert_eq!(found(MemberQuery { sort, paging, ..everybody() }).await.1.len(), 1, "{word}");
        }
        assert!(matches!(staff::list(shop, &clerk, &everybody()).await, Err(Error::Forbidden)));

        let input = SignIn { email: clerk.email().into(), password: PASSWORD.into() };
        let app = tokens::sign_in(shop, &shop.guest(), input, &"till".into()).await.unwrap();
        let devices = staff::devices(shop, &reader, clerk.id()).await.unwrap();
        assert_eq!(devices.iter().map(|d| d.device.to_string()).collect::<Vec<_>>(), ["till"]);
        assert!(matches!(staff::sign_out(shop, &reader, clerk.id()).await, Err(Error::Forbidden)));
        assert_eq!(staff::sign_out(shop, &admin, clerk.id()).await.unwrap(), 1);
        let in_still = tokens::authenticate(shop, &app.tokens.access_token, &Origin::default()).await;
        assert!(matches!(in_still, Err(Error::Unauthenticated)), "at once");
    })
    .await;
}

/// Fails without `may_change` (the keeper closes whoever can do more) and without `locked` in `replace`: checked
/// together.
#[tokio::test]
async fn nobody_reaches_above_themselves() {
    testing::shop(async |shop| {
        let (admin, senior) = (shop.admin().await, shop.staff(&[Permission::OrdersRefund]).await);
        let keeper = shop.staff(&[Permission::StaffWrite, Permission::StaffRead, Permission::CatalogRead]).await;
        let forbidden = |answer: Result<()>| assert!(matches!(answer, Err(Error::Forbidden)), "{answer:?}");
        for above in [admin.id(), senior.id()] {
            forbidden(staff::edit(shop, &keeper, above, change("staff", &[], false)).await);
            forbidden(staff::sign_out(shop, &keeper, above).await.map(drop));
            forbidden(invitations::send_again(shop, &keeper, above).await);
        }
        let role = |name: &str, permission: &str| RoleInput {
            name: name.into(),
            permissions: vec![permission.into()],
            ..RoleInput::default()
        };
        let low = roles::create(shop, &admin, role("Low", "catalog:read")).await.unwrap();
        let high = roles::create(shop, &admin, role("High", "orders:refund")).await.unwrap();
        staff::edit(shop, &admin, keeper.id(), change("staff", &["Low"], true)).await.unwrap();
        let keeper = shop.staff(&[Permission::StaffWrite, Permission::StaffRead, Permission::CatalogRead]).await;
        // moving those who have a role into a better one is giving it
        forbidden(roles::delete(shop, &keeper, low.id, Some(high.id)).await);
        forbidden(roles::delete(shop, &keeper, high.id, None).await);
    })
    .await;
}

#[tokio::test]
async fn a_role_in_use_is_deleted_when_another_takes_its_place() {
    testing::shop(async |shop| {
        let admin = shop.admin().await;
        let role = |name: &str| RoleInput {
            name: name.into(),
            permissions: vec!["orders:read".into()],
            ..RoleInput::default()
        };
        let (day, night) = (
            roles::create(shop, &admin, role("Day")).await.unwrap().id,
            roles::create(shop, &admin, role("Night")).await.unwrap().id,
        );
        let (one, both) = (shop.staff(&[]).await, shop.staff(&[]).await);
        staff::edit(shop, &admin, one.id(), change("staff", &["Night"], true)).await.unwrap();
        staff::edit(shop, &admin, both.id(), change("staff", &["Night", "Day"], true)).await.unwrap();
        assert_eq!(roles::delete(shop, &admin, night, None).await.unwrap_err().conflict_code(), Some("role_in_use"));
        assert_eq!(
            roles::delete(shop, &admin, night, Some(night)).await.unwrap_err().conflict_code(),
            Some("role_in_use")
        );
        roles::delete(shop, &admin, night, Some(day)).await.unwrap();
        for who in [one.id(), both.id()] {
            let member = staff::get(shop, &admin, who).await.unwrap();
            assert_eq!(member.roles.iter().map(|role| role.name.as_str()).collect::<Vec<_>>(), ["Day"]);
        }
    })
    .await;
}
