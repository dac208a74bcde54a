//! Pictures that come with the product itself, in one act: nobody sees the product without them.

use super::{CheckedPicture, ImageInput, MAX_PICTURES, announce, attach, lock, resolve, settle};
use crate::files::{self, PictureHash, StoredFile};
use crate::id::ProductId;
use crate::input::Raw;
use crate::{Act, Error, Invalid, Result, Shop};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// A picture to put behind those that a product shows.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct NewPicture {
    /// The `path` that its upload answered. In a form with files it may be left out: then the next file is meant.
    pub path: Raw,
    /// What it shows, for whoever cannot see it; empty, the product's name stands in.
    #[schema(max_length = 300)]
    pub alt: Raw,
    /// The id or SKU of the variant that it shows, or a value of an option, such as `Colour: Red`; empty for all.
    pub shows: Raw,
    /// Of a picture that the product shows already, as it was answered: it is left as it is.
    pub id: Raw,
}

/// A picture that is kept, with what is said of it.
pub struct Attached {
    /// Its place in the input.
    at: usize,
    file: StoredFile,
    said: CheckedPicture,
}

/// Finds the pictures before the transaction, since that asks the store. The day without an owner begins anew for each.
pub async fn looked_up(shop: &Shop, pictures: &[NewPicture]) -> Result<Vec<Attached>> {
    let (mut found, mut faults) = (Vec::new(), Invalid::default());
    let new = pictures.iter().enumerate().filter(|(_, picture)| picture.id.is_empty());
    if new.clone().count() > MAX_PICTURES {
        return Err(Error::invalid("images", format!("must not be more than {MAX_PICTURES}")));
    }
    for (at, picture) in new {
        let input = ImageInput { alt: picture.alt.clone(), shows: picture.shows.clone(), ..ImageInput::default() };
        let said = match input.check() {
            Ok(said) => said,
            Err(e) => {
                faults.0.extend(at_place(at, e)?.0);
                continue;
            }
        };
        let path = picture.path.trimmed();
        let file = match path.parse::<PictureHash>() {
            Ok(hash) => files::uploaded(shop, &hash).await,
            Err(_) if path.is_empty() => {
                faults.add(format!("images[{at}].path"), "is required, or a file for it");
                continue;
            }
            Err(_) => Err(Error::NotFound),
        };
        match file {
            Ok(file) => found.push(Attached { at, file, said }),
            Err(Error::NotFound) => {
                faults.add(format!("images[{at}].path"), "is no longer kept; please send it again");
            }
            Err(e) => return Err(e),
        }
    }
    faults.into_result()?;
    Ok(found)
}

/// Puts them behind the pictures that the product shows, as part of an act. The same picture stays one.
pub async fn attach_all(act: &mut Act<'_>, product: ProductId, pictures: &[Attached]) -> Result<()> {
    if pictures.is_empty() {
        return Ok(());
    }
    let before = lock(act, product).await?;
    let mut shows: HashSet<&str> = before.iter().map(|shown| shown.picture.hash.as_str()).collect();
    let mut position = i32::try_from(before.len()).unwrap_or(i32::MAX);
    for Attached { at, file, said } in pictures {
        if !shows.insert(file.hash.as_str()) {
            continue;
        }
        position = position.saturating_add(1);
        let shown = match resolve(act, product, said).await {
            Ok(shown) => shown,
            Err(e) => return Err(Error::Invalid(at_place(*at, e)?)),
        };
        attach(act, product, file, &said.alt, shown, position).await?;
    }
    let after = settle(act, product, None).await?;
    if after.len() > MAX_PICTURES {
        return Err(Error::invalid("images", format!("must not be more than {MAX_PICTURES} of a product")));
    }
    if before != after {
        announce(act, "product.picture_add", product, &before, &after)?;
    }
    Ok(())
}

/// The faults of one picture, as those of the list.
fn at_place(at: usize, e: Error) -> Result<Invalid> {
    let Error::Invalid(mut faults) = e else { return Err(e) };
    for fault in &mut faults.0 {
        fault.field = format!("images[{at}].{}", fault.field).into();
    }
    Ok(faults)
}
