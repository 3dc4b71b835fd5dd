//! Arguments in, exit code out.

use std::process::ExitCode;

use weir::cli;
use weir::cli::program::Program;

fn main() -> ExitCode {
    cli::run(std::env::args_os(), &Program)
}
