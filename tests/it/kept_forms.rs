//! Forms that came when the account they were made for was not signed in.

use chrono::TimeDelta;
use shop::accounts::{self, Customer, SignIn, SignedIn, TokenKeys};
use shop::kept_forms::{self, KEPT_FOR, KeptForm, MadeFor};
use shop::testing::{PASSWORD, TOKEN_SECRET, TestShop, shop};
use shop::{Shop, secret_token};

fn form(page: &str, action: &str, typed: &str) -> KeptForm {
    KeptForm {
        page: page.into(),
        action: action.into(),
        values: vec![("description".into(), typed.into())],
        ..KeptForm::default()
    }
}

fn made_for(shop: &Shop, customer: &Customer) -> MadeFor {
    MadeFor::read(shop, &MadeFor::mark(shop, customer).unwrap()).unwrap()
}

async fn sign_in(shop: &TestShop, customer: &Customer) -> SignedIn {
    let input = SignIn { email: customer.email().into(), password: PASSWORD.into() };
    accounts::sign_in(shop, &shop.guest(), input).await.unwrap()
}

/// What the form at a page holds, opened and forgotten.
async fn take(shop: &Shop, customer: &Customer, secret: &str, page: &str) -> Option<String> {
    let (id, form) = kept_forms::at_page(shop, customer, secret, page).await.unwrap()?;
    kept_forms::forget(shop, customer, secret, id).await.unwrap();
    Some(form.values[0].1.clone())
}

async fn rows(shop: &Shop) -> i64 {
    sqlx::query_scalar("select count(*) from kept_forms").fetch_one(&shop.db).await.unwrap()
}

/// Fails when `read` does not compare the digest.
#[tokio::test]
async fn only_our_marks_are_believed() {
    shop(async |shop| {
        let (ada, grace) = (shop.customer("ada@example.org").await, shop.customer("grace@example.org").await);
        let mark = MadeFor::mark(shop, &ada).unwrap();
        let read = MadeFor::read(shop, &mark).unwrap();
        assert!(read.is(&shop.visitor_of(&ada)));
        assert!(!read.is(&shop.visitor_of(&grace)) && !read.is(&shop.guest()));
        let (_, digest) = mark.split_once('-').unwrap();
        let forged = format!("{}-{digest}", grace.id().0.simple());
        for bad in ["", "-", "x", &forged, &mark[..mark.len() - 1], &mark.replace('-', "")] {
            assert_eq!(MadeFor::read(shop, bad), None, "{bad}");
        }
        // by another secret it is not ours; by one that is on its way out it still is
        let mut other = Shop::clone(shop);
        other.token_keys = TokenKeys::new(["a secret of some other shop, long enough".into()]).unwrap();
        assert_eq!(MadeFor::read(&other, &mark), None);
        other.token_keys =
            TokenKeys::new(["the next secret of this shop, long enough".into(), TOKEN_SECRET.into()]).unwrap();
        assert_eq!(MadeFor::read(&other, &mark), Some(read));
    })
    .await;
}

/// Fails when neither the query nor the key of the seal asks for the account; the same for the secret.
#[tokio::test]
async fn a_form_is_opened_once_by_its_owner_in_its_browser() {
    shop(async |shop| {
        let (ada, grace) = (shop.customer("ada@example.org").await, shop.customer("grace@example.org").await);
        let (here, elsewhere) = (secret_token(), secret_token());
        let kept = form("/account/profile", "/do/save", "a long story");
        assert!(kept_forms::keep(shop, made_for(shop, &ada), &here, &kept).await.unwrap());

        assert_eq!(take(shop, &grace, &here, "/account/profile").await, None);
        assert_eq!(take(shop, &ada, &elsewhere, "/account/profile").await, None);
        assert_eq!(take(shop, &ada, &here, "/account").await, None);
        assert_eq!(take(shop, &ada, &here, "/account/profile").await.as_deref(), Some("a long story"));
        assert_eq!(take(shop, &ada, &here, "/account/profile").await, None);
        assert_eq!(rows(shop).await, 0);
    })
    .await;
}

/// Fails when a form is kept as it is, under a key without the browser's secret, or without ours.
#[tokio::test]
async fn nothing_that_was_typed_can_be_read_in_the_database() {
    shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        let secret = secret_token();
        let kept = form("/account/addresses/new?from=checkout", "/do/save", "Rosebud Cottage");
        kept_forms::keep(shop, made_for(shop, &ada), &secret, &kept).await.unwrap();
        let row: String = sqlx::query_scalar("select k::text || encode(sealed, 'escape') from kept_forms k")
            .fetch_one(&shop.db)
            .await
            .unwrap();
        for word in ["Rosebud", "description", "addresses", "/do/save", &secret] {
            assert!(!row.contains(word) && !row.contains(&hex::encode(word)), "{word}: {row}");
        }
        // a row that is found is not opened by another browser's secret, nor by another shop's
        let other = secret_token();
        let moved = "update kept_forms set token_hash = $1, page_hash = $2";
        let hash = |text: String| shop::token_hash(&text).to_vec();
        sqlx::query(moved)
            .bind(hash(other.clone()))
            .bind(hash(format!("{other} {}", kept.page)))
            .execute(&shop.db)
            .await
            .unwrap();
        assert_eq!(take(shop, &ada, &other, &kept.page).await, None);
        sqlx::query(moved)
            .bind(hash(secret.clone()))
            .bind(hash(format!("{secret} {}", kept.page)))
            .execute(&shop.db)
            .await
            .unwrap();
        let mut stolen = Shop::clone(shop);
        stolen.token_keys = TokenKeys::new(["a secret of some other shop, long enough".into()]).unwrap();
        assert_eq!(take(&stolen, &ada, &secret, &kept.page).await, None);
        // while our secret is rotated, it opens
        stolen.token_keys =
            TokenKeys::new(["the next secret of this shop, long enough".into(), TOKEN_SECRET.into()]).unwrap();
        assert!(take(&stolen, &ada, &secret, &kept.page).await.is_some());
    })
    .await;
}

/// Fails when `at_page` and `page_after` do not look at the time, or `sweep` leaves it.
#[tokio::test]
async fn after_an_hour_it_is_gone() {
    shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        let secret = secret_token();
        kept_forms::keep(shop, made_for(shop, &ada), &secret, &form("/checkout", "/do/place", "x")).await.unwrap();
        shop.clock.advance(KEPT_FOR - TimeDelta::seconds(1));
        assert_eq!(kept_forms::sweep(shop).await.unwrap(), 0);
        let who = sign_in(shop, &ada).await;
        let page = kept_forms::page_after(shop, &who, &secret, "").await.unwrap();
        assert_eq!(page.as_deref(), Some("/checkout"));
        shop.clock.advance(TimeDelta::seconds(1));
        assert_eq!(kept_forms::page_after(shop, &who, &secret, "").await.unwrap(), None);
        assert_eq!(take(shop, &ada, &secret, "/checkout").await, None);
        assert_eq!(kept_forms::sweep(shop).await.unwrap(), 1);
        assert_eq!(rows(shop).await, 0);
    })
    .await;
}

#[tokio::test]
async fn several_forms_are_found_each_at_its_page() {
    shop(async |shop| {
        let (ada, grace) = (shop.customer("ada@example.org").await, shop.customer("grace@example.org").await);
        let secret = secret_token();
        for (page, action, typed) in [
            ("/a", "/do/one", "first"),
            ("/b", "/do/one", "other page"),
            ("/a", "/do/two", "other form"),
            ("/a", "/do/one", "again"),
        ] {
            shop.clock.advance(TimeDelta::seconds(1));
            assert!(kept_forms::keep(shop, made_for(shop, &ada), &secret, &form(page, action, typed)).await.unwrap());
        }
        assert_eq!(rows(shop).await, 3, "one that is sent again replaces itself");
        let (ada_in, grace_in) = (sign_in(shop, &ada).await, sign_in(shop, &grace).await);
        let page =
            async |who: &SignedIn, wanted: &str| kept_forms::page_after(shop, who, &secret, wanted).await.unwrap();
        assert_eq!(page(&grace_in, "/b").await, None);
        assert_eq!(page(&ada_in, "/b").await.as_deref(), Some("/b"));
        assert_eq!(page(&ada_in, "/somewhere").await.as_deref(), Some("/a"), "the last one");
        assert_eq!(take(shop, &ada, &secret, "/a").await.as_deref(), Some("again"));
        assert_eq!(take(shop, &ada, &secret, "/a").await.as_deref(), Some("other form"));
        assert_eq!(take(shop, &ada, &secret, "/b").await.as_deref(), Some("other page"));
    })
    .await;
}

/// Fails without the bounds in `keep`.
#[tokio::test]
async fn what_can_be_kept_is_bounded() {
    shop(async |shop| {
        let (ada, staff) = (shop.customer("ada@example.org").await, shop.admin().await);
        let staff = shop.identity(staff.email()).await.customer;
        let secret = secret_token();
        let keep = async |who: &Customer, page: &str, size: usize| {
            let kept = form(page, "/do/save", &"x".repeat(size));
            kept_forms::keep(shop, made_for(shop, who), &secret, &kept).await.unwrap()
        };
        assert!(keep(&ada, "/a", 60 << 10).await);
        assert!(!keep(&ada, "/a", 64 << 10).await, "more than a customer's form");
        assert!(keep(&staff, "/admin", (1 << 20) - 500).await);
        assert!(!keep(&staff, "/admin", 1 << 20).await, "more than any form");

        for n in 0..15 {
            shop.clock.advance(TimeDelta::seconds(1));
            assert!(keep(&ada, &format!("/{n}"), 10).await);
        }
        let of_ada = "select count(*) from kept_forms where user_id = $1";
        let left: i64 = sqlx::query_scalar(of_ada).bind(ada.id()).fetch_one(&shop.db).await.unwrap();
        assert_eq!(left, 10);
        assert!(take(shop, &ada, &secret, "/14").await.is_some());
        assert!(take(shop, &ada, &secret, "/4").await.is_none(), "the oldest go");

        // customers together fill their share, and staff keep theirs
        sqlx::query(
            "insert into kept_forms
             select gen_random_uuid(), $1, sha256(n::text::bytea), sha256('p'), sha256(n::text::bytea), 'x', $2, $2
             from generate_series(1, 2000) n",
        )
        .bind(shop.customer("eve@example.org").await.id())
        .bind(shop.clock.now())
        .execute(&shop.db)
        .await
        .unwrap();
        assert!(!keep(&ada, "/full", 10).await);
        assert!(keep(&staff, "/admin/products/new", 10).await);
    })
    .await;
}

/// Fails when `keep` does not ask whether the account is open.
#[tokio::test]
async fn nothing_is_kept_for_an_account_that_was_closed() {
    shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        let mark = made_for(shop, &ada);
        sqlx::query("update users set is_active = false").execute(&shop.db).await.unwrap();
        assert!(!kept_forms::keep(shop, mark, &secret_token(), &form("/a", "/b", "c")).await.unwrap());
        assert_eq!(rows(shop).await, 0);
    })
    .await;
}
