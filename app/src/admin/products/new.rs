//! A new product. Its form takes the pictures along: they are kept as they come, so that a form that is refused still
//! has them, and belong to the product from its first moment on.

use super::acts::{Save, keep};
use super::edit::{crumbs, shown};
use super::facts::Facts;
use super::form::{product_form, save_bar};
use super::{NEW, category_choices};
use crate::ui::page;
use crate::web::flash::{FormState, Tone};
use crate::web::form::conclude;
use crate::web::redirect::see_other;
use crate::web::{App, Next, Visit, upload, use_visit};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::Multipart;
use axum::response::Response;
use axum::routing::{MethodRouter, post};
use leptos::prelude::*;
use leptos_meta::Title;
use server_fn::ServerFn;
use shop::accounts::Permission;
use shop::catalog::images::NewPicture;
use shop::catalog::products::ProductInput;
use shop::catalog::{self, ProductStatus};
use shop::files::{self, MAX_BYTES};
use shop::{Error, Invalid, Result};
use std::collections::HashMap;

/// What tells this form from those of other products.
const WHICH: &str = "new";
/// Of everything in the form but its pictures.
const MAX_TYPED: usize = 1 << 20;

#[component]
pub fn NewProduct() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        visit.staff()?.may(Permission::CatalogWrite)?;
        let state = visit.flash.form(Save::url(), WHICH);
        let input = shown(&visit, &state, None, ProductInput::default()).await?;
        let tree = catalog::tree(visit.shop()).await?;
        let facts = Facts {
            id: None,
            which: WHICH.to_owned(),
            version: 0,
            status: ProductStatus::Draft,
            updated_at: None,
            categories: category_choices(&tree, "None yet"),
            free: HashMap::new(),
            only: None,
            currency: visit.shop().currency,
            may_write: true,
        };
        Ok(view! {
            <Title text="New product" />
            {crumbs("New product".to_owned())}
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"New product"</h1>
                </div>
            </header>
            {product_form(facts, input)}
            {save_bar("A new draft".to_owned(), "/admin/products".to_owned())}
        })
    })
}

/// `POST /admin/products/new/save`
pub fn create_route() -> MethodRouter<App> {
    // whoever signs in again on the way here is sent to the form
    post(receive).get(|| async { see_other(NEW) })
}

/// A form as it came: what was typed, as a form without files would send it, and what is wrong with the files.
#[derive(Default)]
struct Received {
    typed: Vec<(String, String)>,
    pictures: Vec<NewPicture>,
    refused: Vec<String>,
}

async fn receive(Extension(visit): Extension<Visit>, sent: Multipart) -> Response {
    let mut received = Received::default();
    let result = match received.read(&visit, sent).await {
        Ok(()) => received.apply(&visit).await,
        Err(e) => Err(e),
    };
    conclude(&visit, Save::url(), &received.form(), NEW.to_owned(), result).await
}

impl Received {
    /// Keeps picture by picture, so that no more than one of them is in memory.
    async fn read(&mut self, visit: &Visit, mut sent: Multipart) -> Result<()> {
        let (shop, staff) = (visit.shop(), visit.staff()?);
        staff.may(Permission::CatalogWrite)?;
        let mut kept = Vec::new();
        let answer = loop {
            let field = match sent.next_field().await {
                Ok(Some(field)) => field,
                Ok(None) => break Ok(()),
                Err(e) => break Err(upload::broken(e)),
            };
            let name = field.name().unwrap_or_default().to_owned();
            let max = if name == "files" { MAX_BYTES } else { MAX_TYPED };
            let file = match upload::file(field, max).await {
                Ok(file) => file,
                Err(e) => break Err(upload::broken(e)),
            };
            if name != "files" {
                let text = file.content.map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default();
                self.typed.push((name, text));
                if self.typed.iter().map(|(name, text)| name.len() + text.len()).sum::<usize>() > MAX_TYPED {
                    break Err(Error::invalid("name", "comes with more text than a product may have"));
                }
                continue;
            }
            let outcome = match file.picture() {
                Ok(None) => continue,
                Ok(Some(content)) => files::upload(shop, staff, content).await,
                Err(e) => Err(e),
            };
            match outcome {
                Ok(stored) => kept.push(NewPicture { path: stored.hash.to_string().into(), ..NewPicture::default() }),
                Err(Error::Invalid(faults)) => {
                    self.refused.extend(faults.0.into_iter().map(|fault| format!("“{}” {}", file.name, fault.message)));
                }
                Err(e) => break Err(e),
            }
        };
        // also of a form that came in part: what it has is shown again
        let before = pictures(&self.state());
        self.typed.retain(|(name, _)| !name.starts_with("images["));
        self.pictures = before.as_ref().map(Vec::clone).unwrap_or_default();
        self.pictures.extend(kept);
        answer.and(before.map(|_| ()))
    }

    fn state(&self) -> FormState {
        FormState::of(self.typed.clone(), Vec::new())
    }

    async fn apply(&self, visit: &Visit) -> Result<Next> {
        let state = self.state();
        let act = state.typed("act").filter(|act| !act.is_empty());
        if act.is_none() && !self.refused.is_empty() {
            let mut faults = Invalid::default();
            self.refused.iter().for_each(|why| faults.add("files", format!("are not all kept: {why}")));
            return Err(Error::Invalid(faults));
        }
        let input = ProductInput { images: self.pictures.clone(), ..state.input()? };
        let next = keep(visit, None, 0, act, input).await?;
        Ok(self.refused.iter().fold(next, |next, why| next.tell(Tone::Danger, format!("{why}."))))
    }

    /// Everything, as a form without files would have sent it.
    fn form(&self) -> Bytes {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(&self.typed);
        for (n, picture) in self.pictures.iter().enumerate() {
            form.append_pair(&format!("images[{n}][path]"), &picture.path.0);
            form.append_pair(&format!("images[{n}][alt]"), &picture.alt.0);
        }
        form.finish().into()
    }
}

/// Those that were kept before and are still wanted.
fn pictures(state: &FormState) -> Result<Vec<NewPicture>> {
    let all = state.input::<ProductInput>()?.images.into_iter().enumerate();
    Ok(all.filter(|(n, _)| !state.ticked(&format!("images[{n}][out]"), false)).map(|(_, picture)| picture).collect())
}
