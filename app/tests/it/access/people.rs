//! Who asks, and what is asked for.

use super::table::{API, FORMS, PAGES, ROUTES, Who};
use crate::support::desk::signed_in_as;
use crate::support::{Browser, TestApp};
use shop::accounts::{Permission, SignIn, System, api_keys, tokens};
use shop::input::Raw;
use shop::testing::PASSWORD;
use shop::webhooks::{self, EndpointInput};

/// Somebody with a browser, and with a token for the API.
pub struct Person {
    pub name: String,
    pub browser: Browser,
    pub token: Option<String>,
    /// Of a machine that may do the same; only of those who have a role.
    pub key: Option<String>,
    /// `None`: does not work here.
    role: Option<Vec<Permission>>,
    pub is_admin: bool,
}

impl Person {
    pub fn is_signed_in(&self) -> bool {
        self.token.is_some()
    }

    pub fn works_here(&self) -> bool {
        self.role.is_some()
    }

    pub fn may(&self, permissions: &[Permission]) -> bool {
        let has = |role: &Vec<Permission>, p: &Permission| {
            role.contains(p) || p.implied_by().is_some_and(|changes| role.contains(&changes))
        };
        self.is_admin || self.role.as_ref().is_some_and(|role| permissions.iter().all(|p| has(role, p)))
    }
}

/// A guest, a customer, an admin, staff with each permission alone, and staff with each set of permissions that a row
/// names.
pub async fn everybody(app: &TestApp) -> Vec<Person> {
    let guest =
        Person { name: "a guest".into(), browser: app.browser(), token: None, key: None, role: None, is_admin: false };
    let ada = app.customer("ada@example.org").await;
    let customer = Person { name: "a customer".into(), ..person(app, ada.email(), "/login").await };
    let admin = app.admin().await;
    let admin = Person {
        name: "an admin".into(),
        role: Some(Permission::ALL.to_vec()),
        is_admin: true,
        ..person(app, admin.email(), "/admin/login").await
    };
    let mut all = vec![guest, customer, admin];
    let alone = Permission::ALL.iter().map(|permission| vec![*permission]);
    let rows = PAGES.iter().map(|row| row.1).chain(FORMS.iter().map(|row| row.1));
    let rows = rows.chain(ROUTES.iter().map(|row| row.2)).chain(API.iter().map(|row| row.2));
    let together = rows.filter_map(|who| match who {
        Who::May(several) if several.len() > 1 => Some(several.to_vec()),
        _ => None,
    });
    let mut roles: Vec<Vec<Permission>> = alone.collect();
    for role in together {
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    for role in roles {
        let staff = app.staff(&role).await;
        let words: Vec<_> = role.iter().map(|permission| permission.word()).collect();
        all.push(Person {
            name: format!("staff with {}", words.join(" and ")),
            key: Some(key(app, &words).await),
            role: Some(role),
            ..person(app, staff.email(), "/admin/login").await
        });
    }
    all
}

async fn person(app: &TestApp, email: &str, door: &str) -> Person {
    let input = SignIn { email: email.into(), password: PASSWORD.into() };
    let token = tokens::sign_in(app, &app.guest(), input, &Raw::default()).await.unwrap().tokens.access_token;
    let browser = signed_in_as(app, email, door).await;
    Person { name: email.to_owned(), browser, token: Some(token), key: None, role: None, is_admin: false }
}

async fn key(app: &TestApp, words: &[&str]) -> String {
    let scopes = words.iter().map(|&word| word.into()).collect();
    let input = api_keys::CreateApiKey { name: "Robot".into(), scopes, ..Default::default() };
    api_keys::create_at_terminal(app, System, input).await.unwrap().secret.expose().to_owned()
}

/// What is there to be asked for.
pub struct Things(Vec<(&'static str, String)>);

impl Things {
    /// An address with the names in it replaced: by something that is there, or by an id that nothing has.
    pub fn fill(&self, path: &str) -> String {
        let segment = |segment: &str| match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            None => segment.to_owned(),
            Some(name) => {
                let known = self.0.iter().find(|thing| thing.0 == name).map(|thing| thing.1.clone());
                known.unwrap_or_else(|| uuid::Uuid::now_v7().to_string())
            }
        };
        path.split('/').map(segment).collect::<Vec<_>>().join("/")
    }
}

pub async fn things(app: &TestApp) -> Things {
    let category = app.category("Rasps").await;
    let product = app.product("Rasp").stock(5).in_category(&category).await;
    let order = app.order_of(&product, 1).await;
    let grace = app.customer("grace@example.org").await;
    let key: String = {
        key(app, &["orders:read"]).await;
        sqlx::query_scalar("select id::text from api_keys limit 1").fetch_one(&app.db).await.unwrap()
    };
    let input = EndpointInput {
        name: "Robot".into(),
        url: "https://hooks.example/in".into(),
        topics: vec!["*".into()],
        ..EndpointInput::default()
    };
    let webhook = webhooks::create(app, &System, input).await.unwrap().id;
    webhooks::send_test(app, &System, webhook).await.unwrap();
    webhooks::fan_out(app).await.unwrap();
    let (webhook, delivery) =
        sqlx::query_as("select endpoint_id::text, id::text from webhook_deliveries where topic = 'webhook.tested'")
            .fetch_one(&app.db)
            .await
            .unwrap();
    Things(vec![
        ("category", category.id.to_string()),
        ("product", product.id.to_string()),
        ("variant", product.variant.to_string()),
        ("number", order.number.clone()),
        ("order", order.number),
        ("customer", grace.id().to_string()),
        ("user", grace.id().to_string()),
        ("key", key),
        ("webhook", webhook),
        ("delivery", delivery),
    ])
}
