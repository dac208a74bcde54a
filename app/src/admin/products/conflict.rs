//! Two people edited a product at once: the second save is stopped here, with both versions side by side.

use super::acts::Save;
use super::address;
use super::edit::edit_page;
use crate::ui::{Form, Head, Hidden, Table, date_time, page};
use crate::web::redirect::redirect;
use crate::web::use_visit;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use server_fn::ServerFn;
use shop::Error;
use shop::accounts::Permission;
use shop::catalog::products::{self, Difference, ProductForEdit, ProductInput};
use shop::catalog::{self, Tree};
use shop::id::ProductId;

#[component]
pub fn TwoVersions() -> impl IntoView {
    let visit = use_visit();
    let id = use_params_map().with_untracked(|params| params.get("product"));
    page(async move {
        let id: ProductId = id.and_then(|id| id.parse().ok()).ok_or(Error::NotFound)?;
        visit.staff()?.may(Permission::CatalogWrite)?;
        let theirs = products::for_edit(visit.shop(), visit.staff()?, id).await?;
        let state = visit.flash.form(Save::url(), &id.to_string());
        if !state.is_refused() {
            redirect(&address(id), axum::http::StatusCode::SEE_OTHER);
            return Ok(().into_any());
        }
        if !state.faults().is_empty() {
            // mine was sent over theirs and is faulty: that is put right in the form
            return edit_page(&visit, theirs, &state).await;
        }
        let tree = catalog::tree(visit.shop()).await?;
        let differences = differences(state.input()?, &theirs.input, &tree);
        let kept = state.pairs().iter().filter(|(name, _)| !matches!(name.as_str(), "form" | "version" | "act"));
        Ok(both(&theirs, differences, kept.cloned().collect()).into_any())
    })
}

/// Yours against theirs. What you left empty and what is then left as it is, does not differ.
fn differences(mut yours: ProductInput, theirs: &ProductInput, tree: &Tree) -> Vec<Difference> {
    for (yours, theirs) in
        [(&mut yours.status, &theirs.status), (&mut yours.slug, &theirs.slug), (&mut yours.sku, &theirs.sku)]
    {
        if yours.is_empty() {
            *yours = theirs.clone();
        }
    }
    let named = |id: &str| match id.parse().ok().map(|id| tree.breadcrumb(id)) {
        Some(way) => way.into_iter().map(|step| step.name).collect::<Vec<_>>().join(" › "),
        None => "None".to_owned(),
    };
    let mut all = yours.differences(theirs);
    for difference in all.iter_mut().filter(|difference| difference.what == "Category") {
        (difference.yours, difference.theirs) = (named(&difference.yours), named(&difference.theirs));
    }
    all
}

fn both(theirs: &ProductForEdit, differences: Vec<Difference>, typed: Vec<(String, String)>) -> impl IntoView + use<> {
    let (id, version) = (theirs.id, theirs.version);
    let name = theirs.input.name.to_string();
    let same = differences.is_empty();
    let rows = differences.into_iter().map(row).collect_view();
    let carried = typed.into_iter().map(|(name, value)| view! { <Hidden name=name value=value /> }).collect_view();
    let saved = format!("Version {version} was saved on {}, while you were editing.", date_time(theirs.updated_at));
    view! {
        <Title text="Two versions" />
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <ol>
                <li>
                    <a href="/admin/products">"Products"</a>
                </li>
                <li>
                    <a href=address(id)>{name}</a>
                </li>
                <li aria-current="page">"Two versions"</li>
            </ol>
        </nav>
        <header class="admin-head">
            <div class="admin-head__title">
                <h1>"Someone saved this before you"</h1>
            </div>
            <p class="admin-head__meta">{saved} " Nothing of yours is saved yet."</p>
        </header>
        <section class="panel" aria-labelledby="both">
            <div class="panel__head">
                <h2 class="panel__title" id="both">
                    "Both versions"
                </h2>
                <span class="muted">"Where they differ"</span>
            </div>
            {same.then(|| view! { <p class="panel__body">"Both say the same: there is nothing to decide."</p> })}
            {(!same)
                .then(|| {
                    view! {
                        <Table
                            label="Both versions, scrolls sideways"
                            class="table table--cards compare"
                            head=view! {
                                <Head label="Field" />
                                <Head label=format!("Saved, version {version}") />
                                <Head label="Yours" />
                            }
                        >
                            {rows}
                        </Table>
                    }
                })}
            <Form action=Save::url() which=id.to_string() class="panel__foot" asks=true>
                <Hidden name="version" value=version.to_string() />
                {carried}
                <p class="muted">
                    {format!("Saving yours makes version {}. What it replaces stays in the audit log.", version + 1)}
                </p>
                <div class="cluster">
                    <a class="button button--secondary" href=address(id) data-discards="">
                        "Keep the saved one"
                    </a>
                    <button class="button button--secondary" name="act" value="edit">
                        "Go on editing mine"
                    </button>
                    <button class="button">"Save mine over it"</button>
                </div>
            </Form>
        </section>
    }
}

fn row(difference: Difference) -> impl IntoView {
    let (before, theirs, yours, after) = apart(&difference.theirs, &difference.yours);
    let cell = |of: &'static str, middle: AnyView| {
        view! {
            <td data-label=of>
                <span>{before.clone()} {middle} {after.clone()}</span>
            </td>
        }
    };
    let theirs = match theirs.is_empty() {
        true => ().into_any(),
        false => view! { <del>{theirs}</del> }.into_any(),
    };
    let yours = match yours.is_empty() {
        true => ().into_any(),
        false => view! { <ins>{yours}</ins> }.into_any(),
    };
    view! {
        <tr class="is-different">
            <th scope="row">{difference.what}</th>
            {cell("Saved", theirs)}
            {cell("Yours", yours)}
        </tr>
    }
}

/// What both begin with, what differs in each, what both end with; whole words.
fn apart(a: &str, b: &str) -> (String, String, String, String) {
    let words = |text: &str| text.split_inclusive(char::is_whitespace).map(str::to_owned).collect::<Vec<_>>();
    let (a, b) = (words(a), words(b));
    let head = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (a_end, b_end) = (a.len() - tail, b.len() - tail);
    (a[..head].concat(), a[head..a_end].concat(), b[head..b_end].concat(), a[a_end..].concat())
}

#[cfg(test)]
mod tests {
    use super::apart;

    #[test]
    fn marks_the_words_that_differ() {
        let of = |a, b| apart(a, b);
        let parts = |a: &str, b: &str, c: &str, d: &str| (a.to_owned(), b.to_owned(), c.to_owned(), d.to_owned());
        assert_eq!(of("three old rings", "three or four rings"), parts("three ", "old ", "or four ", "rings"));
        assert_eq!(of("", "new"), parts("", "", "new", ""));
        assert_eq!(of("a a", "a a a"), parts("a ", "", "a ", "a"));
    }
}
