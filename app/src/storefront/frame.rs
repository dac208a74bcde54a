//! The frame of every storefront page: header, main, footer.

use super::paths::category_path;
use crate::ui::{Icon, Logo, round_money, thousands};
use crate::web::errors::log;
use crate::web::path::is_preview;
use crate::web::{Visit, use_visit};
use crate::words::Words;
use leptos::prelude::*;
use leptos_router::components::Outlet;
use shop::catalog::{Category, Tree};
use shop::settings::Settings;
use shop::{cart, catalog, settings};
use std::sync::Arc;

/// The frame round whatever page the router chose.
#[component]
pub fn Outlined() -> impl IntoView {
    view! {
        <Frame>
            <Outlet />
        </Frame>
    }
}

#[component]
pub fn Frame(children: Children) -> impl IntoView {
    let (visit, around) = (use_visit(), expect_context::<PageContext>());
    let test_mode = visit.app.config.is_test_mode();
    // the shop window's first band reaches from edge to edge
    let class = if visit.path == "/" { "" } else { "page" };
    view! {
        <a class="skip-link" href="#main">
            {t!("frame-skip-to-content")}
        </a>
        {test_mode
            .then(|| {
                view! {
                    <aside class="banner" aria-label=t!("frame-announcement")>
                        {t!("frame-test-payments")}
                    </aside>
                }
            })}
        {if visit.path == "/checkout" { checkout_header().into_any() } else { header(&visit, &around).into_any() }}
        <main id="main" tabindex="-1" class=class>
            {children()}
        </main>
        {footer(&visit, &around)}
    }
}

/// At the checkout nothing leads away but the way back.
fn checkout_header() -> impl IntoView {
    view! {
        <header class="site-header">
            <div class="checkout-head container">
                <Logo />
                <a href="/cart">{t!("frame-back-to-cart")}</a>
            </div>
        </header>
    }
}

/// What stands round every page, read before it is rendered. Pages are shown even when it cannot be read.
#[derive(Clone, Default)]
pub struct PageContext {
    tree: Arc<Tree>,
    /// In the cart.
    pieces: i64,
    settings: Option<Arc<Settings>>,
}

impl PageContext {
    /// Of a storefront page; the admin has none of it, but for its previews.
    pub async fn of(visit: &Visit) -> Self {
        if visit.path.starts_with("/admin") && !is_preview(&visit.path) {
            return Self::default();
        }
        let tree = catalog::tree(visit.shop()).await.inspect_err(log).unwrap_or_default();
        let settings = settings::current(visit.shop()).await.inspect_err(log).ok();
        Self { tree, pieces: pieces(visit).await, settings }
    }
}

async fn pieces(visit: &Visit) -> i64 {
    let visitor = &visit.visitor;
    if visitor.cart_token.is_none() && visitor.customer.is_none() {
        return 0;
    }
    cart::count(visit.shop(), visitor).await.unwrap_or_else(|e| {
        log(&e);
        0
    })
}

/// More would not fit in a line.
const DEPARTMENTS: usize = 9;

/// The departments: categories at the root that shoppers see.
fn departments(tree: &Tree) -> impl Iterator<Item = &Category> {
    tree.children(None).filter(|c| c.shown).take(DEPARTMENTS)
}

/// The department that the page is in, as far as its address tells.
fn current<'a>(visit: &Visit, tree: &'a Tree) -> Option<&'a Category> {
    let slug = visit.path.strip_prefix("/categories/")?;
    let root = tree.breadcrumb(tree.by_slug(slug)?.id).into_iter().next()?;
    tree.get(root.id)
}

fn header(visit: &Visit, around: &PageContext) -> impl IntoView + use<> {
    let (tree, pieces) = (&around.tree, around.pieces);
    let here = current(visit, tree).map(|c| c.id);
    let on = |path: &str| (visit.path == path).then_some("page");
    let bar = departments(tree)
        .map(|c| {
            let now = (here == Some(c.id)).then_some("true");
            view! {
                <li>
                    <a class="site-nav__link" href=category_path(&c.slug) aria-current=now>
                        {c.name.clone()}
                    </a>
                </li>
            }
        })
        .collect_view();
    let menu = departments(tree)
        .map(|c| {
            let now = (here == Some(c.id)).then_some("true");
            view! {
                <li>
                    <a class="menu__link" href=category_path(&c.slug) aria-current=now>
                        {c.name.clone()}
                    </a>
                </li>
            }
        })
        .collect_view();
    let q = if visit.path == "/search" { visit.param("q").unwrap_or_default() } else { String::new() };
    let (account, account_text) = account(visit);
    view! {
        <header class="site-header">
            <div class="site-header__bar container">
                <div class="site-header__start">
                    <details class="menu">
                        <summary class="menu__toggle">
                            <span class="visually-hidden">{t!("frame-menu")}</span>
                            <span class="menu__open">
                                <Icon name="menu" />
                            </span>
                            <span class="menu__close">
                                <Icon name="close" />
                            </span>
                        </summary>
                        <nav class="menu__panel" aria-label=t!("frame-menu")>
                            <ul class="menu__list">
                                {menu} <li>
                                    <a class="menu__link" href="/new" aria-current=on("/new")>
                                        {t!("frame-new-in")}
                                    </a>
                                </li> <li>
                                    <a class="menu__link" href="/offers" aria-current=on("/offers")>
                                        {t!("frame-on-offer")}
                                    </a>
                                </li> <li>
                                    <a class="menu__link" href=account>
                                        {account_text.clone()}
                                    </a>
                                </li> <li>
                                    <a class="menu__link" href="/help" aria-current=on("/help")>
                                        {t!("frame-delivery-and-help")}
                                    </a>
                                </li>
                            </ul>
                        </nav>
                    </details>
                    <Logo />
                </div>
                <form class="search" role="search" action="/search">
                    <label class="visually-hidden" for="q">
                        {t!("frame-search-the-shop")}
                    </label>
                    <input
                        class="search__input"
                        id="q"
                        name="q"
                        type="search"
                        value=q
                        placeholder=t!("frame-search-placeholder")
                        maxlength="200"
                        autocomplete="off"
                    />
                    <button class="search__button">
                        <span class="visually-hidden">{t!("frame-search")}</span>
                        <Icon name="search" />
                    </button>
                </form>
                <ul class="site-actions">
                    <li>
                        <a class="site-action" href=account>
                            <Icon name="user" />
                            <span class="site-action__text">{account_text}</span>
                        </a>
                    </li>
                    <li>
                        <a class="site-action" href="/cart">
                            <Icon name="cart" />
                            <span class="site-action__text">{t!("frame-cart")}</span>
                            {(pieces > 0)
                                .then(|| {
                                    view! {
                                        <span class="count">
                                            {thousands(pieces)}
                                            <span class="visually-hidden">" " {t!("frame-items", count = pieces)}</span>
                                        </span>
                                    }
                                })}
                        </a>
                    </li>
                </ul>
            </div>
            <nav class="site-nav container" aria-label=t!("frame-departments")>
                <ul class="site-nav__list">
                    {bar} <li>
                        <a class="site-nav__link" href="/new" aria-current=on("/new")>
                            {t!("frame-new-in")}
                        </a>
                    </li> <li>
                        <a class="site-nav__link site-nav__link--offer" href="/offers" aria-current=on("/offers")>
                            {t!("frame-on-offer")}
                        </a>
                    </li>
                </ul>
            </nav>
        </header>
    }
}

fn account(visit: &Visit) -> (&'static str, Words) {
    match visit.visitor.customer {
        Some(_) => ("/account", t!("frame-account")),
        None => ("/login", t!("frame-sign-in")),
    }
}

fn footer(visit: &Visit, around: &PageContext) -> impl IntoView + use<> {
    let (tree, settings) = (&around.tree, &around.settings);
    let link = |href: String, text: String| {
        view! {
            <li>
                <a class="site-footer__link" href=href>
                    {text}
                </a>
            </li>
        }
    };
    let fixed = |href: &str, text: Words| link(href.to_owned(), text.into_owned());
    let shop_links = departments(tree).take(6).map(|c| link(category_path(&c.slug), c.name.clone())).collect_view();
    let tagline = settings.as_ref().and_then(|s| s.tagline.clone());
    let about = settings.as_ref().map(|s| s.address_lines.join(", ")).filter(|lines| !lines.is_empty());
    let contact = settings.as_ref().map(|s| s.contact_email.clone());
    let prices = match settings.as_ref().is_some_and(|s| s.prices_include_tax) {
        true => t!("frame-prices-with-tax"),
        false => t!("frame-prices-without-tax"),
    };
    view! {
        <footer class="site-footer no-print">
            <div class="container">
                <div class="site-footer__grid">
                    <div class="site-footer__about">
                        <Logo />
                        {tagline.map(|tagline| view! { <p>{tagline}</p> })}
                        {about.map(|about| view! { <p>{about}</p> })}
                        {contact
                            .map(|mail| {
                                view! {
                                    <p>
                                        <a class="site-footer__link" href=format!("mailto:{mail}")>
                                            {mail.clone()}
                                        </a>
                                    </p>
                                }
                            })}
                    </div>
                    <nav aria-labelledby="footer-shop">
                        <h2 class="site-footer__title" id="footer-shop">
                            {t!("frame-shop")}
                        </h2>
                        <ul class="site-footer__list">{shop_links} {fixed("/offers", t!("frame-on-offer"))}</ul>
                    </nav>
                    <nav aria-labelledby="footer-help">
                        <h2 class="site-footer__title" id="footer-help">
                            {t!("frame-help")}
                        </h2>
                        <ul class="site-footer__list">
                            {fixed("/help#delivery", t!("frame-delivery"))}
                            {fixed("/help#returns", t!("frame-returns"))}
                            {fixed("/help#order", t!("frame-find-an-order"))}
                            {fixed("/help#contact", t!("frame-contact"))}
                        </ul>
                    </nav>
                    <nav aria-labelledby="footer-account">
                        <h2 class="site-footer__title" id="footer-account">
                            {t!("frame-account")}
                        </h2>
                        <ul class="site-footer__list">
                            {match visit.visitor.customer {
                                Some(_) => {
                                    (
                                        fixed("/account", t!("frame-your-account")),
                                        fixed("/account/orders", t!("frame-orders")),
                                    )
                                }
                                None => {
                                    (
                                        fixed("/login", t!("frame-sign-in")),
                                        fixed("/register", t!("frame-make-an-account")),
                                    )
                                }
                            }} {fixed("/cart", t!("frame-cart"))}
                            {visit.staff.is_some().then(|| fixed("/admin", t!("frame-to-the-dashboard")))}
                        </ul>
                    </nav>
                </div>
                <div class="site-footer__base">
                    <p>{prices}</p>
                    <p>
                        <a href="/help#privacy">{t!("frame-privacy-and-cookies")}</a>
                    </p>
                </div>
            </div>
        </footer>
    }
}

/// The first way of delivery that costs something, in a few words: `Delivery £4.95, free from £60`.
pub fn delivery_words(settings: &settings::Settings) -> Option<String> {
    let method = settings.shipping_methods.iter().find(|m| m.price.minor > 0)?;
    let words = match method.free_from {
        Some(from) => t!("frame-delivery-free-from", price = method.price, from = round_money(from)),
        None => t!("frame-delivery-for", price = method.price),
    };
    Some(words.into_owned())
}
