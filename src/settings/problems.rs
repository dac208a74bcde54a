//! What is wrong with settings as they were saved: earlier, by hand, or against lists that have changed since.

use super::{Settings, load};
use crate::address::Country;
use crate::{Result, Shop, TimeZone};

/// What the owner should look at, a sentence each. Nothing when all is well.
pub async fn problems(shop: &Shop) -> Result<Vec<String>> {
    let settings = load(shop).await?;
    let mut found = settings.problems();
    let zone =
        sqlx::query_scalar!("select value from settings where key = 'timeZone'").fetch_optional(&shop.db).await?;
    if let Some(zone) = zone
        && zone.as_str().and_then(TimeZone::parse).is_none()
    {
        found.push(format!("the time zone {zone} is not one that we know, so days are those of UTC"));
    }
    Ok(found)
}

impl Settings {
    fn problems(&self) -> Vec<String> {
        let mut found = Vec::new();
        let unknown = |code: &&String| Country::parse(code).is_none();
        for code in self.ships_to.iter().filter(unknown) {
            found.push(format!("ships to {code:?}, which is no country: nobody can order from there"));
        }
        if self.ships_to.iter().all(|code| unknown(&code)) {
            found.push("ships to no country: nobody can order".into());
        }
        for rate in self.tax_rates.iter().filter(|rate| unknown(&&rate.country)) {
            found.push(format!("has a tax rate for {:?}, which is no country: it is never used", rate.country));
        }
        for method in &self.shipping_methods {
            for code in method.countries.iter().filter(unknown) {
                found.push(format!("the delivery {:?} is for {code:?}, which is no country", method.name));
            }
        }
        for code in self.ships_to.iter().filter(|code| !unknown(code) && self.methods_to(code).is_empty()) {
            found.push(format!("ships to {code}, but no delivery method reaches it"));
        }
        found
    }

    /// Codes as the list has them, each once: what was saved as `UK` or `el` is meant. What is on no list stays as it
    /// is, so that the owner can see it.
    pub(super) fn with_known_codes(mut self) -> Self {
        let known = |code: &mut String| {
            if let Some(country) = Country::parse(code) {
                *code = country.code().to_owned();
            }
        };
        let each_once = |codes: &mut Vec<String>| {
            codes.iter_mut().for_each(known);
            let mut seen = std::collections::HashSet::new();
            codes.retain(|code| seen.insert(code.clone()));
        };
        each_once(&mut self.ships_to);
        self.tax_rates.iter_mut().for_each(|rate| known(&mut rate.country));
        self.shipping_methods.iter_mut().for_each(|method| each_once(&mut method.countries));
        self
    }
}
