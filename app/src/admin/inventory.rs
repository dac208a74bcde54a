//! Stock: the levels of all variants, and the movements of one.

use crate::ui::{Empty, Field, Form, Head, Hidden, Pagination, Select, SortHead, Table, date_time, page};
use crate::web::{Done, Next, form, links, use_visit};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use server_fn::ServerFn;
use shop::accounts::Permission;
use shop::id::VariantId;
use shop::inventory::{
    self, AdjustStock, LevelFilter, LevelQuery, LevelRow, LevelSort, MovementRow, ReceiveStock, VariantMovements,
};
use shop::{Error, Paging};

#[server]
pub async fn receive(variant: VariantId, #[server(flatten)] goods: ReceiveStock) -> Done {
    form(|visit| async move {
        let level = inventory::receive_goods(visit.shop(), visit.staff()?, variant, goods).await?;
        Ok(Next::back().say(format!("Received. {} are on hand now.", level.on_hand)))
    })
    .await
}

#[server]
pub async fn adjust(variant: VariantId, #[server(flatten)] count: AdjustStock) -> Done {
    form(|visit| async move {
        let level = inventory::adjust_level(visit.shop(), visit.staff()?, variant, count).await?;
        Ok(Next::back().say(format!("Adjusted. {} are on hand now.", level.on_hand)))
    })
    .await
}

/// `Polished brass, 50 mm · KB-50-PB`.
pub fn variant_line(variant: &str, sku: &str) -> String {
    if variant.is_empty() { sku.to_owned() } else { format!("{variant} · {sku}") }
}

/// What can still be sold, marked when it is little.
pub fn free(available: i32, is_low: bool) -> AnyView {
    match (available, is_low) {
        (..=0, _) => view! { <span class="stock stock--out">{available}</span> }.into_any(),
        (_, true) => view! { <span class="stock stock--low">{available}</span> }.into_any(),
        _ => available.to_string().into_any(),
    }
}

#[component]
pub fn Levels() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let staff = visit.staff()?;
        let query = LevelQuery {
            search: visit.param("q").unwrap_or_default(),
            filter: visit.param("stock").and_then(|word| LevelFilter::parse(&word)).unwrap_or(LevelFilter::All),
            sort: visit.param("sort").and_then(|word| LevelSort::parse(&word)).unwrap_or_default(),
            paging: Paging::new(links::page_number(&visit), 50),
        };
        let levels = inventory::levels(visit.shop(), staff, &query).await?;
        let may_write = staff.can(Permission::InventoryWrite);
        let (shown, pages) = (levels.page, levels.total_pages());
        let total = levels.total;
        let filtered = !query.search.is_empty() || query.filter != LevelFilter::All;
        let rows = levels.items.into_iter().map(|row| level(row, may_write)).collect_view();
        let asked = |filter: LevelFilter| if filter == LevelFilter::All { "" } else { filter.word() };
        let stock = LevelFilter::ALL.map(|filter| (asked(filter).to_owned(), filter.to_string()));
        let chosen = asked(query.filter);
        let sort = query.sort.word();
        let turn = visit.clone();
        Ok(view! {
            <Title text="Inventory" />
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"Inventory"</h1>
                </div>
                <p class="admin-head__meta">
                    {format!("{total} variants. ")} <strong>"On hand"</strong> " is what lies on the shelf, "
                    <strong>"free"</strong> " is what can still be sold, " <strong>"waited for"</strong>
                    " is how many shoppers want to be told when it is back."
                </p>
            </header>
            <section class="panel" aria-label="Stock levels">
                <form class="toolbar" role="search">
                    <Field
                        name="q"
                        label="Search"
                        kind="search"
                        value=query.search.clone()
                        placeholder="Name or SKU"
                        class="toolbar__search"
                    />
                    <Select name="stock" label="Stock" options=stock.to_vec() value=chosen />
                    {(sort != "name").then(|| view! { <Hidden name="sort" value=sort /> })}
                    <button class="button button--secondary">"Filter"</button>
                    {filtered
                        .then(|| {
                            view! {
                                <a class="button button--quiet" href="/admin/inventory">
                                    "Clear"
                                </a>
                            }
                        })}
                </form>
                {match total {
                    0 => {
                        view! {
                            <Empty title="No variant fits">
                                <p>"Try fewer words, or another filter."</p>
                            </Empty>
                        }
                            .into_any()
                    }
                    _ => {
                        view! {
                            <Table
                                label="Stock levels, scrolls sideways"
                                class="table table--cards"
                                head=view! {
                                    <SortHead label="Variant" up="name" down="sku" now=sort />
                                    <Head label="On hand" number=true />
                                    <Head label="Reserved" number=true />
                                    <SortHead
                                        label="Free"
                                        up="available:asc"
                                        down="available:desc"
                                        now=sort
                                        number=true
                                    />
                                    <SortHead
                                        label="Waited for"
                                        up="watchers:asc"
                                        down="watchers:desc"
                                        now=sort
                                        number=true
                                    />
                                    <Head label="Actions" unseen=true />
                                }
                            >
                                {rows}
                            </Table>
                        }
                            .into_any()
                    }
                }}
                <Pagination page=shown pages=pages href=move |n| links::with(&turn, &[("page", &n.to_string())]) />
            </section>
        })
    })
}

fn level(row: LevelRow, may_write: bool) -> impl IntoView {
    let href = format!("/admin/inventory/{}", row.variant_id);
    let actions = may_write.then(|| {
        view! {
            <div class="table__actions">
                <a class="button button--secondary button--small" href=format!("{href}#receive")>
                    "Receive"
                    <span class="visually-hidden">" " {row.sku.clone()}</span>
                </a>
                <a class="button button--secondary button--small" href=format!("{href}#adjust")>
                    "Adjust"
                    <span class="visually-hidden">" " {row.sku.clone()}</span>
                </a>
            </div>
        }
    });
    view! {
        <tr>
            <th scope="row">
                <a class="table__main" href=href.clone()>
                    {row.name}
                </a>
                <span class="table__sub">{variant_line(&row.variant_name, &row.sku)}</span>
            </th>
            <td class="num" data-label="On hand">
                {row.on_hand}
            </td>
            <td class="num" data-label="Reserved">
                {row.reserved}
            </td>
            <td class="num" data-label="Free">
                {free(row.available, row.is_low)}
            </td>
            <td class="num" data-label="Waited for">
                {row.watchers}
            </td>
            <td>{actions}</td>
        </tr>
    }
}

#[component]
pub fn Movements() -> impl IntoView {
    let visit = use_visit();
    let variant = use_params_map().with_untracked(|params| params.get("variant"));
    page(async move {
        let staff = visit.staff()?;
        let id: VariantId = variant.and_then(|id| id.parse().ok()).ok_or(Error::NotFound)?;
        let paging = Paging::new(links::page_number(&visit), 50);
        let of_variant = inventory::movements_of(visit.shop(), staff, id, paging).await?;
        let may_write = staff.can(Permission::InventoryWrite);
        let VariantMovements {
            product_id, sku, name, variant_name, level, watchers, price_watchers, movements, ..
        } = of_variant;
        let (shown, pages) = (movements.page, movements.total_pages());
        let never = movements.total == 0;
        let rows = movements.items.into_iter().map(movement).collect_view();
        let title = format!("Stock of {name}");
        let stat = |label: &'static str, value: i64| {
            view! {
                <div class="stat">
                    <dt class="stat__label">{label}</dt>
                    <dd class="stat__value">{value}</dd>
                </div>
            }
        };
        let turn = visit.clone();
        Ok(view! {
            <Title text=title />
            <nav class="breadcrumb" aria-label="Breadcrumb">
                <ol>
                    <li>
                        <a href="/admin/inventory">"Inventory"</a>
                    </li>
                    <li aria-current="page">{sku.clone()}</li>
                </ol>
            </nav>
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>{name}</h1>
                </div>
                <p class="admin-head__meta">
                    {variant_line(&variant_name, &sku)} " · "
                    <a href=format!("/admin/products/{product_id}")>"Edit the product"</a>
                </p>
            </header>
            <dl class="stats">
                {stat("On hand", level.on_hand.into())} {stat("Reserved", level.reserved.into())}
                {stat("Free", level.available().into())} {stat("Wait for it", watchers)}
                {stat("Watch its price", price_watchers)}
            </dl>
            {may_write.then(|| changes(id))}
            <section class="panel" aria-labelledby="movements">
                <div class="panel__head">
                    <h2 class="panel__title" id="movements">
                        "Every movement"
                    </h2>
                    <span class="muted">"Newest first"</span>
                </div>
                {match never {
                    true => {
                        view! {
                            <Empty title="Nothing moved yet">
                                <p>"What is received, counted, sold and sent back is written down here."</p>
                            </Empty>
                        }
                            .into_any()
                    }
                    false => every(rows).into_any(),
                }}
                <Pagination page=shown pages=pages href=move |n| links::with(&turn, &[("page", &n.to_string())]) />
            </section>
        })
    })
}

fn every(rows: impl IntoView + 'static) -> impl IntoView {
    view! {
        <Table
            label="Movements, scrolls sideways"
            class="table table--cards movements"
            head=view! {
                <Head label="When" />
                <Head label="What" />
                <Head label="Why" />
                <Head label="Who" />
                <Head label="On hand" number=true />
                <Head label="Balance" number=true />
                <Head label="Reserved" number=true />
                <Head label="Balance" number=true />
            }
        >
            {rows}
        </Table>
    }
}

fn changes(variant: VariantId) -> impl IntoView {
    view! {
        <div class="grid--2">
            <section class="panel" id="receive" aria-labelledby="receive-title">
                <div class="panel__head">
                    <h2 class="panel__title" id="receive-title">
                        "Receive"
                    </h2>
                </div>
                <Form action=Receive::url() which="receive" class="panel__body form">
                    <Hidden name="variant" value=variant.to_string() />
                    <div class="form__row">
                        <Field name="quantity" label="Pieces" inputmode="numeric" required=true />
                        <Field name="reason" label="Delivery note" optional=true />
                    </div>
                    <div class="form__actions">
                        <button class="button">"Receive"</button>
                    </div>
                </Form>
            </section>
            <section class="panel" id="adjust" aria-labelledby="adjust-title">
                <div class="panel__head">
                    <h2 class="panel__title" id="adjust-title">
                        "Adjust"
                    </h2>
                </div>
                <Form action=Adjust::url() which="adjust" class="panel__body form">
                    <Hidden name="variant" value=variant.to_string() />
                    <div class="form__row">
                        <Field
                            name="counted"
                            label="Counted"
                            inputmode="numeric"
                            hint="What lies on the shelf, or else"
                        />
                        <Field name="change" label="Change" hint="Such as −2 or 5" />
                    </div>
                    <Field name="reason" label="Reason" required=true />
                    <div class="form__actions">
                        <button class="button button--secondary">"Adjust"</button>
                    </div>
                </Form>
            </section>
        </div>
    }
}

fn movement(row: MovementRow) -> impl IntoView {
    let delta = |n: i32| match n {
        0 => view! { <span class="muted">"0"</span> }.into_any(),
        n if n > 0 => view! { <span class="plus">{format!("+{n}")}</span> }.into_any(),
        n => view! { <span class="minus">{format!("−{}", n.unsigned_abs())}</span> }.into_any(),
    };
    let order = row.order_number.map(|number| {
        view! {
            <a href=format!("/admin/orders/{number}")>{number.clone()}</a>
            " "
        }
    });
    view! {
        <tr>
            <td class="nowrap">{date_time(row.created_at)}</td>
            <td data-label="What">{row.kind.to_string()}</td>
            <td data-label="Why">
                <span>{order} {row.reason}</span>
            </td>
            <td data-label="Who">{row.actor_name}</td>
            <td class="num" data-label="On hand">
                {delta(row.delta_on_hand)}
            </td>
            <td class="num" data-label="On hand, balance">
                <strong>{row.on_hand_after}</strong>
            </td>
            <td class="num" data-label="Reserved">
                {delta(row.delta_reserved)}
            </td>
            <td class="num" data-label="Reserved, balance">
                <strong>{row.reserved_after}</strong>
            </td>
        </tr>
    }
}
