//! What a shopper asks of a list: the words searched for, the choices made, the order, the page. It is read from an
//! address and written back into one, always in the same order, so that one list has one address.

use crate::words::Locale;
use crate::{Currency, Money, Paging, say};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Words searched for; empty is no search.
    pub q: String,
    /// Slug; the categories below it are included.
    pub category: Option<String>,
    pub brands: BTreeSet<String>,
    /// In minor units, of the cheapest variant; both ends included.
    pub min_price: Option<i64>,
    pub max_price: Option<i64>,
    pub in_stock: bool,
    pub on_offer: bool,
    /// Any of the values of each option.
    pub options: BTreeMap<String, BTreeSet<String>>,
    /// Any of them.
    pub tags: BTreeSet<String>,
    /// `None` is the usual order: by relevance in a search, newest first otherwise.
    pub sort: Option<Sort>,
    /// Where two are alike in that order, the one after it decides.
    pub then: Vec<Sort>,
    /// From 1.
    pub page: Option<NonZeroU32>,
    pub limit: Option<NonZeroU32>,
}

words! {
    pub enum Sort {
        Relevance = "relevance" => say "sort-relevance",
        Newest = "newest" => say "sort-newest",
        PriceUp = "price:asc" => say "sort-price-up",
        PriceDown = "price:desc" => say "sort-price-down",
        NameUp = "name:asc" => say "sort-name-up",
        NameDown = "name:desc" => say "sort-name-down",
        /// The largest discount first.
        Offer = "offer" => say "sort-offer",
        Oldest = "oldest" => say "sort-oldest",
    }
}

impl Sort {
    /// As programs may write it, too.
    pub fn read(word: &str) -> Option<Self> {
        match word {
            "price" => Some(Self::PriceUp),
            "name" => Some(Self::NameUp),
            "createdAt:desc" | "publishedAt:desc" => Some(Self::Newest),
            "createdAt" | "createdAt:asc" | "publishedAt" | "publishedAt:asc" => Some(Self::Oldest),
            word => Self::parse(word),
        }
    }

    /// Those of several, with commas between, that are known, each thing once; relevance only in the first place.
    pub fn parse_several(words: &str) -> Vec<Self> {
        let mut sorts: Vec<Self> = Vec::new();
        for sort in words.split(',').filter_map(|word| Self::read(word.trim())) {
            if sorts.iter().all(|other| other.about() != sort.about()) && (sorts.is_empty() || sort != Self::Relevance)
            {
                sorts.push(sort);
            }
        }
        sorts
    }

    /// What it sorts by, whatever the direction.
    pub fn about(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::Newest | Self::Oldest => "date",
            Self::PriceUp | Self::PriceDown => "price",
            Self::NameUp | Self::NameDown => "name",
            Self::Offer => "offer",
        }
    }

    /// Of `product_index`.
    pub(super) fn sql(self) -> &'static str {
        match self {
            Self::Newest | Self::Relevance => "s.published_at desc",
            Self::Oldest => "s.published_at",
            Self::PriceUp => "s.price_min",
            Self::PriceDown => "s.price_min desc",
            Self::NameUp => r#"s.name collate "und-x-icu""#,
            Self::NameDown => r#"s.name collate "und-x-icu" desc"#,
            Self::Offer => "s.discount desc",
        }
    }
}

/// Nobody chooses more by hand; a longer address is somebody trying us.
const VALUES_AT_MOST: usize = 30;
const OPTIONS_AT_MOST: usize = 6;
const TEXT_AT_MOST: usize = 120;
const QUERY_AT_MOST: usize = 200;
const PER_PAGE: u32 = 24;

impl Filter {
    /// Reads the pairs of a query string. Whatever makes no sense is left out: a shopper is never told off for an
    /// address.
    pub fn parse<K: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (K, V)>, currency: Currency) -> Self {
        let mut filter = Self::default();
        for (key, value) in pairs {
            let value = match key.as_ref() {
                "q" | "search" => words(value.as_ref()),
                _ => clean(value.as_ref(), TEXT_AT_MOST),
            };
            if value.is_empty() {
                continue;
            }
            match key.as_ref() {
                "q" | "search" => filter.q = value,
                "category" => filter.category = Some(value),
                // links of earlier versions say `vendor`
                "brand" | "vendor" => add(&mut filter.brands, value),
                "tag" => add(&mut filter.tags, value),
                "minPrice" | "priceMin" => filter.min_price = price(&value, currency).or(filter.min_price),
                "maxPrice" | "priceMax" => filter.max_price = price(&value, currency).or(filter.max_price),
                "inStock" => filter.in_stock = is_on(&value),
                "onOffer" => filter.on_offer = is_on(&value),
                "sort" => {
                    let mut sorts = Sort::parse_several(&value).into_iter();
                    if let Some(first) = sorts.next() {
                        (filter.sort, filter.then) = (Some(first), sorts.collect());
                    }
                }
                "page" => filter.page = whole(&value, Paging::MAX_PAGE).or(filter.page),
                "limit" => filter.limit = whole(&value, Paging::MAX_LIMIT).or(filter.limit),
                key => {
                    let name = key.strip_prefix("option.").map(|name| clean(name, 60)).filter(|name| !name.is_empty());
                    if let Some(name) = name
                        && (filter.options.len() < OPTIONS_AT_MOST || filter.options.contains_key(&name))
                    {
                        add(filter.options.entry(name).or_default(), value);
                    }
                }
            }
        }
        if let (Some(min), Some(max)) = (filter.min_price, filter.max_price)
            && min > max
        {
            (filter.min_price, filter.max_price) = (Some(max), Some(min));
        }
        if filter.page.is_some_and(|page| page.get() == 1) {
            filter.page = None;
        }
        if filter.limit.is_some_and(|limit| limit.get() == PER_PAGE) {
            filter.limit = None;
        }
        filter
    }

    /// With prices in steps, the range a little wider than asked: whole units, from a hundred on tens, from a thousand
    /// on hundreds. A page that offers ranges has no use for more, and there are fewer lists to count.
    pub fn with_round_prices(mut self, currency: Currency) -> Self {
        let unit = currency.unit();
        let step = |minor: i64| match minor / unit {
            0..100 => unit,
            100..1_000 => 10 * unit,
            _ => 100 * unit,
        };
        self.min_price = self.min_price.map(|minor| minor - minor % step(minor));
        // up to the last price below the next step, as the ranges that are offered end
        let is_end = |minor: i64| (minor + 1) % step(minor) == 0 || minor % step(minor) == 0;
        self.max_price = self.max_price.map(|minor| match is_end(minor) {
            true => minor,
            false => minor - minor % step(minor) + step(minor),
        });
        self
    }

    pub fn paging(&self) -> Paging {
        Paging::new(self.page.map_or(1, NonZeroU32::get), self.limit.map_or(PER_PAGE, NonZeroU32::get))
    }

    /// The order that is meant: the one asked for if it makes sense here.
    pub fn order(&self) -> Sort {
        match self.sort {
            Some(Sort::Relevance) | None if self.q.is_empty() => Sort::Newest,
            None => Sort::Relevance,
            Some(sort) => sort,
        }
    }

    /// The orders to offer here.
    pub fn orders(&self) -> impl Iterator<Item = Sort> {
        let searching = !self.q.is_empty();
        let is_offered = move |sort: &Sort| *sort != Sort::Oldest && (searching || *sort != Sort::Relevance);
        Sort::ALL.into_iter().filter(is_offered)
    }

    /// Whether anything narrows the list that a shopper could take back.
    pub fn is_narrowed(&self) -> bool {
        *self != Self { q: self.q.clone(), category: self.category.clone(), ..self.shown_as_is() }
    }

    /// No choices, but the same order and length.
    fn shown_as_is(&self) -> Self {
        Self { sort: self.sort, then: self.then.clone(), limit: self.limit, page: self.page, ..Self::default() }
    }

    /// As key and value, always in the same order.
    pub fn pairs(&self, currency: Currency) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        let mut put = |key: &str, value: String| pairs.push((key.to_owned(), value));
        if !self.q.is_empty() {
            put("q", self.q.clone());
        }
        self.category.iter().for_each(|slug| put("category", slug.clone()));
        self.brands.iter().for_each(|brand| put("brand", brand.clone()));
        self.min_price.iter().for_each(|&minor| put("minPrice", Money::new(minor, currency).decimal()));
        self.max_price.iter().for_each(|&minor| put("maxPrice", Money::new(minor, currency).decimal()));
        if self.in_stock {
            put("inStock", "true".into());
        }
        if self.on_offer {
            put("onOffer", "true".into());
        }
        for (name, values) in &self.options {
            values.iter().for_each(|value| put(&format!("option.{name}"), value.clone()));
        }
        self.tags.iter().for_each(|tag| put("tag", tag.clone()));
        let sorts: Vec<_> = self.sort.iter().chain(&self.then).map(|sort| sort.word()).collect();
        if self.sort.is_some() {
            put("sort", sorts.join(","));
        }
        self.page.iter().filter(|page| page.get() > 1).for_each(|page| put("page", page.to_string()));
        self.limit.iter().for_each(|limit| put("limit", limit.to_string()));
        pairs
    }

    /// The query string, without a question mark; empty when nothing is asked.
    pub fn to_query(&self, currency: Currency) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(self.pairs(currency)).finish()
    }

    // For links: the same list with one thing changed, from its first page.

    fn changed(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut filter = Self { page: None, ..self.clone() };
        change(&mut filter);
        filter
    }

    pub fn with_page(&self, page: u32) -> Self {
        Self { page: NonZeroU32::new(page).filter(|page| page.get() > 1), ..self.clone() }
    }

    pub fn with_sort(&self, sort: Option<Sort>) -> Self {
        self.changed(|f| (f.sort, f.then) = (sort, Vec::new()))
    }

    pub fn with_query(&self, q: &str) -> Self {
        self.changed(|f| f.q = words(q))
    }

    pub fn with_category(&self, slug: Option<&str>) -> Self {
        self.changed(|f| f.category = slug.map(str::to_owned))
    }

    pub fn with_price(&self, min: Option<i64>, max: Option<i64>) -> Self {
        self.changed(|f| (f.min_price, f.max_price) = (min, max))
    }

    pub fn toggle_brand(&self, brand: &str) -> Self {
        self.changed(|f| toggle(&mut f.brands, brand))
    }

    pub fn toggle_tag(&self, tag: &str) -> Self {
        self.changed(|f| toggle(&mut f.tags, tag))
    }

    pub fn toggle_option(&self, name: &str, value: &str) -> Self {
        self.changed(|f| {
            toggle(f.options.entry(name.to_owned()).or_default(), value);
            f.options.retain(|_, values| !values.is_empty());
        })
    }

    pub fn toggle_in_stock(&self) -> Self {
        self.changed(|f| f.in_stock = !f.in_stock)
    }

    pub fn toggle_on_offer(&self) -> Self {
        self.changed(|f| f.on_offer = !f.on_offer)
    }

    /// Every choice taken back; the search and the category stay.
    pub fn cleared(&self) -> Self {
        Self { q: self.q.clone(), category: self.category.clone(), page: None, ..self.shown_as_is() }
    }

    /// Each choice made, for people, with the list that is left when it is taken back.
    pub fn choices(&self, locale: Locale, currency: Currency) -> Vec<(String, Filter)> {
        let mut choices = Vec::new();
        for brand in &self.brands {
            choices.push((brand.clone(), self.toggle_brand(brand)));
        }
        let money = |minor| Money::new(minor, currency);
        let price = match (self.min_price, self.max_price) {
            (Some(min), Some(max)) => Some(say!(locale, "filter-price-between", min = money(min), max = money(max))),
            (Some(min), None) => Some(say!(locale, "filter-price-from", min = money(min))),
            (None, Some(max)) => Some(say!(locale, "filter-price-up-to", max = money(max))),
            (None, None) => None,
        };
        choices.extend(price.map(|words| (words.into_owned(), self.with_price(None, None))));
        if self.in_stock {
            choices.push((say!(locale, "filter-in-stock").into_owned(), self.toggle_in_stock()));
        }
        if self.on_offer {
            choices.push((say!(locale, "filter-on-offer").into_owned(), self.toggle_on_offer()));
        }
        for (name, values) in &self.options {
            for value in values {
                choices.push((format!("{name}: {value}"), self.toggle_option(name, value)));
            }
        }
        for tag in &self.tags {
            choices.push((format!("#{tag}"), self.toggle_tag(tag)));
        }
        choices
    }
}

/// Without control characters, white space at the ends, and what is longer than anything we have.
fn clean(text: &str, limit: usize) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(limit).collect();
    text.trim().to_owned()
}

/// Words, with one space between.
fn words(text: &str) -> String {
    let text: String = text.chars().take(2 * QUERY_AT_MOST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").chars().take(QUERY_AT_MOST).collect::<String>().trim_end().to_owned()
}

fn add(values: &mut BTreeSet<String>, value: String) {
    if values.len() < VALUES_AT_MOST {
        values.insert(value);
    }
}

fn toggle(values: &mut BTreeSet<String>, value: &str) {
    if !values.remove(value) {
        values.insert(value.to_owned());
    }
}

fn price(text: &str, currency: Currency) -> Option<i64> {
    Money::parse(text, currency).ok().map(|money| money.minor).filter(|minor| (0..=100_000_000_000).contains(minor))
}

fn is_on(text: &str) -> bool {
    matches!(text, "on" | "true" | "1" | "yes")
}

fn whole(text: &str, at_most: u32) -> Option<NonZeroU32> {
    text.parse::<NonZeroU32>().ok().map(|n| n.min(NonZeroU32::new(at_most).unwrap_or(NonZeroU32::MIN)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Filter {
        Filter::parse(url::form_urlencoded::parse(query.as_bytes()), Currency::GBP)
    }

    #[test]
    fn reads_and_writes_one_address() {
        let filter = parse(
            "page=3&option.Size=M%206&brand=Harrow&q=claw++hammer&minPrice=20&maxPrice=5.50&inStock=on&brand=Acme&sort=price:asc",
        );
        assert_eq!((filter.min_price, filter.max_price), (Some(5_50), Some(20_00)));
        let query = filter.to_query(Currency::GBP);
        assert_eq!(
            query,
            "q=claw+hammer&brand=Acme&brand=Harrow&minPrice=5.50&maxPrice=20.00&inStock=true&option.Size=M+6&sort=price%3Aasc&page=3"
        );
        assert_eq!(parse(&query), filter);
    }

    #[test]
    fn leaves_nonsense_out() {
        let nonsense = "page=0&page=-1&page=99999999999&limit=NaN&minPrice=1e9&maxPrice=%00&sort=;drop&inStock=maybe\
                        &option.=x&brand=&brand=%20&unknown=1&category=%00%01&q=%00%0a";
        assert_eq!(parse(nonsense), Filter::default());
        let sorted = parse("sort=colour,price:desc,name,price,relevance,name:desc");
        assert_eq!((sorted.sort, &sorted.then[..]), (Some(Sort::PriceDown), &[Sort::NameUp][..]));
        assert_eq!(sorted.to_query(Currency::GBP), "sort=price%3Adesc%2Cname%3Aasc");
        assert_eq!(parse("page=99999999").paging().page(), Paging::MAX_PAGE);
        assert_eq!(parse("limit=5000").paging().limit(), 100);
        let many: String = (0..1000).map(|n| format!("&brand={n}&option.{n}={n}&tag={n}")).collect();
        let filter = parse(&many);
        assert!(filter.brands.len() <= 30 && filter.options.len() <= 6 && filter.tags.len() <= 30);
        assert_eq!(parse(&format!("q={}", "ä".repeat(10_000))).q.chars().count(), 200);
    }

    #[test]
    fn prices_are_rounded_outwards_to_steps() {
        let round = |query: &str| {
            let filter = parse(query).with_round_prices(Currency::GBP);
            assert_eq!(filter.clone().with_round_prices(Currency::GBP), filter, "{query}");
            (filter.min_price, filter.max_price)
        };
        assert_eq!(round("minPrice=5.50&maxPrice=12.34"), (Some(5_00), Some(13_00)));
        assert_eq!(round("minPrice=123.45&maxPrice=987.65"), (Some(12_000), Some(99_000)));
        assert_eq!(round("minPrice=1234&maxPrice=1999.99"), (Some(120_000), Some(199_999)));
        // the ranges that are offered stay as they are
        assert_eq!(round("minPrice=10&maxPrice=19.99"), (Some(10_00), Some(19_99)));
        assert_eq!(round(""), (None, None));
    }

    #[test]
    fn links_change_one_thing_and_go_to_the_first_page() {
        let filter = parse("q=nail&brand=Harrow&page=4");
        assert_eq!(filter.toggle_brand("Harrow").to_query(Currency::GBP), "q=nail");
        assert_eq!(filter.toggle_brand("Acme").to_query(Currency::GBP), "q=nail&brand=Acme&brand=Harrow");
        assert_eq!(filter.with_page(1).to_query(Currency::GBP), "q=nail&brand=Harrow");
        let sized = filter.toggle_option("Size", "M6");
        assert_eq!(sized.toggle_option("Size", "M6").to_query(Currency::GBP), "q=nail&brand=Harrow");
        assert_eq!(sized.choices(Locale::English, Currency::GBP).len(), 2);
        assert!(sized.is_narrowed() && !sized.cleared().is_narrowed());
        assert_eq!(parse("").order(), Sort::Newest);
        assert_eq!(parse("sort=relevance").order(), Sort::Newest);
        assert_eq!(parse("q=x").order(), Sort::Relevance);
    }
}
