//! From page to page of a list; the pages are links, so they work everywhere and Back keeps them.

use super::icon::Icon;
use leptos::prelude::*;

/// Links to the pages of a list. `href` gives the address of a page.
#[component]
pub fn Pagination(page: u32, pages: u32, href: impl Fn(u32) -> String + Send + Sync + 'static) -> impl IntoView {
    if pages <= 1 {
        return ().into_any();
    }
    let step = |to: u32, rel: &'static str| {
        let (text, icon) = if rel == "prev" { (t!("pages-back"), "left") } else { (t!("pages-next"), "right") };
        view! {
            <li>
                <a class="pagination__link pagination__step" href=href(to) rel=rel>
                    {(rel == "prev").then(|| view! { <Icon name=icon /> })}
                    <span class="pagination__text">{text}</span>
                    {(rel == "next").then(|| view! { <Icon name=icon /> })}
                </a>
            </li>
        }
    };
    let mut before = 0;
    let numbers = shown(page, pages)
        .into_iter()
        .map(|n| {
            let gap = n > before + 1;
            before = n;
            view! {
                {gap
                    .then(|| {
                        view! {
                            <li>
                                <span class="pagination__gap">"…"</span>
                            </li>
                        }
                    })}
                <li>
                    <a class="pagination__link" href=href(n) aria-current=(n == page).then_some("page")>
                        {n}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="pagination" aria-label=t!("pages-pages")>
            <ul class="pagination__list">
                {(page > 1).then(|| step(page - 1, "prev"))} {numbers} {(page < pages).then(|| step(page + 1, "next"))}
            </ul>
        </nav>
    }
    .into_any()
}

/// The first, the last, and those near the current one.
fn shown(page: u32, pages: u32) -> Vec<u32> {
    let near = page.saturating_sub(1).max(1)..=(page.saturating_add(1)).min(pages);
    let mut all: Vec<u32> = [1, pages].into_iter().chain(near).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn shows_the_ends_and_the_neighbours() {
        assert_eq!(shown(1, 3), [1, 2, 3]);
        assert_eq!(shown(5, 9), [1, 4, 5, 6, 9]);
        assert_eq!(shown(9, 9), [1, 8, 9]);
    }
}
