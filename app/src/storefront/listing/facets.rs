//! The filters beside a list: one form that is sent with GET, with the number of products behind each choice. The order
//! of the list is a field of it as well, though it stands elsewhere on the page.

use super::{List, Shelf};
use crate::storefront::paths::category_path;
use crate::ui::{Icon, round_money, thousands};
use crate::words::{Words, locale};
use leptos::prelude::*;
use shop::catalog::{CategoryFacet, Filter, PriceRange, ValueFacet};
use shop::{Currency, Money};

/// So many values stand in the open; the others are one step away.
const IN_THE_OPEN: usize = 8;

pub fn form(list: &List) -> impl IntoView + use<> {
    let facets = &list.listing.facets;
    // what the form itself has no field for
    let kept = Filter {
        q: list.filter.q.clone(),
        category: list.filter.category.clone(),
        tags: list.filter.tags.clone(),
        limit: list.filter.limit,
        ..Filter::default()
    };
    let brands = facets.brands.iter().filter(|brand| !brand.value.is_empty()).collect::<Vec<_>>();
    let options = facets
        .options
        .iter()
        .enumerate()
        .map(|(n, option)| {
            let open = n < 2 || option.values.iter().any(|value| value.selected);
            let name = format!("option.{}", option.name);
            facet(option.name.clone().into(), open, boxes(&name, &option.values.iter().collect::<Vec<_>>()))
        })
        .collect_view();
    view! {
        <form class="facets" id="filters" action=list.shelf.path() aria-label=t!("listing-filters") data-filters="">
            <div data-renews="filters">
                <div class="facets__head">
                    <h2 class="facets__title">{t!("listing-filter")}</h2>
                    <a class="facets__close" href="#results">
                        {t!("listing-close")}
                    </a>
                </div>
                {hidden_fields(list, &kept)}
                {departments(list)}
                {availability(list)}
                {price(list)}
                {(!brands.is_empty()).then(|| facet(t!("listing-brand"), true, boxes("brand", &brands)))}
                {options}
                <div class="facets__actions">
                    <button class="button">{t!("listing-show-results")}</button>
                </div>
            </div>
        </form>
    }
}

/// What a form has to carry along to keep these choices.
fn hidden_fields(list: &List, filter: &Filter) -> impl IntoView + use<> {
    let pairs = list.shelf.asked(filter).pairs(list.currency);
    pairs.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect_view()
}

fn facet(title: Words, open: bool, content: AnyView) -> AnyView {
    view! {
        <details class="facet" open=open>
            <summary>{title}</summary>
            {content}
        </details>
    }
    .into_any()
}

/// A box to tick for each value. Chosen ones always stand in the open.
fn boxes(name: &str, values: &[&ValueFacet]) -> AnyView {
    let row = |facet: &ValueFacet| tick(name.to_owned(), facet.value.clone(), None, facet.count, facet.selected);
    if values.len() <= IN_THE_OPEN + 2 {
        let rows = values.iter().map(|facet| row(facet)).collect_view();
        return view! { <ul class="facet__options">{rows}</ul> }.into_any();
    }
    let is_open = |n: usize, facet: &ValueFacet| n < IN_THE_OPEN || facet.selected;
    let (mut open, mut more) = (Vec::new(), Vec::new());
    for (n, facet) in values.iter().enumerate() {
        if is_open(n, facet) { open.push(row(facet)) } else { more.push(row(facet)) }
    }
    view! {
        <ul class="facet__options">{open}</ul>
        <details class="facet__more">
            <summary>{t!("listing-more", count = more.len())}</summary>
            <ul class="facet__options">{more}</ul>
        </details>
    }
    .into_any()
}

fn tick(name: String, value: String, label: Option<Words>, count: i64, ticked: bool) -> impl IntoView {
    let label = label.map_or_else(|| value.clone(), Words::into_owned);
    view! {
        <li>
            <label class="facet__option">
                <input type="checkbox" name=name value=value checked=ticked data-submit="" />
                {label}
                <span class="facet__count">{thousands(count)}</span>
            </label>
        </li>
    }
}

/// A choice that is a link: it changes one thing and keeps the others.
fn link(href: String, text: String, count: Option<i64>, chosen: bool) -> impl IntoView {
    view! {
        <li>
            <a class="facet__option" href=href aria-current=chosen.then_some("true")>
                <span>{text}</span>
                {chosen.then(|| view! { <Icon name="close" /> })}
                {count.map(|count| view! { <span class="facet__count">{thousands(count)}</span> })}
            </a>
        </li>
    }
}

/// In a search: where things were found, and the way back up. Elsewhere the sub-categories stand above the list.
fn departments(list: &List) -> Option<AnyView> {
    let categories = &list.listing.facets.categories;
    if list.shelf != Shelf::Search || (categories.is_empty() && list.filter.category.is_none()) {
        return None;
    }
    let all = list.filter.category.is_some().then(|| {
        link(list.href(&list.filter.with_category(None)), t!("listing-all-departments").into_owned(), None, false)
    });
    let rows = categories
        .iter()
        .map(|c| {
            let to = list.filter.with_category((!c.selected).then_some(c.slug.as_str()));
            link(list.href(&to), c.name.clone(), Some(c.count), c.selected)
        })
        .collect_view();
    Some(facet(t!("listing-department"), true, view! { <ul class="facet__options">{all} {rows}</ul> }.into_any()))
}

fn availability(list: &List) -> AnyView {
    let (facets, filter) = (&list.listing.facets, &list.filter);
    let is_on = |name: &str, label, count, ticked| tick(name.to_owned(), "true".into(), Some(label), count, ticked);
    let offers = (list.shelf != Shelf::Offers && (facets.on_offer > 0 || filter.on_offer))
        .then(|| is_on("onOffer", t!("listing-on-offer"), facets.on_offer, filter.on_offer));
    let rows = view! {
        <ul class="facet__options">
            {is_on("inStock", t!("listing-in-stock"), facets.in_stock, filter.in_stock)} {offers}
        </ul>
    };
    facet(t!("listing-availability"), true, rows.into_any())
}

fn price(list: &List) -> AnyView {
    let (price, filter, currency) = (&list.listing.facets.price, &list.filter, list.currency);
    let typed = |minor: Option<i64>| minor.map(|minor| Money::new(minor, currency).decimal());
    let hint = |money: Option<Money>| money.map(|money| locale().round_amount(money));
    let label = |word: Words| format!("{word}, {}", currency.symbol().trim());
    let ranges = price
        .ranges
        .iter()
        .map(|range| {
            let ends = (range.min.map(|m| m.minor), range.max.map(|m| m.minor));
            let (min, max) = if range.selected { (None, None) } else { ends };
            link(
                list.href(&filter.with_price(min, max)),
                words(range, currency).into_owned(),
                Some(range.count),
                range.selected,
            )
        })
        .collect_view();
    let content = view! {
        {(price.ranges.len() > 1).then(|| view! { <ul class="facet__options">{ranges}</ul> })}
        <div class="facet__range">
            <div>
                <label for="min-price">{label(t!("listing-from"))}</label>
                <input
                    class="input"
                    id="min-price"
                    name="minPrice"
                    inputmode="decimal"
                    value=typed(filter.min_price)
                    placeholder=hint(price.min)
                />
            </div>
            <div>
                <label for="max-price">{label(t!("listing-to"))}</label>
                <input
                    class="input"
                    id="max-price"
                    name="maxPrice"
                    inputmode="decimal"
                    value=typed(filter.max_price)
                    placeholder=hint(price.max)
                />
            </div>
        </div>
    };
    facet(t!("listing-price"), true, content.into_any())
}

/// `£5 to £10`: a range ends one penny before the next begins.
fn words(range: &PriceRange, currency: Currency) -> Words {
    let end = range.max.map(|max| round_money(Money::new(max.minor + 1, currency)));
    match (range.min.map(round_money), end) {
        (Some(min), Some(end)) => t!("listing-price-between", min = min, end = end),
        (Some(min), None) => t!("listing-price-and-more", min = min),
        (None, Some(end)) => t!("listing-price-under", end = end),
        (None, None) => t!("listing-any-price"),
    }
}

/// The categories below the one that is shown, each with what the other choices leave in it.
pub fn subcategories(list: &List) -> impl IntoView + use<> {
    let categories: &[CategoryFacet] = &list.listing.facets.categories;
    let query = list.shelf.asked(&list.filter.with_page(1)).to_query(list.currency);
    let query = if query.is_empty() { query } else { format!("?{query}") };
    let shown = (!categories.is_empty()).then(|| {
        let links = categories
            .iter()
            .map(|c| {
                view! {
                    <li>
                        <a href=format!(
                            "{}{query}",
                            category_path(&c.slug),
                        )>{c.name.clone()} " " <span>{thousands(c.count)}</span></a>
                    </li>
                }
            })
            .collect_view();
        view! { <ul class="subcategories">{links}</ul> }
    });
    view! { <div data-renews="subcategories">{shown}</div> }
}
