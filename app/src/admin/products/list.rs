//! The list of products.

use super::acts::Duplicate;
use super::{address, category_choices, fetches};
use crate::ui::{
    Empty, Field, Form, Head, Hidden, Icon, Pagination, Select, SortHead, StatusBadge, Table, counted, date, page,
    thousands,
};
use crate::web::{Visit, links, use_visit};
use leptos::prelude::*;
use leptos_meta::Title;
use server_fn::ServerFn;
use shop::accounts::Permission;
use shop::catalog::{
    self, AdminFilter, AdminListing, AdminProduct, AdminSort, PictureSize, ProductStatus, StockWord, Tree,
};

#[component]
pub fn Products() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let staff = visit.staff()?;
        let filter = AdminFilter::parse(visit.pairs());
        let listing = catalog::admin_list(visit.shop(), staff, &filter).await?;
        let tabs = tabs(&visit, filter.status, &listing);
        let found = &listing.page;
        let tree = catalog::tree(visit.shop()).await?;
        let may_write = staff.can(Permission::CatalogWrite);
        let (total, shown, pages) = (found.total, found.page, found.total_pages());
        let beyond = found.items.is_empty();
        let rows = found.items.iter().map(|product| row(product, may_write)).collect_view();
        let filtered =
            filter.status.is_some() || filter.category.is_some() || filter.stock.is_some() || !filter.q.is_empty();
        let new = may_write.then(|| {
            view! {
                <a class="button button--small" href="/admin/products/new">
                    <Icon name="plus" />
                    "New product"
                </a>
            }
        });
        Ok(view! {
            <Title text="Products" />
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"Products"</h1>
                </div>
                <p class="admin-head__meta">{counted(total, "product")} {filtered.then_some(" found")}</p>
                <div class="admin-head__actions">
                    <a class="button button--secondary button--small" href=fetches::HERE>
                        <Icon name="image" />
                        "Pictures by address"
                    </a>
                    <a class="button button--secondary button--small" href="/admin/products.csv">
                        <Icon name="down" />
                        "Save as CSV"
                    </a>
                    {new}
                </div>
            </header>
            {tabs}
            <section class="panel" aria-label="Products">
                {toolbar(&filter, &tree, filtered)}
                {match total {
                    0 if filtered => {
                        view! {
                            <Empty title="No product fits">
                                <p>"Try fewer words, or another filter."</p>
                            </Empty>
                        }
                            .into_any()
                    }
                    0 => {
                        let first = may_write
                            .then(|| {
                                view! {
                                    <a class="button" href="/admin/products/new">
                                        "Write the first one"
                                    </a>
                                }
                            });
                        view! { <Empty title="No products yet">{first}</Empty> }.into_any()
                    }
                    _ if beyond => {
                        let first = links::with(&visit, &[("page", "")]);
                        view! {
                            <Empty title="The list is shorter than that">
                                <p>
                                    <a href=first>"To the first page"</a>
                                </p>
                            </Empty>
                        }
                            .into_any()
                    }
                    _ => table(&visit, filter.sort, rows).into_any(),
                }}
                <Pagination page=shown pages=pages href=move |n| links::with(&visit, &[("page", &n.to_string())]) />
            </section>
        })
    })
}

fn tabs(visit: &Visit, now: Option<ProductStatus>, listing: &AdminListing) -> impl IntoView + use<> {
    let tab = |status: Option<ProductStatus>, label: &'static str| {
        let href = links::with(visit, &[("status", status.map(ProductStatus::word).unwrap_or_default())]);
        view! {
            <a class="tabs__link" href=href aria-current=(now == status).then_some("page")>
                {label}
                " "
                <span class="tabs__count">{thousands(listing.count(status))}</span>
            </a>
        }
    };
    let (all, published) = (tab(None, "All"), tab(Some(ProductStatus::Published), "Published"));
    let (drafts, archived) =
        (tab(Some(ProductStatus::Draft), "Drafts"), tab(Some(ProductStatus::Archived), "Archived"));
    view! {
        <nav class="tabs" aria-label="Status">
            {all}
            {published}
            {drafts}
            {archived}
        </nav>
    }
}

fn toolbar(filter: &AdminFilter, tree: &Tree, filtered: bool) -> impl IntoView + use<> {
    let stock = StockWord::ALL.map(|word| (word.word().to_owned(), word.to_string()));
    let stock = std::iter::once((String::new(), "Any".to_owned())).chain(stock).collect();
    let category = filter.category.map(|id| id.to_string()).unwrap_or_default();
    let (status, sort) = (filter.status, filter.sort);
    view! {
        <form class="toolbar" role="search">
            <Field
                name="q"
                label="Search"
                kind="search"
                value=filter.q.clone()
                placeholder="Name, SKU, brand"
                class="toolbar__search"
            />
            <Select name="category" label="Category" options=category_choices(tree, "All categories") value=category />
            <Select
                name="stock"
                label="Stock"
                options=stock
                value=filter.stock.map(StockWord::word).unwrap_or_default()
            />
            {status.map(|status| view! { <Hidden name="status" value=status.word() /> })}
            {(sort != AdminSort::default()).then(|| view! { <Hidden name="sort" value=sort.word() /> })}
            <button class="button button--secondary">"Filter"</button>
            {filtered
                .then(|| {
                    view! {
                        <a class="button button--quiet" href="/admin/products">
                            "Clear"
                        </a>
                    }
                })}
        </form>
    }
}

fn table(visit: &Visit, sort: AdminSort, rows: impl IntoView + 'static) -> impl IntoView {
    let now = sort.word();
    // what was changed last comes first, or it is another order
    let changed = links::with(visit, &[("sort", "")]);
    view! {
        <Table
            label="Products, scrolls sideways"
            class="table table--cards"
            head=view! {
                <SortHead label="Product" up="name:asc" down="name:desc" now=now />
                <Head label="Status" />
                <Head label="Category" />
                <Head label="Free" number=true />
                <SortHead label="Price" up="price:asc" down="price:desc" now=now number=true />
                <th scope="col" aria-sort=(sort == AdminSort::Updated).then_some("descending")>
                    <a class="table__sort" href=changed>
                        "Changed"
                    </a>
                </th>
                <Head label="Actions" unseen=true />
            }
        >
            {rows}
        </Table>
    }
}

fn row(product: &AdminProduct, may_write: bool) -> impl IntoView + use<> {
    let href = address(product.id);
    let picture = match &product.picture {
        Some(picture) => {
            let src = picture.path(PictureSize::Small);
            view! { <img class="thumb" src=src alt="" width="44" height="44" loading="lazy" /> }.into_any()
        }
        None => view! { <span class="thumb"></span> }.into_any(),
    };
    let which = match (&product.sku, product.variants) {
        (Some(sku), _) => sku.clone(),
        (None, n) => counted(i64::from(n), "variant"),
    };
    let sub = if product.brand.is_empty() { which } else { format!("{which} · {}", product.brand) };
    let several = product.price != product.price_to;
    let price = product.price.map(|price| {
        view! {
            {several.then(|| view! { <span class="muted">"from "</span> })}
            {price.to_string()}
        }
    });
    let free = match product.stock {
        StockWord::Out => view! { <span class="stock stock--out">{product.stock.to_string()}</span> }.into_any(),
        StockWord::Low => view! { <span class="stock stock--low">{product.available}</span> }.into_any(),
        StockWord::In => product.available.into_any(),
    };
    let actions = may_write.then(|| {
        let (id, name) = (product.id.to_string(), product.name.clone());
        view! {
            <div class="table__actions">
                <a class="icon-button" href=href.clone() aria-label=format!("Edit {name}")>
                    <Icon name="edit" />
                </a>
                <Form action=Duplicate::url() class="">
                    <Hidden name="product" value=id />
                    <button class="icon-button" aria-label=format!("Duplicate {name}")>
                        <Icon name="copy" />
                    </button>
                </Form>
            </div>
        }
    });
    view! {
        <tr>
            <th scope="row">
                <div class="table__product">
                    {picture} <span>
                        <a class="table__main" href=href.clone()>
                            {product.name.clone()}
                        </a>
                        <span class="table__sub">{sub}</span>
                    </span>
                </div>
            </th>
            <td data-label="Status">
                <StatusBadge status=product.status />
            </td>
            <td data-label="Category">{product.category_name.clone().unwrap_or_else(|| "None".to_owned())}</td>
            <td class="num" data-label="Free">
                {free}
            </td>
            <td class="num" data-label="Price">
                {price}
            </td>
            <td class="nowrap" data-label="Changed">
                {date(product.updated_at)}
            </td>
            <td>{actions}</td>
        </tr>
    }
}
