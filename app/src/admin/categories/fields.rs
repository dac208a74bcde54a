//! The fields of a category, new or not.

use crate::ui::{Field, Select, TextArea, TickBox};
use leptos::prelude::*;
use shop::catalog::CategoryInput;

pub fn fields(input: CategoryInput, parents: Vec<(String, String)>) -> impl IntoView {
    view! {
        <Field name="name" label="Name" value=input.name.to_string() required=true />
        <Select name="parentId" label="Inside" options=parents value=input.parent.to_string() />
        <Field
            name="slug"
            label="Address"
            value=input.slug.to_string()
            hint="The last part of the link; empty, it is made from the name."
            optional=true
        />
        <TextArea name="description" label="Description" value=input.description.to_string() rows=4 optional=true />
        <TickBox name="isActive" label="Shown in the shop" ticked=input.is_active.is_on() />
    }
}
