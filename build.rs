//! Makes the bag of `modules/`, and an object file of it that is linked into the binary. Glue: every
//! rule is in `crates/`.
//!
//! The compiler never reads the bag: as a constant, one of 500 MB took it half of its time and
//! another gigabyte, whenever one module changed.

#![allow(
    clippy::print_stdout,
    reason = "cargo hears what a build script prints"
)]

use std::env;
use std::fs;
use std::io::{BufWriter, Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bag::checked::Checked;
use bag::packing;
use bag::{Invalid, Options};
use object::write::{Object, StandardSection, Symbol, SymbolSection};
use object::{
    Architecture, BinaryFormat, Endianness, SectionKind, SymbolFlags, SymbolKind, SymbolScope,
};

/// What the linker takes as data of a program with the default code model.
const MAX_ARCHIVE_BYTES: u64 = 3 << 29;

/// Where the archive begins in memory: at a multiple of this many bytes.
const ALIGNMENT: u64 = 16;

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
    fs::create_dir_all(&scratch).map_err(io)?;
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
    let mut archive = Cursor::new(Vec::new());
    plan.write(&mut archive).map_err(io)?;
    let file = out.join("bag.o");
    link(&archive.into_inner(), &file).map_err(|e| vec![e])?;
    println!("cargo::rustc-link-arg={}", file.display());
    Ok(())
}

/// Writes an object file for the target in which `archive` is what `graft::linked` finds.
fn link(archive: &[u8], file: &Path) -> Result<(), String> {
    let (format, architecture, endian) = target()?;
    let mut object = Object::new(format, architecture, endian);
    let length = match endian {
        Endianness::Little => (archive.len() as u64).to_le_bytes(),
        Endianness::Big => (archive.len() as u64).to_be_bytes(),
    };
    for (name, bytes) in [("gobag_archive", archive), ("gobag_archive_len", &length)] {
        let section = object.section_id(StandardSection::ReadOnlyData);
        let symbol = object.add_symbol(Symbol {
            name: name.into(),
            value: 0,
            size: 0,
            kind: SymbolKind::Data,
            scope: SymbolScope::Linkage,
            weak: false,
            section: SymbolSection::Undefined,
            flags: SymbolFlags::None,
        });
        object.add_symbol_data(symbol, section, bytes, ALIGNMENT);
    }
    if format == BinaryFormat::Elf {
        // Without it, the linker takes the program for one that executes its stack.
        object.add_section(vec![], b".note.GNU-stack".to_vec(), SectionKind::Other);
    }
    let mut out = BufWriter::new(fs::File::create(file).map_err(|e| e.to_string())?);
    object.write_stream(&mut out).map_err(|e| e.to_string())?;
    out.flush().map_err(|e| e.to_string())
}

/// What object files of the target are like.
fn target() -> Result<(BinaryFormat, Architecture, Endianness), String> {
    let told = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    let format = match (told("OS").as_str(), told("VENDOR").as_str()) {
        (_, "apple") => BinaryFormat::MachO,
        ("windows", _) => BinaryFormat::Coff,
        _ => BinaryFormat::Elf,
    };
    let architecture = match told("ARCH").as_str() {
        "x86_64" => Architecture::X86_64,
        "aarch64" => Architecture::Aarch64,
        other => return Err(format!("no object file can be written for {other}")),
    };
    let endian = match told("ENDIAN").as_str() {
        "big" => Endianness::Big,
        _ => Endianness::Little,
    };
    Ok((format, architecture, endian))
}
