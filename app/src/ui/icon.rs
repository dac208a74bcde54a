//! Stroke icons on a 24 × 24 grid, drawn for this shop.

use leptos::prelude::*;

/// An icon the size of the text beside it. Decoration: the words beside it, or an accessible name, say what it means.
#[component]
pub fn Icon(name: &'static str, #[prop(optional)] large: bool) -> impl IntoView {
    let class = if large { "icon icon--large" } else { "icon" };
    view! { <svg class=class viewBox="0 0 24 24" aria-hidden="true" inner_html=drawing(name)></svg> }
}

/// The mark of the shop: an anvil.
pub const MARK: &str = "M2 8h27v3.6c-4.3.3-6.8 2.3-6.8 5.6 0 2.6 1.5 4.1 4.3 4.7V26H9v-4.1c2.8-.6 4.3-2.1 4.3-4.7 0-2-1-3.2-3.3-3.6C5.5 12.8 2.8 11 2 8z";

fn drawing(name: &str) -> &'static str {
    match name {
        "search" => r#"<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5.5 5.5"/>"#,
        "cart" => r#"<path d="M3 8h18l-2 12H5zM8 8l3-5M16 8l-3-5M9.5 12v4M14.5 12v4"/>"#,
        "user" => r#"<circle cx="12" cy="8" r="4"/><path d="M4 21c.6-4.6 3.6-7 8-7s7.4 2.4 8 7"/>"#,
        "menu" => r#"<path d="M3 6h18M3 12h18M3 18h18"/>"#,
        "close" => r#"<path d="m5 5 14 14M19 5 5 19"/>"#,
        "bell" => r#"<path d="M12 3v2M6 17V11a6 6 0 0 1 12 0v6l2 2H4zM10 19.5a2 2 0 0 0 4 0"/>"#,
        "check" => r#"<path d="m4 12.5 5.5 5.5L20 6.5"/>"#,
        "plus" => r#"<path d="M12 4v16M4 12h16"/>"#,
        "minus" => r#"<path d="M4 12h16"/>"#,
        "left" => r#"<path d="M20 12H4m6-7-7 7 7 7"/>"#,
        "right" => r#"<path d="M4 12h16m-6-7 7 7-7 7"/>"#,
        "up" => r#"<path d="M12 20V4M5 10l7-7 7 7"/>"#,
        "down" => r#"<path d="M12 4v16m-7-6 7 7 7-7"/>"#,
        "info" => r#"<circle cx="12" cy="12" r="9"/><path d="M12 11v6M12 7v1.5"/>"#,
        "warning" => r#"<path d="M12 3.5 22 20.5H2zM12 10v5M12 16.7v1.5"/>"#,
        "error" => r#"<circle cx="12" cy="12" r="9"/><path d="M12 6.5v7M12 15.7v1.6"/>"#,
        "success" => r#"<circle cx="12" cy="12" r="9"/><path d="m8 12.5 3 3 5.5-6.5"/>"#,
        "edit" => r#"<path d="M4 20l1-4.5L16.5 4 20 7.5 8.5 19zM14 6.5 17.5 10"/>"#,
        "trash" => r#"<path d="M4 6.5h16M9 6V3.5h6V6M6 6.5 7 20.5h10l1-14M10 10.5v6M14 10.5v6"/>"#,
        "copy" => r#"<path d="M8 8h12v12H8zM16 8V4H4v12h4"/>"#,
        "image" => {
            r#"<path d="M3 4.5h18v15H3z"/><circle cx="8.5" cy="9.5" r="1.7"/><path d="m3 17 5.5-4.5 3.5 3 4-4 5 4.5"/>"#
        }
        "truck" => {
            r#"<path d="M2 6h12v11H2zM14 10h4.5l3.5 3.5V17h-8z"/><circle cx="6.5" cy="18" r="2"/><circle cx="17.5" cy="18" r="2"/>"#
        }
        "box" => r#"<path d="M3 7.5 12 3l9 4.5v9L12 21l-9-4.5zM3 7.5l9 4.5 9-4.5M12 12v9"/>"#,
        "receipt" => r#"<path d="M5 3h14v18l-2.3-1.5L14.3 21 12 19.5 9.7 21l-2.4-1.5L5 21zM8.5 8h7M8.5 12h7"/>"#,
        "filter" => {
            r#"<path d="M3 7h9M18 7h3M3 17h3M12 17h9"/><circle cx="15" cy="7" r="2.5"/><circle cx="9" cy="17" r="2.5"/>"#
        }
        "refund" => r#"<path d="M8 4 4 8l4 4M4 8h10a6 6 0 0 1 0 12H7"/>"#,
        "upload" => r#"<path d="M4 15v5h16v-5M12 16V4M7 8.5 12 3.5l5 5"/>"#,
        "clock" => r#"<circle cx="12" cy="12" r="9"/><path d="M12 6.5V12l4 2.5"/>"#,
        "eye" => {
            r#"<path d="M2 12c3-4.7 6-7 10-7s7 2.3 10 7c-3 4.7-6 7-10 7s-7-2.3-10-7z"/><circle cx="12" cy="12" r="3"/>"#
        }
        "home" => r#"<path d="M3.5 11 12 3.5 20.5 11M6 9.5v11h12v-11M10 20.5v-6h4v6"/>"#,
        "tag" => r#"<path d="M3.5 3.5h8l9 9-8 8-9-9z"/><circle cx="8" cy="8" r="1.3"/>"#,
        "tree" => r#"<path d="M3.5 3.5h6v5h-6zM14.5 9.5h6v5h-6zM14.5 16.5h6v5h-6zM6.5 8.5V19h8M6.5 12h8"/>"#,
        "stock" => r#"<path d="M3 9.5 12 4l9 5.5V20H3zM7 20v-7h10v7M7 16.5h10"/>"#,
        "people" => {
            r#"<circle cx="9" cy="8.5" r="3.5"/><path d="M2.5 20c.4-4 2.8-6 6.5-6s6.1 2 6.5 6M15.5 5.2a3.5 3.5 0 0 1 0 6.6M17.5 14.5c2.4.7 3.7 2.5 4 5.5"/>"#
        }
        "gear" => {
            r#"<circle cx="12" cy="12" r="3.2"/><path d="M12 2.5v4M12 17.5v4M2.5 12h4M17.5 12h4M5.3 5.3l2.8 2.8M15.9 15.9l2.8 2.8M18.7 5.3l-2.8 2.8M8.1 15.9l-2.8 2.8"/>"#
        }
        "logout" => r#"<path d="M14 4H4v16h10M9 12h12m-5-5 5 5-5 5"/>"#,
        "card" => r#"<path d="M2.5 5h19v14h-19zM2.5 9.5h19M6 15h4"/>"#,
        "key" => r#"<circle cx="7.5" cy="12" r="4.5"/><path d="M12 12h9.5v4M17 12v3"/>"#,
        "lock" => r#"<path d="M5 10.5h14V21H5zM8 10.5V7.5a4 4 0 0 1 8 0v3M12 14.5v3"/>"#,
        "mail" => r#"<path d="M3 5h18v14H3zM3 6l9 7 9-7"/>"#,
        "print" => r#"<path d="M7 8V3h10v5M7 17H3V8h18v9h-4M7 13.5h10V21H7z"/>"#,
        "device" => r#"<path d="M4 4.5h16v11H4zM2 19.5h20"/>"#,
        "external" => r#"<path d="M10 4H4v16h16v-6M14 4h6v6M20 4l-9 9"/>"#,
        _ => "",
    }
}
