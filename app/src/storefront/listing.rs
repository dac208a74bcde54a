//! A list of products as shoppers see it: filters, chosen filters, order, cards, pages. Everything that is chosen
//! stands in the address, so Back, bookmarks and links keep it.

mod facets;
mod view;

pub use facets::subcategories;

use super::paths::category_path;
use super::seo::Seo;
use crate::web::Visit;
use shop::catalog::{self, Filter, Sort};
use shop::{Currency, Result};
use std::sync::Arc;

/// Where a list lives, and what its path alone already says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shelf {
    /// All in a category and below it.
    Category(String),
    Search,
    Offers,
    New,
}

impl Shelf {
    pub fn path(&self) -> String {
        match self {
            Self::Category(slug) => category_path(slug),
            Self::Search => "/search".into(),
            Self::Offers => "/offers".into(),
            Self::New => "/new".into(),
        }
    }

    /// What a shopper asks of this list.
    fn filter(&self, visit: &Visit) -> Filter {
        let currency = visit.shop().currency;
        let mut filter = Filter::parse(visit.pairs(), currency).with_round_prices(currency);
        match self {
            Self::Search => {}
            Self::Category(slug) => {
                filter.category = Some(slug.clone());
                filter.q = String::new();
            }
            Self::Offers => {
                (filter.on_offer, filter.category, filter.q) = (true, None, String::new());
                filter.sort = filter.sort.or(Some(Sort::Offer));
            }
            Self::New => (filter.category, filter.q) = (None, String::new()),
        }
        filter
    }

    /// How the list is sorted when nothing is said about it.
    fn plain_order(&self, filter: &Filter) -> Sort {
        match self {
            Self::Offers => Sort::Offer,
            _ => filter.with_sort(None).order(),
        }
    }

    /// The filter without what the path says.
    fn asked(&self, filter: &Filter) -> Filter {
        let mut asked = filter.clone();
        match self {
            Self::Search => {}
            Self::Category(_) | Self::New => asked.category = None,
            Self::Offers => {
                asked.on_offer = false;
                asked.sort = asked.sort.filter(|sort| *sort != Sort::Offer);
            }
        }
        asked
    }
}

/// A page of a list, read and ready to be shown.
pub struct List {
    pub shelf: Shelf,
    pub filter: Filter,
    pub listing: Arc<catalog::Listing>,
    currency: Currency,
}

impl List {
    pub async fn read(visit: &Visit, shelf: Shelf) -> Result<Self> {
        let filter = shelf.filter(visit);
        let listing = catalog::list(visit.shop(), &filter).await?;
        Ok(Self { shelf, filter, listing, currency: visit.shop().currency })
    }

    /// The address of the same list with other choices.
    pub fn href(&self, filter: &Filter) -> String {
        let query = self.shelf.asked(filter).to_query(self.currency);
        match query.as_str() {
            "" => self.shelf.path(),
            query => format!("{}?{query}", self.shelf.path()),
        }
    }

    /// Whether a shopper chose anything here that can be taken back.
    pub fn is_narrowed(&self) -> bool {
        self.shelf.asked(&self.filter).is_narrowed()
    }

    fn page(&self) -> u32 {
        self.listing.page.page
    }

    /// Search engines shall know each page of the plain list, and nothing of its filters and orders.
    pub fn seo(&self, title: String, description: String) -> Seo {
        let plain = match self.page() {
            page if page > 1 && !self.is_narrowed() => format!("{}?page={page}", self.shelf.path()),
            _ => self.shelf.path(),
        };
        let neighbour = |page: u32| self.href(&self.filter.with_page(page));
        let (page, pages) = (self.page(), self.listing.page.total_pages());
        Seo {
            title: if page > 1 { t!("listing-page-of", title = title, page = page).into_owned() } else { title },
            description,
            canonical: plain,
            picture: self.listing.page.items.iter().find_map(|card| card.picture.clone()),
            hidden: self.shelf == Shelf::Search,
            previous: (page > 1).then(|| neighbour((page - 1).min(pages))),
            next: (page < pages).then(|| neighbour(page + 1)),
            ..Seo::default()
        }
    }
}
