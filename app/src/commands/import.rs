//! Products from a file: Shopify's product CSV.

use crate::commands::open::Opened;
use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use shop::accounts::System;
use shop::catalog::import::{Failure, ImportInput, Report, shopify_csv_with};
use std::fs::File;
use std::io::{BufReader, IsTerminal, Write};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Options {
    /// A CSV file as Shopify exports products, or like its template
    file: PathBuf,
    /// How many there are of each variant whose stock the file does not count. Without it they are left without stock,
    /// and reported
    #[arg(long, value_name = "N")]
    untracked_stock: Option<String>,
    /// How the file is written, such as windows-1251. Without it: UTF-8, UTF-16, else Windows-1252
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
}

/// Imports what is right, reports what is wrong. Importing the same file again changes nothing. Fails when nothing of
/// the file came in.
pub async fn import(opened: &Opened, options: Options) -> Result<()> {
    let mut input = ImportInput {
        untracked_stock: options.untracked_stock.clone().unwrap_or_default().into(),
        encoding: options.encoding.clone().unwrap_or_default().into(),
    };
    let mut report = read(opened, &options, &input).await?;
    tell(&report);
    if report.uncounted > 0 && options.untracked_stock.is_none() && std::io::stdin().is_terminal() {
        print!("How many are there of each of what the file does not count? (Empty: leave them sold out) ");
        std::io::stdout().flush()?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        if !answer.trim().is_empty() {
            input.untracked_stock = answer.into();
            report = read(opened, &options, &input).await?;
            tell(&report);
        }
    }
    if report.is_nothing() {
        bail!("nothing of {} came in", options.file.display());
    }
    Ok(())
}

async fn read(opened: &Opened, options: &Options, input: &ImportInput) -> Result<Report> {
    let file = File::open(&options.file).with_context(|| options.file.display().to_string())?;
    let size = file.metadata().map(|m| m.len()).unwrap_or(0);
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(size) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("  {msg:24} {wide_bar} {bytes}/{total_bytes}") {
        bar.set_style(style);
    }
    bar.set_message("Importing products");
    let reader = bar.wrap_read(BufReader::new(file));
    let report = shopify_csv_with(&opened.app.shop, System, input.check()?, reader, |_| {}).await;
    bar.finish_and_clear();
    report.context("importing")
}

fn tell(report: &Report) {
    println!("{} created, {} updated, {} unchanged.", report.created, report.updated, report.unchanged);
    if report.pictures_queued > 0 {
        println!(
            "{} pictures will be fetched by a job; those that cannot be are reported there.",
            report.pictures_queued
        );
    }
    list("Left out:", &report.failed, report.failures);
    list("Kept otherwise than in the file:", &report.noted, report.notes);
}

fn list(title: &str, lines: &[Failure], all: u64) {
    if !lines.is_empty() {
        println!("{title}");
    }
    for line in lines {
        println!("line {}: {}", line.line, line.reason);
    }
    if all > lines.len() as u64 {
        println!("… and {} more.", all - lines.len() as u64);
    }
}
