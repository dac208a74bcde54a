//! Sample data.

use crate::commands::open::Opened;
use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use shop::seed::{self, Phase, Progress, Report};
use shop::words::Locale;
use std::io::IsTerminal;

#[derive(Debug, Default, clap::Args)]
pub struct Options {
    /// Make up products like the sample's until there are so many, for load tests
    #[arg(long, value_name = "HOW MANY")]
    products: Option<u32>,
}

/// `ironmonger seed`: writes, and says what was written.
pub async fn seed(opened: &Opened, options: Options) -> Result<()> {
    let report = match options.products {
        Some(products) => write(opened, async |shop, show| seed::big(shop, products, show).await).await?,
        None => sample(opened, |_| {}).await?,
    };
    if report.unchanged {
        println!("It is there already; nothing was changed.");
    } else if report.categories > 0 {
        println!(
            "{} products ({} variants) in {} categories, {} pictures, {} orders.",
            report.products, report.variants, report.categories, report.pictures, report.orders
        );
    }
    if report.made_up > 0 {
        println!("{} products made up.", report.made_up);
    }
    println!("Sign in with one of these addresses and the password \"{}\":", seed::PASSWORD);
    seed::logins().iter().for_each(|login| println!("  {:<32} {}", login.email, login.role));
    Ok(())
}

/// Writes the sample shop, if the database is empty. `tell` hears how far it is, beside whoever watches the bar.
pub async fn sample(opened: &Opened, mut tell: impl FnMut(Progress) + Send) -> Result<Report> {
    write(opened, async |shop, show| {
        let mut both = |progress| {
            tell(progress);
            show(progress);
        };
        seed::sample(shop, &mut both).await
    })
    .await
}

/// Never in production: the sample's logins are published.
async fn write(
    opened: &Opened,
    command: impl AsyncFnOnce(&shop::Shop, seed::OnProgress<'_>) -> shop::Result<Report>,
) -> Result<Report> {
    if !opened.app.config.is_development() {
        bail!("the sample's logins are published: it is never written in production");
    }
    let mut bar = Bar::default();
    let report = command(&opened.app.shop, &mut |progress| bar.show(progress)).await;
    bar.bar.finish_and_clear();
    report.context("seeding")
}

/// One bar for all steps; lines where nobody watches.
struct Bar {
    bar: ProgressBar,
    step: Option<Phase>,
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
            let step = progress.step.said(Locale::default());
            if self.bar.is_hidden() {
                eprintln!("  {step} …");
            }
            self.bar.set_message(step);
        }
        self.bar.set_length(progress.total as u64);
        self.bar.set_position(progress.done as u64);
    }
}
