//! The program `ironmonger`.

use clap::Parser;
use ironmonger::commands::{Cli, run};
use std::process::ExitCode;

// Far less memory kept than with the system's allocator when many requests render pages at once.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let _ = dotenvy::dotenv();
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("ironmonger: {e:#}");
            ExitCode::FAILURE
        }
    }
}
