//! Makes the bag of `modules/` and has it linked into the binary. Glue: every rule is in `crates/`.

#![allow(
    clippy::print_stdout,
    reason = "cargo hears what a build script prints"
)]

use std::env;
use std::fs;
use std::io::Cursor;
use std::path::PathBuf;
use std::process::ExitCode;

use bag::checked::Checked;
use bag::packing;
use bag::{Invalid, Options};
use linked::Target;

/// What the linker takes as data of a program with the default code model.
const MAX_ARCHIVE_BYTES: u64 = 3 << 29;

/// The variable that names another folder than `modules/` to embed; what is released is built with none, an empty value.
const MODULES: &str = "GOBAG_MODULES";

fn main() -> ExitCode {
    println!("cargo::rerun-if-env-changed={MODULES}\ncargo::rerun-if-changed=build.rs");
    let Err(faults) = build() else {
        return ExitCode::SUCCESS;
    };
    for fault in faults {
        println!("cargo::error={fault}");
    }
    ExitCode::FAILURE
}

fn build() -> Result<(), Vec<String>> {
    let io = |e: std::io::Error| vec![e.to_string()];
    let out = env::var("OUT_DIR");
    let out = out.map_err(|_| vec!["the target folder's path is not UTF-8".to_string()])?;
    let scratch = PathBuf::from(&out).join("zips");
    let object = format!("{out}/bag.o");
    fs::create_dir_all(&scratch).map_err(io)?;
    let name = env::var(MODULES).unwrap_or("modules".to_string());
    let folders = Some(PathBuf::from(&name)).filter(|_| !name.is_empty());
    println!("cargo::rerun-if-changed={name}");
    let checked = Checked::load(&scratch.with_file_name("checked.json"));
    let options = Options {
        scratch: &scratch,
        checked: &checked,
        invalid: Invalid::Refuse,
    };
    let named = |fault: &bag::Fault| format!("{name}/{fault}");
    let shown = |faults: Vec<bag::Fault>| faults.iter().map(named).collect::<Vec<_>>();
    let mut plan = packing::plan(folders.as_slice(), options).map_err(shown)?;
    plan.prove_sums().map_err(shown)?;
    checked.save().map_err(io)?;
    plan.describe(env!("CARGO_PKG_VERSION")).map_err(io)?;
    for note in plan.notes() {
        println!("cargo::warning={note}");
    }
    let bytes = plan.bytes().map_err(io)?;
    if bytes >= MAX_ARCHIVE_BYTES {
        let text = format!(
            "{name}: more than 1.5 GiB, which a linker cannot take; \
             build without it ({MODULES}=) and use gobag pack --import {name} -o FILE"
        );
        return Err(vec![text]);
    }
    // And what the archive needs beside its entries.
    let mut archive = Cursor::new(Vec::with_capacity(bytes as usize + bytes as usize / 16));
    plan.write(&mut archive).map_err(io)?;
    let told = ["ARCH", "OS", "VENDOR"].map(|name| env::var(format!("CARGO_CFG_TARGET_{name}")));
    let [arch, os, vendor] = told
        .each_ref()
        .map(|told| told.as_deref().unwrap_or_default());
    let file = fs::File::create(&object).map_err(io)?;
    linked::write(archive.get_ref(), Target { arch, os, vendor }, file).map_err(io)?;
    println!("cargo::rustc-link-arg-bins={object}");
    Ok(())
}
