//! What each person chose.

use super::{Mailing, NotificationKind};
use crate::actors::Staff;
use crate::audit::{self, Entry};
use crate::entity::Entity;
use crate::id::UserId;
use crate::input::Raw;
use crate::{Act, Invalid, Result, Shop};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sqlx::PgExecutor;

/// How somebody is told of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = NotificationPreference)]
#[serde(rename_all = "camelCase")]
pub struct Preference {
    pub kind: NotificationKind,
    /// Listed and counted in the admin.
    pub in_bell: bool,
    pub mail: Mailing,
}

/// What to choose for some kinds; the others stay as they are.
#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({ "preferences": [{ "kind": "new_order", "inBell": true, "mail": "at_once" }] }))]
pub struct SavePreferences {
    #[schema(max_items = 50)]
    pub preferences: Vec<PreferenceInput>,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = NotificationPreferenceInput)]
pub struct PreferenceInput {
    #[schema(value_type = NotificationKind)]
    pub kind: Raw,
    /// Left out: no.
    #[schema(value_type = bool)]
    pub in_bell: Raw,
    #[schema(value_type = Mailing)]
    pub mail: Raw,
}

impl SavePreferences {
    fn check(&self, who: &Staff) -> Result<Vec<Preference>> {
        let mut faults = Invalid::default();
        let known = NotificationKind::of(who);
        let mut wanted: Vec<Preference> = Vec::new();
        for (n, typed) in self.preferences.iter().enumerate() {
            let field = |name: &str| format!("preferences[{n}].{name}");
            let kind = NotificationKind::parse(typed.kind.trimmed()).filter(|kind| known.contains(kind));
            let mail = Mailing::parse(typed.mail.trimmed());
            match kind {
                None => faults.add(field("kind"), "is not one that you are told of"),
                Some(kind) if wanted.iter().any(|one| one.kind == kind) => faults.add(field("kind"), "is there twice"),
                Some(_) => {}
            }
            if mail.is_none() {
                faults.add(field("mail"), "must be at_once, daily or never");
            }
            if let (Some(kind), Some(mail)) = (kind, mail) {
                wanted.push(Preference { kind, in_bell: typed.in_bell.is_on(), mail });
            }
        }
        faults.into_result()?;
        Ok(wanted)
    }
}

/// What somebody chose, or what holds without that, for each kind that they may see.
pub async fn preferences(shop: &Shop, who: &Staff) -> Result<Vec<Preference>> {
    let chosen = chosen(&shop.db, who.id).await?;
    Ok(NotificationKind::of(who).into_iter().map(|kind| effective(&chosen, kind)).collect())
}

/// Chooses for some kinds; the others stay as they are. Answers all of them.
pub async fn save_preferences(shop: &Shop, who: &Staff, input: SavePreferences) -> Result<Vec<Preference>> {
    let wanted = input.check(who)?;
    act!(shop, who, UPDATE, |act| {
        let before = chosen(&mut *act, who.id).await?;
        write(&mut act, who.id, &before, &wanted).await?;
        act.commit(()).await
    })?;
    preferences(shop, who).await
}

const UPDATE: &str = "notification.preferences";

/// What holds for a kind.
pub(super) fn effective(chosen: &[Preference], kind: NotificationKind) -> Preference {
    let found = chosen.iter().find(|one| one.kind == kind).copied();
    found.unwrap_or(Preference { kind, in_bell: true, mail: kind.mail_at_first() })
}

/// What somebody chose.
pub(super) async fn chosen(db: impl PgExecutor<'_>, user: UserId) -> Result<Vec<Preference>> {
    let rows = sqlx::query!("select kind, in_bell, mail from notification_preferences where user_id = $1", user as _);
    let rows = rows.fetch_all(db).await?.into_iter();
    // one that a later version of the program knows is left out
    let known = rows.filter_map(|row| Some((NotificationKind::parse(&row.kind)?, row.in_bell, row.mail)));
    known.map(|(kind, in_bell, mail)| Ok(Preference { kind, in_bell, mail: Mailing::stored(&mail)? })).collect()
}

/// Writes what is not as before, and an entry of the audit log, which says of a request that it was done.
pub(super) async fn write(act: &mut Act<'_>, user: UserId, before: &[Preference], wanted: &[Preference]) -> Result<()> {
    let changed: Vec<_> = wanted.iter().filter(|one| effective(before, one.kind) != **one).collect();
    for one in &changed {
        sqlx::query!(
            "insert into notification_preferences (user_id, kind, in_bell, mail, updated_at)
             values ($1, $2, $3, $4, $5)
             on conflict (user_id, kind) do update
             set in_bell = excluded.in_bell, mail = excluded.mail, updated_at = excluded.updated_at",
            user as _,
            one.kind.word(),
            one.in_bell,
            one.mail.word(),
            act.now,
        )
        .execute(&mut **act)
        .await?;
    }
    if changed.is_empty() && act.who.once().is_none() {
        return Ok(());
    }
    let said = |of: &dyn Fn(NotificationKind) -> Preference| {
        let pairs = changed.iter().map(|one| {
            let is = of(one.kind);
            (one.kind.word().to_owned(), json!({ "inBell": is.in_bell, "mail": is.mail }))
        });
        Value::Object(pairs.collect::<Map<_, _>>())
    };
    let was = said(&|kind| effective(before, kind));
    let is = said(&|kind| effective(wanted, kind));
    let entry = Entry { action: UPDATE, entity_type: Entity::User, entity_id: user.to_string() };
    audit::record(act, entry, &was, &is)
}
