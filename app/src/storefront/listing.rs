//! A list of products as shoppers see it: filters, chosen filters, order, cards, pages. Everything that is chosen stands
//! in the address, so Back, bookmarks and links keep it.

mod facets;

pub use facets::subcategories;

use super::frame::category_path;
use super::seo::Seo;
use crate::ui::{Empty, Icon, Pagination, counted, products, thousands};
use crate::web::Visit;
use axum::http::StatusCode;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
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
            title: if page > 1 { format!("{title}, page {page}") } else { title },
            description,
            canonical: plain,
            picture: self.listing.page.items.iter().find_map(|card| card.picture.clone()),
            hidden: self.shelf == Shelf::Search,
            previous: (page > 1).then(|| neighbour((page - 1).min(pages))),
            next: (page < pages).then(|| neighbour(page + 1)),
            ..Seo::default()
        }
    }

    /// Filters beside the results. A list with nothing in it and nothing chosen has no filters.
    pub fn view(&self) -> AnyView {
        let total = self.listing.page.total;
        if total == 0 && !self.is_narrowed() {
            return view! {
                <Empty title="Nothing on this shelf yet">
                    <p>"Look in again soon, or see " <a href="/new">"what is new"</a>"."</p>
                </Empty>
            }
            .into_any();
        }
        view! {
            <div class="columns columns--start">
                {facets::form(self)} <p class="visually-hidden" role="status" data-says=""></p>
                <div id="results" data-renews="results">
                    <h2 class="visually-hidden">"Products"</h2>
                    {self.bar()} {self.chips()} {self.results()}
                </div>
            </div>
        }
        .into_any()
    }

    /// How many there are, and in which order. The order belongs to the form of the filters, so that changing it loses
    /// nothing that was ticked there.
    fn bar(&self) -> impl IntoView + use<> {
        let total = self.listing.page.total;
        let plain = self.shelf.plain_order(&self.filter);
        let orders = self
            .filter
            .orders()
            .map(|sort| {
                let selected = sort == self.listing.sort;
                let word = if sort == plain { "" } else { sort.word() };
                view! {
                    <option value=word selected=selected>
                        {sort.label()}
                    </option>
                }
            })
            .collect_view();
        view! {
            <div class="result-bar" data-said=counted(total, "product")>
                <p class="result-bar__count">
                    <strong>{thousands(total)}</strong>
                    {if total == 1 { " product" } else { " products" }}
                </p>
                <a class="button button--secondary facets-open" href="#filters">
                    <Icon name="filter" />
                    "Filter"
                </a>
                <div class="sort">
                    <label for="sort">"Sort by"</label>
                    <select class="select" id="sort" name="sort" form="filters" data-submit="">
                        {orders}
                    </select>
                    <button class="button button--secondary button--small" form="filters" data-submit-button="">
                        "Sort"
                    </button>
                </div>
            </div>
        }
    }

    /// What a form has to carry along to keep these choices.
    fn hidden_fields(&self, filter: &Filter) -> impl IntoView + use<> {
        let pairs = self.shelf.asked(filter).pairs(self.currency);
        pairs.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect_view()
    }

    fn chips(&self) -> impl IntoView + use<> {
        let asked = self.shelf.asked(&self.filter);
        let mut choices = asked.choices(self.currency);
        if let (Shelf::Search, Some(slug)) = (&self.shelf, &self.filter.category) {
            choices.insert(0, (self.category_name(slug), self.filter.with_category(None)));
        }
        let narrowed = self.is_narrowed();
        let clear = self.href(&self.filter.cleared());
        (!choices.is_empty()).then(|| {
            let chips = choices
                .into_iter()
                .map(|(words, without)| {
                    view! {
                        <li>
                            <a class="chip" href=self.href(&without)>
                                <span class="visually-hidden">"Remove "</span>
                                {words}
                                <Icon name="close" />
                            </a>
                        </li>
                    }
                })
                .collect_view();
            view! {
                <ul class="chips" aria-label="Chosen filters">
                    {chips}
                    {narrowed
                        .then(|| {
                            view! {
                                <li>
                                    <a class="chips__clear" href=clear>
                                        "Clear all"
                                    </a>
                                </li>
                            }
                        })}
                </ul>
            }
        })
    }

    fn category_name(&self, slug: &str) -> String {
        let known = self.listing.facets.categories.iter().find(|c| c.slug == slug);
        known.map(|c| c.name.clone()).unwrap_or_else(|| slug.replace('-', " "))
    }

    fn results(&self) -> AnyView {
        let page = &self.listing.page;
        if page.items.is_empty() {
            let past_the_end = page.total > 0;
            let (title, text, href, way_on) = match past_the_end {
                true => {
                    let first = self.href(&self.filter.with_page(1));
                    ("There are not so many pages", "The list ends before this page.", first, "To the first page")
                }
                false => (
                    "Nothing matches all of that",
                    "Take back one of the filters, or all of them.",
                    self.href(&self.filter.cleared()),
                    "Clear all filters",
                ),
            };
            if let (true, Some(options)) = (past_the_end, use_context::<ResponseOptions>()) {
                options.set_status(StatusCode::NOT_FOUND);
            }
            return view! {
                <Empty title=title>
                    <p>{text}</p>
                    <p>
                        <a class="button button--secondary" href=href>
                            {way_on}
                        </a>
                    </p>
                </Empty>
            }
            .into_any();
        }
        let addresses = {
            let (filter, shelf, currency) = (self.filter.clone(), self.shelf.clone(), self.currency);
            let listing = self.listing.clone();
            let list = List { shelf, filter, listing, currency };
            move |n| list.href(&list.filter.with_page(n))
        };
        view! {
            {products(&page.items, "products", 6)}
            <Pagination page=page.page pages=page.total_pages() href=addresses />
        }
        .into_any()
    }
}
