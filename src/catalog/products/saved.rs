//! What is answered, and written down, when a product was changed.

use super::snapshot::StoredProduct;
use crate::catalog::ProductStatus;
use crate::events::{self, Event, ProductEvent, ProductState};
use crate::id::ProductId;
use crate::{Act, Error, FieldError, Result, audit};
use serde::Serialize;
use sqlx::PgConnection;

/// A product after a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    pub id: ProductId,
    pub slug: String,
    pub name: String,
    pub status: ProductStatus,
    /// To be sent with the next edit.
    pub version: i32,
    /// Whether there was anything to change.
    #[serde(skip)]
    pub changed: bool,
    /// How many variants an edit added.
    #[serde(skip)]
    pub added: usize,
    /// The variants that an edit took out of sale: `S / Red`, or the SKU.
    #[serde(skip)]
    pub gone: Vec<String>,
}

impl Saved {
    /// A product as it stands: what a command changes is put beside it.
    pub(super) fn of(id: ProductId, stored: &StoredProduct) -> Self {
        Self {
            id,
            slug: stored.snapshot.slug.clone(),
            name: stored.snapshot.texts.name.clone(),
            status: stored.snapshot.status,
            version: stored.version,
            changed: true,
            added: 0,
            gone: Vec::new(),
        }
    }
}

/// The conflict of a lost race, with the version that won and who made it.
pub async fn edited_meanwhile(conn: &mut PgConnection, id: ProductId, version: i32) -> Result<Error> {
    let last = sqlx::query!(
        "select actor_name, created_at
         from audit_logs
         where entity_type = 'product' and entity_id = $1
         order by created_at desc, id desc
         limit 1",
        id.to_string(),
    )
    .fetch_optional(conn)
    .await?;
    let mut details = vec![FieldError::new("version", version.to_string())];
    let mut message = "This product was edited meanwhile".to_owned();
    if let Some(last) = last {
        message = format!("{} edited this product meanwhile", last.actor_name);
        details.push(FieldError::new("editedBy", last.actor_name));
        details.push(FieldError::new("editedAt", last.created_at.to_rfc3339()));
    }
    Ok(Error::Conflict { code: "edited_meanwhile", message: message.into(), details })
}

/// The audit row and the event of a change.
pub fn announce(
    act: &mut Act<'_>,
    action: &str,
    event: fn(ProductEvent) -> Event,
    saved: &Saved,
    before: &impl Serialize,
    after: &impl Serialize,
) -> Result<()> {
    let entry = audit::Entry { action, entity_type: audit::Entity::Product, entity_id: saved.id.to_string() };
    audit::record(act, entry, before, after)?;
    let told = ProductEvent {
        product_id: saved.id,
        slug: saved.slug.clone(),
        name: saved.name.clone(),
        status: saved.status.into(),
        version: saved.version,
    };
    events::record(act, &event(told))
}

impl From<ProductStatus> for ProductState {
    fn from(status: ProductStatus) -> Self {
        match status {
            ProductStatus::Draft => Self::Draft,
            ProductStatus::Published => Self::Published,
            ProductStatus::Archived => Self::Archived,
        }
    }
}
