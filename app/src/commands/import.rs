//! Products from a file: Shopify's product CSV.

use crate::commands::open::Opened;
use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use shop::accounts::System;
use shop::catalog::import::{Importer, shopify_csv};
use std::fs::File;
use std::io::{BufReader, IsTerminal};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Options {
    /// A CSV file as Shopify exports products
    file: PathBuf,
}

/// Imports what is right, reports what is wrong. Importing the same file again changes nothing.
pub async fn import(opened: &Opened, options: Options) -> Result<()> {
    let file = File::open(&options.file).with_context(|| options.file.display().to_string())?;
    let size = file.metadata().map(|m| m.len()).unwrap_or(0);
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(size) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("  {msg:24} {wide_bar} {bytes}/{total_bytes}") {
        bar.set_style(style);
    }
    bar.set_message("Importing products");
    let reader = bar.wrap_read(BufReader::new(file));
    let report = shopify_csv(&opened.app.shop, Importer::from(System), reader, |_| {}).await;
    bar.finish_and_clear();
    let report = report.context("importing")?;

    println!("{} created, {} updated, {} unchanged.", report.created, report.updated, report.unchanged);
    if report.pictures_queued > 0 {
        println!(
            "{} pictures will be fetched by a job; those that cannot be are reported there.",
            report.pictures_queued
        );
    }
    for failure in &report.failed {
        println!("line {}: {}", failure.line, failure.reason);
    }
    if report.failures > report.failed.len() as u64 {
        println!("… and {} more lines with faults.", report.failures - report.failed.len() as u64);
    }
    Ok(())
}
