//! What is drawn of a list: filters, chosen filters, order, cards, pages.

use super::{List, Shelf, facets};
use crate::ui::{Empty, Icon, Pagination, products, thousands};
use crate::words::locale;
use axum::http::StatusCode;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

impl List {
    /// Filters beside the results. A list with nothing in it and nothing chosen has no filters.
    pub fn view(&self) -> AnyView {
        let total = self.listing.page.total;
        if total == 0 && !self.is_narrowed() {
            return view! {
                <Empty title=t!("listing-empty")>
                    <p>
                        {rich!(
                            "listing-look-in-again", link = view! { <a href="/new">{t!("listing-what-is-new")}</a> }
                        )}
                    </p>
                </Empty>
            }
            .into_any();
        }
        view! {
            <div class="columns columns--start">
                {facets::form(self)} <p class="visually-hidden" role="status" data-says=""></p>
                <div id="results" data-renews="results">
                    <h2 class="visually-hidden">{t!("listing-products")}</h2>
                    {self.bar()}
                    {self.chips()}
                    {self.results()}
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
                        {sort.say(locale())}
                    </option>
                }
            })
            .collect_view();
        view! {
            <div class="result-bar" data-said=t!("products", count = total)>
                <p class="result-bar__count">
                    {rich!("listing-count", [count = total], number = view! { <strong>{thousands(total)}</strong> })}
                </p>
                <a class="button button--secondary facets-open" href="#filters">
                    <Icon name="filter" />
                    {t!("listing-filter")}
                </a>
                <div class="sort">
                    <label for="sort">{t!("listing-sort-by")}</label>
                    <select class="select" id="sort" name="sort" form="filters" data-submit="">
                        {orders}
                    </select>
                    <button class="button button--secondary button--small" form="filters" data-submit-button="">
                        {t!("listing-sort")}
                    </button>
                </div>
            </div>
        }
    }

    fn chips(&self) -> impl IntoView + use<> {
        let asked = self.shelf.asked(&self.filter);
        let mut choices = asked.choices(locale(), self.currency);
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
                                <span class="visually-hidden">{t!("listing-remove")} " "</span>
                                {words}
                                <Icon name="close" />
                            </a>
                        </li>
                    }
                })
                .collect_view();
            view! {
                <ul class="chips" aria-label=t!("listing-chosen-filters")>
                    {chips}
                    {narrowed
                        .then(|| {
                            view! {
                                <li>
                                    <a class="chips__clear" href=clear>
                                        {t!("listing-clear-all")}
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
                    (t!("listing-not-so-many-pages"), t!("listing-ends-before"), first, t!("listing-to-the-first-page"))
                }
                false => (
                    t!("listing-nothing-matches"),
                    t!("listing-take-back"),
                    self.href(&self.filter.cleared()),
                    t!("listing-clear-all-filters"),
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
