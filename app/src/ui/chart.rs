//! A bar chart, drawn on the server.

use leptos::prelude::*;

/// One bar: what it stands for, how high it is, and what it says.
pub struct Bar {
    pub label: String,
    pub value: i64,
    pub title: String,
}

const WIDTH: i64 = 900;
const LEFT: i64 = 64;
const TOP: i64 = 12;
const FLOOR: i64 = 180;

/// Bars side by side, the last one marked as now. `scale` writes the value of a grid line; `summary` is read in its
/// place.
#[component]
pub fn BarChart(
    bars: Vec<Bar>,
    #[prop(into)] caption: String,
    #[prop(into)] summary: String,
    scale: fn(i64) -> String,
) -> impl IntoView {
    let top = round_up(bars.iter().map(|bar| bar.value).max().unwrap_or(0));
    let height = |value: i64| value.max(0) * (FLOOR - TOP) / top;
    let grid = (0..=3)
        .map(|i| {
            let y = FLOOR - (FLOOR - TOP) * i / 3;
            view! {
                <line class="chart__grid" x1=LEFT x2=WIDTH y1=y y2=y></line>
                <text class="chart__label" x=LEFT - 8 y=y + 4 text-anchor="end">
                    {scale(top * i / 3)}
                </text>
            }
        })
        .collect_view();
    let count = bars.len().max(1) as i64;
    let step = (WIDTH - LEFT) / count;
    let last = bars.len().saturating_sub(1);
    let drawn = bars
        .into_iter()
        .enumerate()
        .map(|(i, bar)| {
            let (x, h) = (LEFT + 4 + step * i as i64, height(bar.value));
            let class = if i == last { "chart__bar chart__bar--now" } else { "chart__bar" };
            // a label a week, counted from the last bar
            let label = (last - i).is_multiple_of(7).then(|| {
                let (anchor, at) = if i == last { ("end", x + step - 8) } else { ("middle", x + step / 2 - 4) };
                view! {
                    <text class="chart__label" x=at y=FLOOR + 20 text-anchor=anchor>
                        {bar.label}
                    </text>
                }
            });
            view! {
                <rect class=class x=x y=FLOOR - h width=(step - 8).max(2) height=h>
                    <title>{bar.title}</title>
                </rect>
                {label}
            }
        })
        .collect_view();
    view! {
        <figure class="chart">
            <figcaption class="chart__caption">{caption}</figcaption>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Chart, scrolls sideways">
                <svg class="chart__svg" viewBox=format!("0 0 {WIDTH} 220") role="img" aria-label=summary>
                    {grid}
                    {drawn}
                </svg>
            </div>
        </figure>
    }
}

/// The next of 3, 6, 9, 15, 30 … so that thirds are round numbers.
fn round_up(most: i64) -> i64 {
    let mut unit = 3;
    loop {
        for times in [1, 2, 3, 5] {
            if unit * times >= most {
                return unit * times;
            }
        }
        unit *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::round_up;

    #[test]
    fn the_scale_ends_on_round_thirds() {
        assert_eq!([0, 3, 4, 10, 29, 31, 812].map(round_up), [3, 3, 6, 15, 30, 60, 900]);
    }
}
