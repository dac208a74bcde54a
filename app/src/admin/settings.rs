//! The settings, in groups: each is a form that saves its own and leaves the others as they are.

mod acts;
mod countries;
mod fields;
mod rows;

use crate::admin::audit::history;
use crate::ui::{Form, Hidden, Notice, form_state};
use crate::web::flash::{FormState, Tone};
use crate::web::{page, use_visit};
use acts::Save;
use fields::{Kind, field};
use leptos::prelude::*;
use leptos_meta::Title;
use server_fn::ServerFn;
use shop::accounts::{Country, Permission};
use shop::settings::{self, Settings, SettingsInput};
use shop::{Currency, Result};

const HERE: &str = "/admin/settings";

/// A setting on the page: its name in [`SettingsInput`], a label, a hint, and how it is typed.
pub struct Setting {
    pub name: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub kind: Kind,
}

pub struct Group {
    /// In the address, after the `#`.
    pub code: &'static str,
    pub title: &'static str,
    pub settings: &'static [Setting],
}

const fn setting(name: &'static str, label: &'static str, hint: &'static str, kind: Kind) -> Setting {
    Setting { name, label, hint, kind }
}

/// Every setting that there is. A new one is a line here.
pub const GROUPS: &[Group] = &[
    Group {
        code: "shop",
        title: "The shop",
        settings: &[
            setting("shopName", "Name", "In the head of every page, in titles, and under every mail.", Kind::Line),
            setting(
                "tagline",
                "In a few words",
                "The title of the first page, and under the name at the foot of all.",
                Kind::Line,
            ),
            setting(
                "about",
                "In a sentence or two",
                "On the first page, and what search engines show of it.",
                Kind::Lines,
            ),
            setting("contactEmail", "E-mail address for customers", "", Kind::Email),
            setting("contactPhone", "Telephone for customers", "", Kind::Phone),
            setting("address", "Address", "One line each, as on an envelope.", Kind::Lines),
            setting(
                "timeZone",
                "Time zone",
                "Whose clock is shown, and where a day begins and ends in lists and figures.",
                Kind::Zone,
            ),
        ],
    },
    Group {
        code: "tax",
        title: "Tax",
        settings: &[
            setting("pricesIncludeTax", "Prices include the tax", "", Kind::Tick),
            setting("defaultTaxRate", "Rate, %", "For countries that have none of their own below.", Kind::Percent),
            setting("taxRates", "Rates of countries", "", Kind::TaxRates),
        ],
    },
    Group {
        code: "delivery",
        title: "Delivery",
        settings: &[
            setting("shipsTo", "Countries you ship to", "", Kind::Countries),
            setting("shippingMethods", "Ways of delivery", "In this order at the checkout.", Kind::Methods),
            setting(
                "returnDays",
                "Days to send goods back",
                "As the first page and the help promise; 0 promises nothing.",
                Kind::Number,
            ),
        ],
    },
    Group {
        code: "stock",
        title: "Stock and orders",
        settings: &[
            setting(
                "lowStockThreshold",
                "Low from so many on",
                "So many left, or fewer, is marked as low.",
                Kind::Number,
            ),
            setting(
                "orderHoldMinutes",
                "Minutes that an order holds its stock",
                "While it waits for the money; 35 at least.",
                Kind::Number,
            ),
            setting(
                "completeAfterDays",
                "Days after delivery until an order is completed by itself",
                "365 at most; with 0 or nothing it stays delivered until you complete it.",
                Kind::Number,
            ),
        ],
    },
    Group {
        code: "signIn",
        title: "Signing in",
        settings: &[
            setting(
                "customerSessionDays",
                "Days that customers stay signed in",
                "Then they sign in anew, however busy they were; 365 at most.",
                Kind::Number,
            ),
            setting(
                "staffSessionDays",
                "Days that staff stay signed in",
                "Then they sign in anew, however busy they were; 90 at most.",
                Kind::Number,
            ),
            setting(
                "staffIdleHours",
                "Idle hours after which staff are signed out",
                "Counted from the last page; 168 at most.",
                Kind::Number,
            ),
        ],
    },
];

impl Group {
    pub fn find(code: &str) -> Option<&'static Self> {
        GROUPS.iter().find(|group| group.code == code)
    }

    pub fn fields(&self) -> Vec<&'static str> {
        self.settings.iter().map(|setting| setting.name).collect()
    }
}

/// What the fields need to know beside what stands in them.
#[derive(Clone)]
pub struct Around {
    pub currency: Currency,
    pub may_write: bool,
}

#[component]
pub fn SettingsPage() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let staff = visit.staff()?;
        let settings = settings::for_staff(visit.shop(), staff).await?;
        let around = Around { currency: visit.shop().currency, may_write: staff.can(Permission::SettingsWrite) };
        let mut forms = Vec::new();
        for group in GROUPS {
            forms.push(panel(group, &settings, &around, visit.flash.form(Save::url(), group.code))?);
        }
        let currency = visit.shop().currency.to_string();
        let log = history(&visit, "settings", "shop").await;
        Ok(view! {
            <Title text="Settings" />
            <header class="admin-head">
                <div class="admin-head__title"><h1>"Settings"</h1></div>
                <p class="admin-head__meta">"Each part is saved on its own. The shop sells in " {currency} ", which the program is started with."</p>
            </header>
            {forms} {log}
        })
    })
}

fn panel(group: &'static Group, settings: &Settings, around: &Around, state: FormState) -> Result<AnyView> {
    let now = settings::version(settings, &group.fields())?;
    let in_force = SettingsInput::from(settings);
    let input = acts::typed(&state).unwrap_or_else(|| in_force.clone());
    let seen = state.typed("seen").unwrap_or_else(|| now.clone());
    // told that somebody was quicker, whoever saves again means it
    let overtaken = seen != now && state.faults().is_empty() && state.value("act", "").is_empty();
    let seen = if overtaken { now } else { seen };
    let (may_write, around) = (around.may_write, around.clone());
    let difference = overtaken.then(|| others_changed(group, &input, &in_force));
    let id = format!("{}-title", group.code);
    Ok(view! {
        <section class="panel" id=group.code aria-labelledby=id.clone()>
            <div class="panel__head"><h2 class="panel__title" id=id.clone()>{group.title}</h2></div>
            <Form action=Save::url() which=group.code class="panel__body">
                // Enter in a field presses the first button of a form: it must be this one
                <button class="visually-hidden" tabindex="-1" aria-hidden="true" disabled=!may_write>"Save"</button>
                <Hidden name="seen" value=seen />
                <fieldset class="form form--settings" disabled=!may_write>
                    {difference}
                    {group.settings.iter().map(|setting| field(setting, &input, &form_state(), &around)).collect_view()}
                    {may_write.then(|| view! { <div class="form__actions"><button class="button">"Save"</button></div> })}
                </fieldset>
            </Form>
        </section>
    }
    .into_any())
}

/// What stands in force where it is not what was typed.
fn others_changed(group: &Group, typed: &SettingsInput, in_force: &SettingsInput) -> impl IntoView + use<> {
    let (typed, in_force) = (serde_json::to_value(typed), serde_json::to_value(in_force));
    let of = |from: &Result<serde_json::Value, serde_json::Error>, name: &str| {
        // browsers send a line's end as two signs
        from.as_ref().ok().and_then(|all| all.get(name)).map(fields::in_words).unwrap_or_default().replace('\r', "")
    };
    let mut differing = Vec::new();
    for setting in group.settings {
        let (mine, theirs) = (of(&typed, setting.name), of(&in_force, setting.name));
        if mine != theirs {
            differing.push(view! { <dt>{setting.label}</dt><dd class="pre-line">{theirs}</dd> });
        }
    }
    view! {
        <Notice tone=Tone::Warning title="In force now, saved by somebody else while you were typing">
            <dl class="facts">{differing}</dl>
            <p>"What you typed stands below. Saving it again replaces what is in force."</p>
        </Notice>
    }
}

/// A country's name, or what stands in its place.
fn country_name(code: &str) -> String {
    Country::parse(code).map_or_else(|| code.to_owned(), |country| country.name().to_owned())
}
