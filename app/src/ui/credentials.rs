//! What signing in takes, at every door.

use super::field::{Field, Hidden};
use leptos::prelude::*;

/// What somebody signs in with, customer or staff.
pub fn credentials(next: String) -> impl IntoView {
    view! {
        <Hidden name="next" value=next />
        <Field name="email" label=t!("sign-in-email") kind="email" autocomplete="username" required=true />
        <Field
            name="password"
            label=t!("sign-in-password")
            kind="password"
            autocomplete="current-password"
            required=true
        />
        <button class="button button--block">{t!("sign-in-sign-in")}</button>
    }
}
