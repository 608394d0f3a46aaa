//! The command line of the generator: `import`, `generate`, `check`.
//!
//! `import` is the only step that needs botocore; everything else reads `fixtures/model`.

mod enum_order;
mod import;
mod model;
mod names;
mod operations;
mod output;
mod parity;
mod patterns;
mod registry;
mod shapes;
mod types;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::model::{Error, Result};

#[derive(Parser)]
#[command(about = "Writes Rust from AWS's model of Cognito")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Reads an installed botocore and rewrites fixtures/model
    Import {
        /// The folder of the botocore package; asked of python3 when absent
        #[arg(long, value_name = "DIR")]
        botocore: Option<PathBuf>,
    },
    /// Writes the generated Rust files
    Generate,
    /// Names every generated file that is not what `generate` would write
    Check,
}

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    match run(&root, Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("codegen: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(root: &Path, command: Command) -> Result<ExitCode> {
    match command {
        Command::Import { botocore } => import::import(root, botocore)?,
        Command::Generate => {
            for file in output::files(root)? {
                file.write(root)?;
            }
        }
        Command::Check => {
            let mut fresh = true;
            for file in output::files(root)? {
                if !file.is_fresh(root) {
                    println!("stale: {}", file.path);
                    fresh = false;
                }
            }
            if !fresh {
                return Err(Error::new("run: cargo run -p codegen -- generate"));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
