//! Arguments in, exit code out.

use std::process::ExitCode;

use weir::cli;
use weir::cli::program::Site;

fn main() -> ExitCode {
    cli::run(std::env::args_os(), &Site)
}
