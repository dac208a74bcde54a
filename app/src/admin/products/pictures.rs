//! The pictures of a product: sent, put in order, described, taken away. Each change is kept at once.

use super::address;
use crate::ui::{Field, Form, Hidden, Icon, TickBox, fault_note, form_state, id_of};
use crate::web::flash::Tone;
use crate::web::form::{conclude, form};
use crate::web::sentence::sentence;
use crate::web::{App, Done, Next, Visit, error_page, made_for, upload};
use crate::words::locale;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Multipart, Path};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use leptos::prelude::*;
use server_fn::ServerFn;
use shop::accounts::Permission;
use shop::catalog::images::{self, Direction, ImageInput, NewPicture};
use shop::catalog::{Picture, PictureSize, ProductPage, ProductPicture, ShownValue};
use shop::files::{MAX_BYTES, PictureHash};
use shop::id::{ImageId, ProductId};
use shop::{Error, Result};

#[server]
pub async fn describe(product: ProductId, image: ImageId, #[server(flatten)] input: ImageInput) -> Done {
    form(|visit| async move {
        images::describe(visit.shop(), visit.staff()?, product, image, input).await?;
        Ok(Next::to(address(product)).say("The picture's description is kept."))
    })
    .await
}

#[server]
pub async fn shift(product: ProductId, image: ImageId, step: String) -> Done {
    form(|visit| async move {
        let step = if step == "earlier" { Direction::Earlier } else { Direction::Later };
        images::shift(visit.shop(), visit.staff()?, product, image, step).await?;
        Ok(Next::to(address(product)).say("The pictures are in their new order."))
    })
    .await
}

#[server]
pub async fn remove(product: ProductId, image: ImageId) -> Done {
    form(|visit| async move {
        images::remove(visit.shop(), visit.staff()?, product, image).await?;
        Ok(Next::to(address(product)).say("The picture is gone."))
    })
    .await
}

/// `POST /admin/products/{product}/images`
pub fn upload_route() -> MethodRouter<App> {
    post(receive)
}

async fn receive(Extension(visit): Extension<Visit>, Path(product): Path<String>, sent: Multipart) -> Response {
    let Ok(product) = product.parse::<ProductId>() else {
        return error_page::of(&Error::NotFound, Some(&visit)).into_response();
    };
    let mut said = ImageInput::default();
    let result = keep(&visit, product, sent, &mut said).await;
    // what was said of the pictures, as a form would have sent it: shown again if it is refused
    let typed = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("alt", &said.alt.0)
        .append_pair("shows", &said.shows.0)
        .finish();
    conclude(&visit, &visit.path, &Bytes::from(typed), address(product), result).await
}

/// Keeps picture by picture, so that no more than one of them is in memory. The texts stand before the files.
async fn keep(visit: &Visit, product: ProductId, mut sent: Multipart, said: &mut ImageInput) -> Result<Next> {
    let (shop, staff) = (visit.shop(), visit.staff()?);
    staff.may(Permission::CatalogWrite)?;
    let (mut kept, mut refused) = (0, Vec::new());
    while let Some(field) = sent.next_field().await.map_err(upload::broken)? {
        match field.name() {
            Some("alt") => said.alt = field.text().await.map_err(upload::broken)?.into(),
            Some("shows") => said.shows = field.text().await.map_err(upload::broken)?.into(),
            Some("files") => {
                let file = upload::file(field, MAX_BYTES).await.map_err(upload::broken)?;
                let outcome = match file.picture() {
                    Ok(None) => continue,
                    Ok(Some(content)) => images::add(shop, staff, product, content, said.clone()).await.map(drop),
                    Err(e) => Err(e),
                };
                match outcome {
                    Ok(()) => kept += 1,
                    Err(Error::Invalid(faults)) if faults.0.iter().all(|fault| fault.field == "picture") => {
                        refused.extend(
                            faults
                                .0
                                .into_iter()
                                .map(|fault| sentence(locale(), &format!("“{}”", file.name), &fault.message)),
                        );
                    }
                    Err(e) => return Err(e),
                }
            }
            _ => {}
        }
    }
    if kept == 0 && refused.is_empty() {
        return Err(Error::invalid("files", "Choose the pictures first"));
    }
    let next = refused.into_iter().fold(Next::to(address(product)), |next, why| next.tell(Tone::Danger, why));
    Ok(match kept {
        0 => next,
        1 => next.say("The picture is kept."),
        n => next.say(format!("{n} pictures are kept.")),
    })
}

/// All pictures of a product, and the form for more of them.
pub fn panel(
    visit: &Visit,
    product: ProductId,
    pictures: Vec<ProductPicture>,
    wanted: impl IntoView,
    choices: Vec<(String, String)>,
    may_write: bool,
) -> impl IntoView {
    let last = pictures.len().saturating_sub(1);
    let none = pictures.is_empty();
    let items = pictures
        .into_iter()
        .enumerate()
        .map(|(n, picture)| item(product, n, last, picture, &choices, may_write))
        .collect_view();
    let more = may_write.then(|| more(visit, product, &choices));
    view! {
        <section class="panel" aria-labelledby="pictures">
            <div class="panel__head">
                <h2 class="panel__title" id="pictures">
                    "Pictures"
                </h2>
                <span class="muted">"Kept at once: save first what you typed above"</span>
            </div>
            <div class="panel__body form">
                {none.then(|| view! { <p class="muted">"None yet. The first one is shown in lists."</p> })}
                {(!none).then(|| view! { <ul class="images">{items}</ul> })} {wanted} {more}
            </div>
        </section>
    }
}

/// The pictures of a product that there is not yet: those that were kept already, and the field for more.
pub fn chosen(kept: &[NewPicture]) -> impl IntoView + use<> {
    let state = form_state();
    let label = if kept.is_empty() { "Pictures" } else { "More pictures" };
    let id = id_of("files");
    let fault = state.fault("files", label, &id);
    let (hint, error) = (format!("{id}-hint"), format!("{id}-error"));
    let class = if fault.is_some() { "field field--error" } else { "field" };
    let is_wrong = fault.is_some().then_some("true");
    let described = if fault.is_some() { format!("{hint} {error}") } else { hint.clone() };
    let items = kept
        .iter()
        .enumerate()
        .filter_map(|(n, picture)| {
            let field = |name: &str| format!("images[{n}][{name}]");
            let hash: PictureHash = picture.path.trimmed().parse().ok()?;
            let picture_of = Picture { hash: hash.to_string(), width: 1, height: 1, alt: String::new() };
            let src = picture_of.path(PictureSize::Small);
            let id = id_of(&field("path"));
            let fault = state.fault(&field("path"), &format!("Picture {}", n + 1), &id);
            Some(view! {
                <li class="image-item" id=id.clone()>
                    <Hidden name=field("path") value=hash.to_string() />
                    <div class="image-item__picture">
                        <img src=src alt=format!("Picture {}", n + 1) loading="lazy" />
                    </div>
                    {fault_note(&id, fault)}
                    <Field name=field("alt") label="Description" value=picture.alt.to_string() class="small" />
                    <TickBox name=field("out") label="Leave out" />
                </li>
            })
        })
        .collect_view();
    let some = !kept.is_empty();
    view! {
        <section class="panel" aria-labelledby="pictures">
            <div class="panel__head">
                <h2 class="panel__title" id="pictures">
                    "Pictures"
                </h2>
            </div>
            <div class="panel__body form">
                {some.then(|| view! { <ul class="images">{items}</ul> })} <div class=class>
                    <label class="field__label" for=id.clone()>
                        {label}
                    </label>
                    <p class="field__hint" id=hint>
                        "JPEG, PNG, WebP or GIF, up to 20 MB each; several at once. The first one is shown in lists; each is described afterwards."
                    </p>
                    <input
                        id=id.clone()
                        type="file"
                        name="files"
                        multiple
                        accept="image/png,image/jpeg,image/webp,image/gif"
                        aria-describedby=described
                        aria-invalid=is_wrong
                    />
                    {fault_note(&id, fault)}
                </div>
            </div>
        </section>
    }
}

/// What a picture may show, as `shows` says it: each value of an option that has several, and each variant.
pub fn choices(page: &ProductPage) -> Vec<(String, String)> {
    let several = page.options.iter().filter(|option| option.values.len() > 1);
    let values = several.flat_map(|option| {
        option.values.iter().map(|value| ShownValue { option: option.name.clone(), value: value.clone() }.to_string())
    });
    let variants = page.variants.iter().filter(|v| !v.values.is_empty()).map(|v| (v.id.to_string(), v.title()));
    values.map(|words| (words.clone(), format!("All of {words}"))).chain(variants).collect()
}

fn choice_views(choices: &[(String, String)], chosen: &str) -> impl IntoView + use<> {
    [(String::new(), "All variants".to_owned())]
        .into_iter()
        .chain(choices.iter().cloned())
        .map(|(shows, title)| {
            let selected = shows == chosen;
            view! {
                <option value=shows selected=selected>
                    {title}
                </option>
            }
        })
        .collect_view()
}

fn item(
    product: ProductId,
    n: usize,
    last: usize,
    shot: ProductPicture,
    choices: &[(String, String)],
    may_write: bool,
) -> impl IntoView + use<> {
    let ProductPicture { id, picture, variant, value } = shot;
    let shows = variant.map(|id| id.to_string()).or(value.map(|value| value.to_string())).unwrap_or_default();
    let (width, height) = picture.dimensions(PictureSize::Small);
    let src = picture.path(PictureSize::Small);
    let (alt, shown_alt) = (picture.alt.clone(), picture.alt.clone());
    let choices = choices.to_vec();
    let form = may_write.then(|| {
        view! {
            <Form action=Describe::url() which=id.to_string() class="stack--tight stack">
                {described(product, id, n, alt, shows, &choices)}
                <div class="image-item__actions">
                    <button class="icon-button" aria-label=format!("Keep the description of picture {}", n + 1)>
                        <Icon name="check" />
                    </button>
                    <button
                        class="icon-button"
                        formaction=Shift::url()
                        name="step"
                        value="earlier"
                        disabled=n == 0
                        aria-label=format!("Move picture {} forward", n + 1)
                    >
                        <Icon name="left" />
                    </button>
                    <button
                        class="icon-button"
                        formaction=Shift::url()
                        name="step"
                        value="later"
                        disabled=n == last
                        aria-label=format!("Move picture {} back", n + 1)
                    >
                        <Icon name="right" />
                    </button>
                    <button
                        class="icon-button icon-button--danger"
                        formaction=Remove::url()
                        aria-label=format!("Remove picture {}", n + 1)
                    >
                        <Icon name="trash" />
                    </button>
                </div>
            </Form>
        }
    });
    view! {
        <li class="image-item">
            <div class="image-item__picture">
                <img src=src width=width height=height alt=shown_alt loading="lazy" />
                {(n == 0).then(|| view! { <span class="tag">"Main"</span> })}
            </div>
            {form}
        </li>
    }
}

/// The fields of one picture. Their ids hold its place: the page has several of these forms.
fn described(
    product: ProductId,
    image: ImageId,
    n: usize,
    alt: String,
    shows: String,
    choices: &[(String, String)],
) -> impl IntoView + use<> {
    let state = form_state();
    let (alt_id, shows_id) = (format!("alt-{n}"), format!("shows-{n}"));
    let fault = state.fault("alt", "Description", &alt_id);
    let misfit = state.fault("shows", "Shows", &shows_id);
    let class = if fault.is_some() { "field field--error" } else { "field" };
    let alt = state.value("alt", &alt);
    let chosen = state.value("shows", &shows);
    let choice = (!choices.is_empty()).then(|| {
        view! {
            <div class="field">
                <label class="field__label small" for=format!("shows-{n}")>
                    "Shows"
                </label>
                <select
                    class="select"
                    id=shows_id.clone()
                    name="shows"
                    aria-invalid=misfit.is_some().then_some("true")
                    aria-describedby=misfit.is_some().then(|| format!("{shows_id}-error"))
                >
                    {choice_views(choices, &chosen)}
                </select>
                {fault_note(&shows_id, misfit)}
            </div>
        }
    });
    view! {
        <Hidden name="product" value=product.to_string() />
        <Hidden name="image" value=image.to_string() />
        <div class=class>
            <label class="field__label small" for=format!("alt-{n}")>
                "Description"
            </label>
            <input
                class="input"
                id=alt_id.clone()
                name="alt"
                value=alt
                aria-invalid=fault.is_some().then_some("true")
                aria-describedby=fault.is_some().then(|| format!("{alt_id}-error"))
            />
            {fault_note(&alt_id, fault)}
        </div>
        {choice}
    }
}

fn more(visit: &Visit, product: ProductId, choices: &[(String, String)]) -> impl IntoView + use<> {
    let action = format!("{}/images", address(product));
    let state = visit.flash.form(&action, "");
    let fault = state.fault("files", "More pictures", "f-files");
    let (unfit, misfit) =
        (state.fault("alt", "Description", "new-alt"), state.fault("shows", "They show", "new-shows"));
    let class = if fault.is_some() { "field field--error" } else { "field" };
    let (alt, chosen) = (state.value("alt", ""), state.value("shows", ""));
    let choice = (!choices.is_empty()).then(|| {
        view! {
            <div class="field">
                <label class="field__label" for="new-shows">
                    "They show"
                </label>
                <select class="select" id="new-shows" name="shows">
                    {choice_views(choices, &chosen)}
                </select>
                {fault_note("new-shows", misfit)}
            </div>
        }
    });
    view! {
        <form class="dropzone" method="post" action=made_for::address(visit, &action) enctype="multipart/form-data">
            <div class="form__row">
                <div class="field">
                    <label class="field__label" for="new-alt">
                        "Description "
                        <span class="field__optional">"(optional)"</span>
                    </label>
                    <p class="field__hint" id="new-alt-hint">
                        "For those who do not see it. Empty, the product's name stands in."
                    </p>
                    <input class="input" id="new-alt" name="alt" value=alt aria-describedby="new-alt-hint" />
                    {fault_note("new-alt", unfit)}
                </div>
                {choice}
            </div>
            <div class=class>
                <label class="field__label" for="f-files">
                    "More pictures"
                </label>
                <p class="field__hint" id="f-files-hint">
                    "JPEG, PNG, WebP or GIF, up to 20 MB each; several at once."
                </p>
                <input
                    id="f-files"
                    type="file"
                    name="files"
                    multiple
                    accept="image/png,image/jpeg,image/webp,image/gif"
                    aria-describedby=if fault.is_some() { "f-files-hint f-files-error" } else { "f-files-hint" }
                    aria-invalid=fault.is_some().then_some("true")
                />
                {fault_note("f-files", fault.clone())}
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
