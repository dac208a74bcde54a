//! People for tests: `shop.customer("ada@example.org").await`, `shop.staff(&[Permission::CatalogWrite]).await`.

use super::TestShop;
use crate::accounts::staff::AccountKind;
use crate::accounts::{Identity, api_keys, hash_for_tests, identify};
use crate::actors::{ApiClient, Customer, Origin, Permission, Staff, System, Visitor};
use crate::id::{RoleId, UserId};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::OnceCell;

/// The password of everybody whom the builders make.
pub const PASSWORD: &str = "anvil teapot lantern";

impl TestShop {
    /// A customer with a verified address and [`PASSWORD`].
    pub async fn customer(&self, email: &str) -> Customer {
        self.person(email, AccountKind::Customer).await;
        self.identity(email).await.customer
    }

    /// A member of staff who may do these things and no others.
    pub async fn staff(&self, permissions: &[Permission]) -> Staff {
        let n = next();
        let email = format!("staff-{n}@example.org");
        let user = self.person(&email, AccountKind::Staff).await;
        let words: Vec<String> = permissions.iter().map(|p| p.word().to_owned()).collect();
        let role = RoleId::new();
        sqlx::query("insert into roles (id, name, permissions) values ($1, $2, $3)")
            .bind(role)
            .bind(format!("Test role {n}"))
            .bind(words)
            .execute(&self.db)
            .await
            .expect("makes a role");
        sqlx::query("insert into user_roles (user_id, role_id) values ($1, $2)")
            .bind(user)
            .bind(role)
            .execute(&self.db)
            .await
            .expect("gives the role");
        self.identity(&email).await.staff.expect("is staff")
    }

    /// Somebody who may do everything.
    pub async fn admin(&self) -> Staff {
        let email = format!("admin-{}@example.org", next());
        self.person(&email, AccountKind::Admin).await;
        self.identity(&email).await.staff.expect("is staff")
    }

    /// A machine whose key may do these things and no others.
    pub async fn machine(&self, scopes: &[Permission]) -> ApiClient {
        let input = api_keys::CreateApiKey {
            name: "Warehouse robot".into(),
            scopes: scopes.iter().map(|scope| scope.word().into()).collect(),
            ..Default::default()
        };
        let made = api_keys::create_at_terminal(self, System, input).await.expect("makes a key");
        api_keys::verify(self, made.secret.expose(), &Origin::default()).await.expect("is good")
    }

    /// A guest without a cart.
    pub fn guest(&self) -> Visitor {
        Visitor::default()
    }

    /// The customer, browsing.
    pub fn visitor_of(&self, customer: &Customer) -> Visitor {
        Visitor { customer: Some(customer.clone()), ..Visitor::default() }
    }

    /// Who an account is, as its next request will find it.
    pub async fn identity(&self, email: &str) -> Identity {
        let user: UserId = sqlx::query_scalar("select id from users where email = $1::text::citext")
            .bind(email)
            .fetch_one(&self.db)
            .await
            .expect("there is such an account");
        identify(self, user, None, &Origin::default()).await.expect("looks up").expect("is active")
    }

    async fn person(&self, email: &str, kind: AccountKind) -> UserId {
        static HASH: OnceCell<String> = OnceCell::const_new();
        let hash = HASH.get_or_init(|| hash_for_tests(PASSWORD)).await;
        let id = UserId::new();
        let first_name = email.split(['@', '.', '-']).next().unwrap_or_default();
        sqlx::query(
            "insert into users
                (id, email, password_hash, first_name, last_name, role, email_verified_at,
                 password_changed_at, created_at, updated_at)
             values ($1, $2::text::citext, $3, initcap($4), 'Tester', $5, $6, $6, $6, $6)",
        )
        .bind(id)
        .bind(email)
        .bind(hash)
        .bind(first_name)
        .bind(kind)
        .bind(self.clock.now())
        .execute(&self.db)
        .await
        .expect("makes an account");
        id
    }
}

/// A hash as an older version of the shop might have kept it.
pub fn weak_hash(password: &str) -> String {
    crate::accounts::weak_hash(password)
}

/// No two made people share an address.
fn next() -> u32 {
    static COUNT: AtomicU32 = AtomicU32::new(1);
    COUNT.fetch_add(1, Ordering::Relaxed)
}
