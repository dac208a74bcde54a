//! The picture of a category: sent, shown, taken away. Each change is kept at once.

use super::address;
use crate::ui::{Form, Hidden, Icon, fault_note, thumbnail};
use crate::web::form::{conclude, form};
use crate::web::{App, Done, Next, Visit, error_page, made_for, upload};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Multipart, Path};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use leptos::prelude::*;
use server_fn::ServerFn;
use shop::accounts::Permission;
use shop::catalog::{self, Category};
use shop::files::MAX_BYTES;
use shop::id::CategoryId;
use shop::{Error, Result};

#[server]
pub async fn remove_picture(category: CategoryId) -> Done {
    form(|visit| async move {
        catalog::remove_category_picture(visit.shop(), visit.staff()?, category).await?;
        Ok(Next::to(address(category)).say("The picture is gone."))
    })
    .await
}

/// `POST /admin/categories/{category}/picture`
pub fn upload_route() -> MethodRouter<App> {
    post(receive)
}

async fn receive(Extension(visit): Extension<Visit>, Path(category): Path<String>, sent: Multipart) -> Response {
    let Ok(category) = category.parse::<CategoryId>() else {
        return error_page::of(&Error::NotFound, Some(&visit)).into_response();
    };
    let result = keep(&visit, category, sent).await;
    conclude(&visit, &visit.path, &Bytes::new(), address(category), result).await
}

async fn keep(visit: &Visit, category: CategoryId, mut sent: Multipart) -> Result<Next> {
    let (shop, staff) = (visit.shop(), visit.staff()?);
    staff.may(Permission::CatalogWrite)?;
    while let Some(field) = sent.next_field().await.map_err(upload::broken)? {
        if field.name() != Some("picture") {
            continue;
        }
        let Some(content) = upload::file(field, MAX_BYTES).await.map_err(upload::broken)?.picture()? else { continue };
        catalog::set_category_picture(shop, staff, category, content).await?;
        return Ok(Next::to(address(category)).say("The picture is kept."));
    }
    Err(Error::invalid("picture", "must be chosen first"))
}

/// The picture that there is, and the form for another one.
pub fn panel(visit: &Visit, category: &Category, may_write: bool) -> impl IntoView + use<> {
    let shown = match &category.picture {
        Some(picture) => {
            let alt = format!("Picture of {}", category.name);
            view! { <div class="image-item__picture category-picture">{thumbnail(picture, alt)}</div> }.into_any()
        }
        None => view! { <p class="muted">"None of its own: on the home page a product's stands in."</p> }.into_any(),
    };
    let id = category.id.to_string();
    let remove = (may_write && category.picture.is_some()).then(|| {
        view! {
            <Form action=RemovePicture::url() class="">
                <Hidden name="category" value=id />
                <button class="button button--secondary button--small">
                    <Icon name="trash" />
                    "Remove the picture"
                </button>
            </Form>
        }
    });
    let send = may_write.then(|| send(visit, category));
    view! {
        <section class="panel" aria-labelledby="picture">
            <div class="panel__head">
                <h2 class="panel__title" id="picture">
                    "Picture"
                </h2>
            </div>
            <div class="panel__body stack">{shown} {remove} {send}</div>
        </section>
    }
}

fn send(visit: &Visit, category: &Category) -> impl IntoView + use<> {
    let action = format!("{}/picture", address(category.id));
    let state = visit.flash.form(&action, "");
    let label = if category.picture.is_some() { "Another picture" } else { "Picture" };
    let fault = state.fault("picture", label, "f-picture").or_else(|| state.fault("files", label, "f-picture"));
    let class = if fault.is_some() { "field field--error" } else { "field" };
    view! {
        <form class="dropzone" method="post" action=made_for::address(visit, &action) enctype="multipart/form-data">
            <div class=class>
                <label class="field__label" for="f-picture">
                    {label}
                </label>
                <p class="field__hint" id="f-picture-hint">
                    "JPEG, PNG, WebP or GIF, up to 20 MB."
                </p>
                <input
                    id="f-picture"
                    type="file"
                    name="picture"
                    accept="image/png,image/jpeg,image/webp,image/gif"
                    aria-describedby=if fault.is_some() { "f-picture-hint f-picture-error" } else { "f-picture-hint" }
                    aria-invalid=fault.is_some().then_some("true")
                />
                {fault_note("f-picture", fault.clone())}
            </div>
            <div>
                <button class="button button--secondary button--small">
                    <Icon name="upload" />
                    "Upload"
                </button>
            </div>
        </form>
    }
}
