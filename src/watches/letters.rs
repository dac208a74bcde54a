//! The mails about watches. Each has links with a secret of its own, made in the job that sends it and never in the
//! queue: one more for each try, so that what left before works as well.

use super::confirm::OPEN;
use super::words::{WatchKind, WatchStatus};
use crate::email::{self, WatchLetter};
use crate::id::{LinkId, WatchId};
use crate::{Error, Money, Result, Shop, secret_token, token_hash};
use chrono::{DateTime, Utc};
use url::Url;

/// Asks the address whether it wants to be told; once for each `link`. To one that said so before, nothing is sent.
pub async fn send_confirmation(shop: &Shop, link: LinkId, watch: WatchId) -> Result<()> {
    let Some(found) = Found::load(shop, watch).await? else { return Ok(()) };
    if found.status != WatchStatus::Pending || found.created_at <= shop.clock.now() - OPEN {
        return Ok(());
    }
    let links = Links::make(shop, watch).await?;
    let letter = found.letter(shop, format!("watch_confirmation:{link}"), links.confirm, links.unsubscribe)?;
    match found.kind {
        WatchKind::BackInStock => email::confirm_back_in_stock(shop, &letter, OPEN.num_days()).await,
        WatchKind::PriceDrop => email::confirm_price_drop(shop, &letter, OPEN.num_days()).await,
    }
}

/// Tells that a variant is back in stock. Of one that is not for sale any more, nothing.
pub async fn send_back_in_stock(shop: &Shop, watch: WatchId) -> Result<()> {
    let Some(found) = Found::load(shop, watch).await? else { return Ok(()) };
    if found.status != WatchStatus::Told || !found.is_for_sale {
        return Ok(());
    }
    let links = Links::make(shop, watch).await?;
    let product = found.product(shop)?;
    let letter = found.letter(shop, format!("back_in_stock:{watch}"), product, links.unsubscribe)?;
    email::back_in_stock(shop, &letter, &links.unsubscribe_page).await
}

/// Tells of the price that was written down last; once for each time it was. Of what is not for sale any more, nothing.
pub async fn send_price_drop(shop: &Shop, watch: WatchId) -> Result<()> {
    let Some(found) = Found::load(shop, watch).await? else { return Ok(()) };
    let (Some(before), Some(told_at)) = (found.price_before, found.told_at) else { return Ok(()) };
    if found.status != WatchStatus::Active || !found.is_for_sale {
        return Ok(());
    }
    let links = Links::make(shop, watch).await?;
    let product = found.product(shop)?;
    let key = format!("price_drop:{watch}:{}", told_at.timestamp());
    let letter = found.letter(shop, key, product, links.unsubscribe)?;
    email::price_drop(shop, &letter, Money::new(before, shop.currency), &links.unsubscribe_page).await
}

/// A watch with what its mails show.
struct Found {
    kind: WatchKind,
    status: WatchStatus,
    /// The account's own address where it is verified, else the one that was confirmed.
    to: String,
    to_name: Option<String>,
    slug: String,
    sku: String,
    name: String,
    variant_name: String,
    price: i64,
    price_before: Option<i64>,
    is_for_sale: bool,
    created_at: DateTime<Utc>,
    told_at: Option<DateTime<Utc>>,
}

impl Found {
    async fn load(shop: &Shop, watch: WatchId) -> Result<Option<Self>> {
        let found = sqlx::query_as!(
            Self,
            r#"select w.kind as "kind: WatchKind", w.status as "status: WatchStatus",
                      case when u.email_verified_at is not null then u.email else w.email end::text as "to!",
                      u.first_name as "to_name?", v.slug as "slug!", v.sku as "sku!", v.name as "name!",
                      v.variant_name as "variant_name!",
                      case when w.kind = 'price_drop' and w.told_at is not null then w.price_seen else v.price end as "price!",
                      w.price_before, v.is_for_sale as "is_for_sale!", w.created_at, w.told_at
               from watches w
               join variants_named v on v.variant_id = w.variant_id
               left join users u on u.id = w.user_id
               where w.id = $1 and u.is_active is not false"#,
            watch as _,
        );
        Ok(found.fetch_optional(&shop.db).await?)
    }

    fn product(&self, shop: &Shop) -> Result<Url> {
        let mut link = page(shop, &format!("products/{}", self.slug))?;
        link.query_pairs_mut().append_pair("sku", &self.sku);
        Ok(link)
    }

    fn letter(&self, shop: &Shop, key: String, link: Url, unsubscribe: Url) -> Result<WatchLetter> {
        Ok(WatchLetter {
            key,
            to: self.to.clone(),
            to_name: self.to_name.clone().unwrap_or_default(),
            name: self.name.clone(),
            variant_name: self.variant_name.clone(),
            price: Money::new(self.price, shop.currency),
            link,
            unsubscribe,
        })
    }
}

/// What the links of one mail lead to.
struct Links {
    confirm: Url,
    /// For mail programs, which post to it.
    unsubscribe: Url,
    /// For people.
    unsubscribe_page: Url,
}

impl Links {
    /// Makes the secret of a mail.
    async fn make(shop: &Shop, watch: WatchId) -> Result<Self> {
        let token = secret_token();
        sqlx::query!(
            "update watches set token_hashes = array_append(token_hashes, $2) where id = $1",
            watch as _,
            &token_hash(&token)[..],
        )
        .execute(&shop.db)
        .await?;
        let with_token = |path: &str| {
            let mut link = page(shop, path)?;
            link.query_pairs_mut().append_pair("token", &token);
            Ok::<_, Error>(link)
        };
        Ok(Self {
            confirm: with_token("watches/confirm")?,
            unsubscribe: with_token("watches/one-click")?,
            unsubscribe_page: with_token("watches/unsubscribe")?,
        })
    }
}

fn page(shop: &Shop, path: &str) -> Result<Url> {
    shop.public_url.join(path).map_err(|e| Error::Internal(e.into()))
}
