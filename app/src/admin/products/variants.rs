//! Price and stock of a product with one variant; options and a table of inputs for one with several.

use super::facts::Facts;
use super::rows;
use crate::ui::{Field, Head, Hidden, Icon, Select, Table, fault_note, form_state, id_of};
use crate::web::flash::FormState;
use leptos::prelude::*;
use shop::catalog::products::{ProductInput, VariantInput};
use shop::id::VariantId;

const MOST_OPTIONS: usize = 3;

pub fn variants(facts: &Facts, input: &ProductInput) -> impl IntoView + use<> {
    let flat = input.variants.is_empty();
    view! {
        {flat.then(|| flat_form(facts, input))}
        <section class="panel" aria-labelledby="options" id=id_of("variants")>
            <div class="panel__head">
                <h2 class="panel__title" id="options">
                    {if flat { "Options" } else { "Options and variants" }}
                </h2>
                <button class="button button--secondary button--small" name="act" value="rows" formnovalidate>
                    <Icon name="plus" />
                    "Show all variants"
                </button>
            </div>
            <div class="panel__body form" id=id_of("options")>
                <p class="muted">
                    "For something that comes in several sizes or colours: name what is chosen, and the values with commas between. Each combination is a variant with an SKU, a price and stock of its own. A new option gives its first value to the variants that there are; they keep SKU, price and stock."
                </p>
                {whole_list_fault()}
                {options(input)}
            </div>
            {(!flat).then(|| table(facts, input))}
        </section>
    }
}

/// A fault of the list as a whole stands above it.
fn whole_list_fault() -> impl IntoView {
    let state = form_state();
    [("variants", "Variants"), ("options", "Options")]
        .map(|(name, label)| {
            let id = id_of(name);
            fault_note(&id, state.fault(name, label, &id))
        })
        .into_iter()
        .collect_view()
}

fn flat_form(facts: &Facts, input: &ProductInput) -> impl IntoView + use<> {
    let money = facts.currency.symbol();
    let stock = match facts.id {
        None => view! {
            <Field
                name="stockQuantity"
                label="First stock"
                value=input.stock_quantity.to_string()
                inputmode="numeric"
                optional=true
            />
        }
        .into_any(),
        Some(_) => {
            let link = facts.only.map(|id| stock_link(facts, id));
            view! {
                <div class="field">
                    <p class="field__label">"Stock"</p>
                    <p>{link} " free; changed in the inventory"</p>
                </div>
            }
            .into_any()
        }
    };
    view! {
        <section class="panel" aria-labelledby="price">
            <div class="panel__head">
                <h2 class="panel__title" id="price">
                    "Price and stock"
                </h2>
            </div>
            <div class="panel__body form">
                <div class="form__row">
                    <Field
                        name="price"
                        label=format!("Price, {money}")
                        value=input.price.to_string()
                        inputmode="decimal"
                    />
                    <Field
                        name="compareAtPrice"
                        label=format!("Before, {money}")
                        value=input.compare_at_price.to_string()
                        inputmode="decimal"
                        optional=true
                    />
                    <Field
                        name="cost"
                        label=format!("Cost, {money}")
                        value=input.cost.to_string()
                        inputmode="decimal"
                        optional=true
                    />
                </div>
                <div class="form__row">
                    <Field name="sku" label="SKU" value=input.sku.to_string() hint="Empty: it is made." />
                    <Field
                        name="barcode"
                        label="Bar code"
                        value=input.barcode.to_string()
                        hint="EAN, UPC …"
                        optional=true
                    />
                </div>
                <div class="form__row">
                    <Field
                        name="weightGrams"
                        label="Weight, g"
                        value=input.weight_grams.to_string()
                        inputmode="numeric"
                        optional=true
                    />
                    <Field
                        name="lowStockAt"
                        label="Low at"
                        value=input.low_stock_at.to_string()
                        hint="So many or fewer left is low. Empty: as in the settings."
                        inputmode="numeric"
                        optional=true
                    />
                </div>
                <div class="form__row">{stock}</div>
            </div>
        </section>
    }
}

fn stock_link(facts: &Facts, id: VariantId) -> impl IntoView + use<> {
    let free = facts.free.get(&id).map_or_else(|| "Stock".to_owned(), i32::to_string);
    view! { <a href=format!("/admin/inventory/{id}")>{free}</a> }
}

/// A row for each option that there may be.
fn options(input: &ProductInput) -> impl IntoView + use<> {
    let row = |n: usize| {
        let (name, values) = input.options.get(n).map(|o| (o.name.to_string(), o.values.text())).unwrap_or_default();
        let placeholders = [("Size", "S, M, L"), ("Colour", "Red, Blue"), ("Pack", "Single, Box of 10")];
        let (what, such) = placeholders.get(n).copied().unwrap_or_default();
        view! {
            <div class="form__row">
                <Field
                    name=format!("options[{n}][name]")
                    label=format!("Option {}", n + 1)
                    value=name
                    placeholder=what
                    optional=true
                />
                <Field
                    name=format!("options[{n}][values]")
                    label=format!("Values of option {}", n + 1)
                    value=values
                    placeholder=such
                />
            </div>
        }
    };
    (0..MOST_OPTIONS.max(input.options.len())).map(row).collect_view()
}

fn table(facts: &Facts, input: &ProductInput) -> impl IntoView + use<> {
    let state = form_state();
    let money = facts.currency.symbol();
    let rows = input.variants.iter().enumerate().map(|(n, variant)| row(facts, &state, n, variant)).collect_view();
    // what the values in the rows are values of: the options above may be changed before they are
    let names: Vec<String> = match &input.variant_options[..] {
        [] => input.options.iter().map(|option| option.name.to_string()).collect(),
        names => names.iter().map(ToString::to_string).collect(),
    };
    let names = names
        .into_iter()
        .enumerate()
        .map(|(n, name)| view! { <Hidden name=format!("variantOptions[{n}]") value=name /> })
        .collect_view();
    view! {
        {names}
        {fill(facts, input)}
        <Table
            label="Variants, scrolls sideways"
            class="table table--compact variants"
            head=view! {
                <Head label="Variant" />
                <Head label="SKU" />
                <Head label=format!("Price, {money}") />
                <Head label=format!("Before, {money}") />
                <Head label="Stock" number=true />
                <Head label="Not sold" />
                <Head label="Actions" unseen=true />
            }
        >
            {rows}
        </Table>
    }
}

/// Prices for all rows at once, or for those of one value.
fn fill(facts: &Facts, input: &ProductInput) -> impl IntoView + use<> {
    let money = facts.currency.symbol();
    let mut of = vec![(String::new(), "All variants".to_owned())];
    for place in 0..MOST_OPTIONS {
        let mut values: Vec<&str> = Vec::new();
        for value in input.variants.iter().filter_map(|row| row.option_values.get(place)) {
            if !values.contains(&value.trimmed()) {
                values.push(value.trimmed());
            }
        }
        let several = values.len() > 1;
        of.extend(values.iter().filter(|_| several).map(|value| (format!("{place}:{value}"), (*value).to_owned())));
    }
    let act = form_state().value("act", "") == rows::FILL;
    // once it is done the fields are empty again; what was typed for another act stays
    let kept = |name: &str| if act { String::new() } else { form_state().value(&format!("all[{name}]"), "") };
    let field = |name: &'static str, label: &str| {
        let (id, name, value) = (id_of(&format!("all[{name}]")), format!("all[{name}]"), kept(name));
        view! {
            <div class="field">
                <label class="field__label small" for=id.clone()>
                    {format!("{label}, {money}")}
                </label>
                <input class="input" id=id name=name value=value inputmode="decimal" />
            </div>
        }
    };
    view! {
        <fieldset class="variants-all">
            <legend class="visually-hidden">"Set prices of several variants at once"</legend>
            <Select name="all[of]" label="Set for" options=of class="small" />
            {field("price", "Price")}
            {field("compareAtPrice", "Before")}
            {field("cost", "Cost")}
            <button class="button button--secondary button--small" name="act" value=rows::FILL formnovalidate>
                "Set"
            </button>
        </fieldset>
    }
}

fn row(facts: &Facts, state: &FormState, n: usize, variant: &VariantInput) -> impl IntoView + use<> {
    let values: Vec<String> = variant.option_values.iter().map(|v| v.trimmed().to_owned()).collect();
    let title = match values.is_empty() {
        true => "The variant".to_owned(),
        false => values.join(", "),
    };
    let cell = |field: &'static str, label: &str, value: &shop::input::Raw, class: &'static str| {
        cell(state, format!("variants[{n}][{field}]"), format!("{label} of {title}"), value.to_string(), class)
    };
    let known: Option<VariantId> = variant.id.trimmed().parse().ok();
    let stock = match known {
        Some(id) => stock_link(facts, id).into_any(),
        None => cell("stock", "First stock", &variant.stock, "input input--number").into_any(),
    };
    let place = id_of(&format!("variants[{n}]"));
    let fault_of = |field: &str| state.fault(&format!("variants[{n}].{field}"), &title, &place);
    let faults = ["id", "optionValues"].into_iter().chain(["optionValues[0]", "optionValues[1]", "optionValues[2]"]);
    let faults: Vec<String> = faults.filter_map(fault_of).collect();
    let fault = fault_note(&place, (!faults.is_empty()).then(|| faults.join(" ")));
    let carried = values
        .iter()
        .enumerate()
        .map(|(v, value)| view! { <Hidden name=format!("variants[{n}][optionValues][{v}]") value=value.clone() /> })
        .collect_view();
    let money = facts.currency.symbol();
    let rare = [
        ("cost", format!("Cost, {money}"), &variant.cost, "decimal"),
        ("weightGrams", "Weight, g".to_owned(), &variant.weight_grams, "numeric"),
        ("barcode", "Bar code".to_owned(), &variant.barcode, "text"),
        ("lowStockAt", "Low at".to_owned(), &variant.low_stock_at, "numeric"),
        ("position", "Place".to_owned(), &variant.position, "numeric"),
    ];
    // what is wrong must be seen
    let open = rare.iter().any(|(field, ..)| state.is_wrong(&format!("variants[{n}].{field}")));
    let rare = rare.map(|(field, label, value, inputmode)| {
        let name = format!("variants[{n}][{field}]");
        view! { <Field name=name label=label value=value.to_string() inputmode=inputmode class="small" /> }
    });
    view! {
        <tr>
            <th scope="row" id=place>
                <Hidden name=format!("variants[{n}][id]") value=variant.id.to_string() />
                {carried}
                <span>{title.clone()}</span>
                {fault}
                <details class="variants__more" open=open>
                    <summary aria-label=format!(
                        "More of {title}: cost, weight, bar code, low at, place",
                    )>"Cost, weight …"</summary>
                    <div class="stack--tight stack">{rare}</div>
                </details>
            </th>
            <td>{cell("sku", "SKU", &variant.sku, "input input--sku")}</td>
            <td>{cell("price", "Price", &variant.price, "input input--number")}</td>
            <td>{cell("compareAtPrice", "Price before", &variant.compare_at_price, "input input--number")}</td>
            <td class="num">{stock}</td>
            <td>
                <input
                    type="checkbox"
                    name=format!("variants[{n}][inactive]")
                    value="true"
                    checked=variant.inactive.is_on()
                    aria-label=format!("{title} is not sold for now")
                />
            </td>
            <td>
                <button
                    class="icon-button icon-button--danger"
                    name="act"
                    value=rows::drop_act(n)
                    formnovalidate
                    aria-label=format!("Leave out {title}")
                >
                    <Icon name="trash" />
                </button>
            </td>
        </tr>
    }
}

/// An input without a label in sight: the heads of column and row say what it is.
fn cell(state: &FormState, name: String, label: String, value: String, class: &'static str) -> impl IntoView + use<> {
    let id = id_of(&name);
    let fault = state.fault(&name, &label, &id);
    let described = fault.is_some().then(|| format!("{id}-error"));
    let inputmode = class.ends_with("number").then_some("decimal");
    let placeholder = class.ends_with("sku").then_some("Made when saved");
    view! {
        <input
            class=class
            id=id.clone()
            name=name
            value=value
            inputmode=inputmode
            placeholder=placeholder
            aria-label=label
            aria-invalid=fault.is_some().then_some("true")
            aria-describedby=described
        />
        {fault_note(&id, fault)}
    }
}
