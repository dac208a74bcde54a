//! The form of a product. Everything that is saved together is in one form; the pictures of a product that there is are
//! kept on their own.

use super::acts::Save;
use super::facts::Facts;
use super::variants::variants;
use super::{CREATE, pictures};
use crate::ui::{Field, Form, Hidden, Select, StatusBadge, TextArea, TickBox, date_time, form_state};
use crate::web::use_visit;
use leptos::prelude::*;
use server_fn::ServerFn;
use shop::address::Country;
use shop::catalog::products::ProductInput;
use shop::catalog::{Condition, ProductStatus};

pub fn product_form(facts: Facts, input: ProductInput) -> impl IntoView {
    let which = facts.which.clone();
    // a table of variants takes the whole width
    let wide = !input.variants.is_empty();
    let is_new = facts.id.is_none();
    let to = is_new.then(|| CREATE.to_owned());
    let state = use_visit().flash.form(Save::url(), &which).renaming("vendor", "brand");
    view! {
        <Form action=Save::url() which=which state=state class="" id="product" asks=facts.may_write files=is_new to=to>
            // Enter in a field presses the first button of a form: it must be this one
            <button class="visually-hidden" tabindex="-1" aria-hidden="true" disabled=!facts.may_write>
                "Save"
            </button>
            <Hidden name="product" value=facts.id.map(|id| id.to_string()).unwrap_or_default() />
            <Hidden name="version" value=form_state().value("version", &facts.version.to_string()) />
            <fieldset class="edit" disabled=!facts.may_write>
                <div class="edit__main">
                    {texts(&input)} {origin(&input)} {is_new.then(|| pictures::chosen(&input.images))}
                    {(!wide).then(|| variants(&facts, &input))} {search_engines(&input)}
                </div>
                <div class="edit__side">{status(&facts)} {place(&facts, &input)}</div>
                {wide.then(|| view! { <div class="edit__wide">{variants(&facts, &input)}</div> })}
            </fieldset>
        </Form>
    }
}

/// The buttons that stay in sight. They belong to the form above.
pub fn save_bar(note: String, cancel: String) -> impl IntoView {
    view! {
        <div class="save-bar">
            <p class="save-bar__note">{note}</p>
            <a class="button button--quiet" href=cancel>
                "Cancel"
            </a>
            <button class="button" form="product">
                "Save"
            </button>
        </div>
    }
}

fn texts(input: &ProductInput) -> impl IntoView + use<> {
    view! {
        <section class="panel" aria-labelledby="texts">
            <div class="panel__head">
                <h2 class="panel__title" id="texts">
                    "Product"
                </h2>
            </div>
            <div class="panel__body form">
                <Field name="name" label="Name" value=input.name.to_string() required=true />
                <Field
                    name="slug"
                    label="Address"
                    value=input.slug.to_string()
                    hint="The last part of the link; empty, it is made from the name. The old address leads to the new one."
                />
                <TextArea
                    name="summary"
                    label="In short"
                    hint="One or two sentences, for lists."
                    value=input.summary.to_string()
                    rows=2
                    optional=true
                />
                <TextArea
                    name="description"
                    label="Description"
                    hint="An empty line begins a new paragraph."
                    value=input.description.to_string()
                    rows=9
                />
                <TextArea
                    name="specifications"
                    label="Specification"
                    hint="One to a line, such as “Weight: 450 g”."
                    value=input.specifications.text()
                    rows=6
                    optional=true
                />
            </div>
        </section>
    }
}

/// What customs and feeds ask.
fn origin(input: &ProductInput) -> impl IntoView + use<> {
    let countries = Country::all().iter().map(|country| (country.code().to_owned(), country.name().to_owned()));
    let countries: Vec<_> = [(String::new(), "Not said".to_owned())].into_iter().chain(countries).collect();
    let conditions = Condition::ALL.map(|condition| (condition.word().to_owned(), condition.to_string()));
    view! {
        <section class="panel" aria-labelledby="origin">
            <div class="panel__head">
                <h2 class="panel__title" id="origin">
                    "Origin and numbers"
                </h2>
            </div>
            <div class="panel__body form">
                <div class="form__row">
                    <Select
                        name="countryOfOrigin"
                        label="Country of origin"
                        options=countries
                        value=input.country_of_origin.to_string()
                        optional=true
                    />
                    <Select
                        name="condition"
                        label="Condition"
                        options=conditions.to_vec()
                        value=input.condition.to_string()
                    />
                </div>
                <div class="form__row">
                    <Field
                        name="gtin"
                        label="GTIN"
                        value=input.gtin.to_string()
                        hint="EAN, UPC or ISBN. Variants have their own."
                        optional=true
                    />
                    <Field
                        name="mpn"
                        label="Maker's part number"
                        value=input.mpn.to_string()
                        hint="MPN."
                        optional=true
                    />
                </div>
            </div>
        </section>
    }
}

fn search_engines(input: &ProductInput) -> impl IntoView + use<> {
    view! {
        <section class="panel" aria-labelledby="seo">
            <div class="panel__head">
                <h2 class="panel__title" id="seo">
                    "Search engines"
                </h2>
            </div>
            <div class="panel__body form">
                <Field
                    name="seoTitle"
                    label="Title"
                    value=input.seo_title.to_string()
                    hint="Empty: the name."
                    optional=true
                />
                <TextArea
                    name="seoDescription"
                    label="Description for search engines"
                    value=input.seo_description.to_string()
                    hint="Empty: what stands under “In short”."
                    rows=3
                    optional=true
                />
            </div>
        </section>
    }
}

/// Where it stands, and where it may go: the buttons save what was typed on the way.
fn status(facts: &Facts) -> impl IntoView + use<> {
    let step = |status: ProductStatus, label: &'static str, class: &'static str| {
        view! {
            <button class=class name="status" value=status.word()>
                {label}
            </button>
        }
    };
    let (main, second) = ("button button--small", "button button--secondary button--small");
    let steps = match facts.status {
        // what is not there yet can be left
        ProductStatus::Draft if facts.id.is_none() => vec![step(ProductStatus::Published, "Save and publish", main)],
        ProductStatus::Draft => {
            vec![
                step(ProductStatus::Published, "Save and publish", main),
                step(ProductStatus::Archived, "Archive", second),
            ]
        }
        ProductStatus::Published => {
            vec![step(ProductStatus::Draft, "Unpublish", second), step(ProductStatus::Archived, "Archive", second)]
        }
        ProductStatus::Archived => vec![step(ProductStatus::Draft, "Restore as a draft", second)],
    };
    let words = match facts.status {
        ProductStatus::Draft => {
            "Shoppers do not see it. To be published it needs a category, a price and something to sell."
        }
        ProductStatus::Published => "Shoppers see it. These save what you typed, too.",
        ProductStatus::Archived => "It is put away, and kept for the sake of old orders. Shoppers do not see it.",
    };
    let version = facts.version;
    let changed = facts.updated_at.map(|at| {
        view! {
            <dl class="facts">
                <dt>"Changed"</dt>
                <dd>{date_time(at)}</dd>
                <dt>"Version"</dt>
                <dd>{version}</dd>
            </dl>
        }
    });
    let badge = facts.status;
    let may_write = facts.may_write;
    view! {
        <section class="panel" aria-labelledby="status">
            <div class="panel__head">
                <h2 class="panel__title" id="status">
                    "Status"
                </h2>
                <StatusBadge status=badge />
            </div>
            <div class="panel__body stack">
                {changed} <p class="muted small">{words}</p>
                {may_write.then(|| view! { <div class="cluster">{steps}</div> })}
            </div>
        </section>
    }
}

fn place(facts: &Facts, input: &ProductInput) -> impl IntoView + use<> {
    let categories = facts.categories.clone();
    let brand = input.given_brand().map(|(brand, _)| brand.to_string()).unwrap_or_default();
    view! {
        <section class="panel" aria-labelledby="place">
            <div class="panel__head">
                <h2 class="panel__title" id="place">
                    "Where it belongs"
                </h2>
            </div>
            <div class="panel__body form">
                <Select name="categoryId" label="Category" options=categories value=input.category_id.to_string() />
                <Field name="brand" label="Brand" value=brand optional=true />
                <Field name="tags" label="Tags" value=input.tags.text() hint="With commas between." optional=true />
                <TickBox name="featured" label="Show on the home page" ticked=input.featured.is_on() />
            </div>
        </section>
    }
}
