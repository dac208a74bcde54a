//! Sample data.

use crate::commands::open::Opened;
use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use shop::seed::{self, Progress, Report, Step};
use std::io::IsTerminal;

/// Writes the sample shop, if the database is empty. Never in production: its logins are published.
pub async fn sample(opened: &Opened) -> Result<Report> {
    if !opened.app.config.is_development() {
        bail!("the sample's logins are published: it is never written in production");
    }
    let mut bar = Bar::default();
    let report = seed::sample(&opened.app.shop, &mut |progress| bar.show(progress)).await;
    bar.bar.finish_and_clear();
    report.context("seeding")
}

/// One bar for all steps; lines where nobody watches.
struct Bar {
    bar: ProgressBar,
    step: Option<Step>,
}

impl Default for Bar {
    fn default() -> Self {
        let bar = if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("  {msg:24} {wide_bar} {pos}/{len}") {
            bar.set_style(style);
        }
        Self { bar, step: None }
    }
}

impl Bar {
    fn show(&mut self, progress: Progress) {
        if self.step.replace(progress.step) != Some(progress.step) {
            self.bar.set_message(progress.step.to_string());
            if self.bar.is_hidden() {
                eprintln!("  {} …", progress.step);
            }
        }
        self.bar.set_length(progress.total as u64);
        self.bar.set_position(progress.done as u64);
    }
}
