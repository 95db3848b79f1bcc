//! Grafts an archive onto an engine: `graft_file ENGINE ARCHIVE OUT`.

use std::path::Path;
use std::process::ExitCode;

use graft::{GraftError, graft_file, write_atomically};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [engine, archive, out] = args.as_slice() else {
        eprintln!("usage: graft_file ENGINE ARCHIVE OUT");
        return ExitCode::from(2);
    };
    match write_atomically(Path::new(out), |file| {
        graft_file(Path::new(engine), Path::new(archive), file)
    }) {
        Ok(grafted) => println!("{grafted:?}"),
        Err::<_, GraftError>(error) => {
            eprintln!("graft_file: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
