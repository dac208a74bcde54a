//! The sample as it is written down: TOML for words and numbers, SVG for drawings, all of it inside the program.

use crate::catalog::ProductStatus;
use crate::{Error, Result};
use anyhow::Context;
use include_dir::{Dir, include_dir};
use serde::Deserialize;
use std::collections::BTreeMap;

static CATALOGUE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/seed/catalogue");
static DRAWINGS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/seed/drawings");

/// The whole sample catalogue.
pub struct Data {
    pub categories: Vec<Category>,
    pub products: Vec<Product>,
    palettes: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    pub slug: String,
    pub name: String,
    pub parent: Option<String>,
    pub position: i32,
    pub description: String,
    pub drawing: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    pub slug: String,
    pub name: String,
    pub category: String,
    pub brand: String,
    pub tags: Vec<String>,
    #[serde(default)]
    pub featured: bool,
    #[serde(default = "published")]
    pub status: ProductStatus,
    pub published_days_ago: i64,
    pub summary: String,
    /// Paragraphs with an empty line between them.
    pub description: String,
    pub specifications: Vec<(String, String)>,
    #[serde(default)]
    pub options: Vec<ProductOption>,
    pub picture: PictureOf,
    pub pictures_by_option: Option<ByOption>,
    #[serde(rename = "variant")]
    pub variants: Vec<Variant>,
}

fn published() -> ProductStatus {
    ProductStatus::Published
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductOption {
    pub name: String,
    pub values: Vec<String>,
}

/// A drawing in the colours of a palette.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PictureOf {
    pub drawing: String,
    pub palette: String,
}

/// The same drawing in other colours, by the value of an option.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByOption {
    pub option: String,
    pub palettes: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    pub values: Vec<String>,
    pub sku: String,
    pub price: String,
    pub compare_at: Option<String>,
    pub cost: String,
    pub weight_grams: i32,
    pub barcode: String,
    pub stock: i32,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    category: Vec<Category>,
    #[serde(default)]
    product: Vec<Product>,
}

#[derive(Deserialize)]
struct Palettes {
    palette: BTreeMap<String, BTreeMap<String, String>>,
}

impl Data {
    pub fn load() -> Result<Self> {
        Self::read().map_err(Error::Internal)
    }

    fn read() -> anyhow::Result<Self> {
        let (mut categories, mut products) = (Vec::new(), Vec::new());
        let mut files = CATALOGUE.files().collect::<Vec<_>>();
        files.sort_by_key(|f| f.path());
        for file in files {
            let name = || file.path().display().to_string();
            let text = file.contents_utf8().with_context(name)?;
            let read: File = toml::from_str(text).with_context(name)?;
            categories.extend(read.category);
            products.extend(read.product);
        }
        let palettes = DRAWINGS.get_file("palettes.toml").and_then(|f| f.contents_utf8()).context("palettes.toml")?;
        let Palettes { palette: palettes } = toml::from_str(palettes).context("palettes.toml")?;
        Ok(Self { categories, products, palettes })
    }

    /// The drawing as SVG: `$metal-light` and its like replaced by the palette's colours.
    pub fn svg(&self, picture: &PictureOf) -> Result<String> {
        let template = DRAWINGS
            .get_file(format!("{}.svg", picture.drawing))
            .and_then(|f| f.contents_utf8())
            .ok_or_else(|| Error::internal(format!("there is no drawing {}", picture.drawing)))?;
        let mut colours = self.palette(picture)?.iter().collect::<Vec<_>>();
        // the longest name first: `$metal` is the beginning of `$metal-light`
        colours.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Ok(colours.iter().fold(template.to_owned(), |svg, (name, colour)| svg.replace(&format!("${name}"), colour)))
    }

    pub fn palette(&self, picture: &PictureOf) -> Result<&BTreeMap<String, String>> {
        let palette = self.palettes.get(&picture.palette);
        palette.ok_or_else(|| Error::internal(format!("there is no palette {}", picture.palette)))
    }
}

impl Product {
    /// The picture that shows a variant, where it has colours of its own.
    pub fn picture_of(&self, variant: &Variant) -> Option<PictureOf> {
        let by = self.pictures_by_option.as_ref()?;
        let at = self.options.iter().position(|o| o.name == by.option)?;
        let palette = by.palettes.get(variant.values.get(at)?)?;
        (*palette != self.picture.palette)
            .then(|| PictureOf { drawing: self.picture.drawing.clone(), palette: palette.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn distinct<'a>(of: impl IntoIterator<Item = &'a str>) -> usize {
        let all = of.into_iter().collect::<Vec<_>>();
        let set = all.iter().collect::<BTreeSet<_>>();
        assert_eq!(all.len(), set.len(), "something is there twice");
        set.len()
    }

    #[test]
    fn is_a_whole_catalogue() {
        let data = Data::load().unwrap();
        let categories = data.categories.iter().map(|c| c.slug.as_str()).collect::<BTreeSet<_>>();
        assert!(distinct(data.categories.iter().map(|c| c.slug.as_str())) >= 15);
        assert!(distinct(data.products.iter().map(|p| p.slug.as_str())) >= 150);
        distinct(data.products.iter().flat_map(|p| &p.variants).map(|v| v.sku.as_str()));
        distinct(data.products.iter().flat_map(|p| &p.variants).map(|v| v.barcode.as_str()));
        for category in &data.categories {
            assert!(category.parent.as_ref().is_none_or(|p| categories.contains(p.as_str())), "{}", category.slug);
        }
        for product in &data.products {
            let name = &product.slug;
            assert!(categories.contains(product.category.as_str()), "{name}");
            assert!(product.description.matches("\n\n").count() >= 1, "{name} has less than two paragraphs");
            assert!(
                product.summary.len() <= 500 && product.options.len() <= 3 && !product.variants.is_empty(),
                "{name}"
            );
            for variant in &product.variants {
                assert_eq!(variant.values.len(), product.options.len(), "{name} {}", variant.sku);
                let known = product.options.iter().zip(&variant.values).all(|(o, v)| o.values.contains(v));
                assert!(known, "{name} {}", variant.sku);
            }
            if let Some(by) = &product.pictures_by_option {
                let option = product.options.iter().find(|o| o.name == by.option).unwrap();
                assert!(by.palettes.keys().all(|value| option.values.contains(value)), "{name}");
            }
        }
    }

    #[test]
    fn colours_every_drawing() {
        let data = Data::load().unwrap();
        for product in &data.products {
            let variants = product.variants.iter().filter_map(|v| product.picture_of(v));
            for picture in variants.chain([product.picture.clone()]) {
                let svg = data.svg(&picture).unwrap();
                assert!(!svg.contains('$'), "{picture:?} has a colour that its palette does not know");
            }
        }
    }
}
