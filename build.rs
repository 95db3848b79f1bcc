//! Makes the bag of `modules/` and leaves it where the binary embeds it from. Glue: every
//! rule is in `crates/`.

#![allow(
    clippy::print_stdout,
    reason = "cargo hears what a build script prints"
)]

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use bag::checked::Checked;
use bag::packing;
use bag::{Invalid, Options};

/// What the linker takes as data of a program with the default code model.
const MAX_ARCHIVE_BYTES: u64 = 3 << 29;

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=modules");
    println!("cargo::rerun-if-changed=build.rs");
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(faults) => {
            for fault in faults {
                println!("cargo::error={fault}");
            }
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), Vec<String>> {
    let io = |e: std::io::Error| vec![e.to_string()];
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let scratch = out.join("zips");
    let embed = out.join("embed");
    fs::create_dir_all(&scratch).map_err(io)?;
    fs::create_dir_all(&embed).map_err(io)?;
    let checked = Checked::load(&out.join("checked.json"));
    let options = Options {
        scratch: &scratch,
        checked: &checked,
        invalid: Invalid::Refuse,
    };
    let shown = |faults: Vec<bag::Fault>| {
        faults
            .iter()
            .map(|f| format!("modules/{f}"))
            .collect::<Vec<_>>()
    };
    let mut plan = packing::plan(&[PathBuf::from("modules")], options).map_err(shown)?;
    plan.prove_sums().map_err(shown)?;
    checked.save().map_err(io)?;
    for note in plan.notes() {
        println!("cargo::warning={note}");
    }
    if plan.bytes().map_err(io)? >= MAX_ARCHIVE_BYTES {
        let text = "modules/: more than 1.5 GiB, which a linker cannot take; \
                    build without it and use gobag pack --import modules -o FILE";
        return Err(vec![text.to_string()]);
    }
    let file = fs::File::create(embed.join("bag.zip")).map_err(io)?;
    plan.write(file).map_err(io)
}
