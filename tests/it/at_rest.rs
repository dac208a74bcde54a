//! What whoever has only the database does not learn: telephone numbers and streets, the keys of guests' orders and
//! carts, the secrets of webhooks, what was typed at the checkout.

mod canaries;
mod older_rows;
mod rotation;

use shop::address::AddressInput;
use shop::keys::EncryptionKeys;
use shop::testing::TestShop;

pub const OLD: &str = "the old secret, of thirty-two characters";
pub const NEW: &str = "the new secret, of thirty-two characters";

pub fn keys(secrets: &[&str]) -> EncryptionKeys {
    EncryptionKeys::new(secrets.iter().map(|secret| (*secret).into())).unwrap()
}

/// An address of which no two parts are those of another: `n` is in all of them.
pub fn address(shop: &TestShop, n: usize) -> AddressInput {
    AddressInput {
        company: format!("Company {n} of Hephaestus").into(),
        line1: format!("{n} Cinnabar Row").into(),
        line2: format!("Loft {n} behind the kiln").into(),
        phone: phone(n).into(),
        ..shop.address_form()
    }
}

pub fn phone(n: usize) -> String {
    format!("+44 7700 900{n}")
}

/// What of such an address must be nowhere.
pub fn parts(n: usize) -> [String; 4] {
    [format!("Company {n} of Hephaestus"), format!("{n} Cinnabar Row"), format!("Loft {n} behind the kiln"), phone(n)]
}

/// Every column of sealed values is known to the one who rotates keys. Fails for one that a migration adds and nobody
/// names. Kept forms and sessions are sealed with the secrets of browsers, and live for hours and days.
#[tokio::test]
async fn all_sealed_columns_are_rotated() {
    shop::testing::shop(async |shop| {
        let mut there: Vec<String> = sqlx::query_scalar(
            "select table_name || '.' || column_name from information_schema.columns
             where table_schema = 'public' and column_name like '%sealed%' and data_type = 'bytea'
               and table_name <> 'kept_forms'",
        )
        .fetch_all(&shop.db)
        .await
        .unwrap();
        there.sort();
        let mut known: Vec<_> = shop::at_rest::columns().collect();
        known.sort_unstable();
        assert_eq!(there, known);
        assert!(known.len() >= 8, "{known:?}");
    })
    .await;
}
