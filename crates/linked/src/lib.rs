//! An archive as an object file, which a build script has linked into a program.
//!
//! The compiler never reads the archive. As a constant, one of 500 MB took it half of its time and
//! two gigabytes, whenever a byte of it changed.

use std::io::{self, BufWriter, Write};

use object::write::{MachOBuildVersion, Object, StandardSegment, Symbol, SymbolSection};
use object::{
    Architecture, BinaryFormat, Endianness, SectionKind, SymbolFlags, SymbolKind, SymbolScope,
    macho,
};

/// The symbol at which the archive begins.
pub const ARCHIVE: &str = "gobag_archive";

/// The symbol of its length: 8 bytes, as the target has numbers.
pub const LENGTH: &str = "gobag_archive_len";

/// Where it begins in memory: at a multiple of this many bytes.
const ALIGNMENT: u64 = 16;

/// What a program is built for, as cargo tells a build script (`CARGO_CFG_TARGET_*`).
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// `x86_64` or `aarch64`: of others, linkers ask for more than is known here.
    pub arch: &'a str,
    /// `linux`, `macos`, `windows`, …
    pub os: &'a str,
    /// `apple` or another.
    pub vendor: &'a str,
}

/// Writes the object file in which `archive` has the symbols [`ARCHIVE`] and [`LENGTH`].
///
/// # Errors
/// The target is none of the known ones; those of writing.
pub fn write(archive: &[u8], target: Target<'_>, out: impl Write) -> io::Result<()> {
    let mut object = object_for(target)?;
    let length = (archive.len() as u64).to_le_bytes();
    for (name, bytes) in [(ARCHIVE, archive), (LENGTH, &length)] {
        // On macOS the one that nobody writes to.
        let segment = object.segment_name(StandardSegment::Text).to_vec();
        let section = match object.format() {
            BinaryFormat::MachO => name.replace("gobag_archive", "__gobag"),
            _ => format!(".rodata.{name}"),
        };
        let section = object.add_section(segment, section.into_bytes(), SectionKind::ReadOnlyData);
        object.set_section_data(section, bytes, ALIGNMENT);
        object.add_symbol(Symbol {
            name: name.into(),
            value: 0,
            size: bytes.len() as u64,
            kind: SymbolKind::Data,
            scope: SymbolScope::Linkage,
            weak: false,
            section: SymbolSection::Section(section),
            flags: SymbolFlags::None,
        });
    }
    if object.format() == BinaryFormat::Elf {
        // Without it, the linker takes the program for one that executes its stack.
        object.add_section(vec![], b".note.GNU-stack".to_vec(), SectionKind::Other);
    }
    let mut out = BufWriter::new(out);
    object
        .write_stream(&mut out)
        .map_err(|e| io::Error::other(e.to_string()))?;
    out.flush()
}

fn object_for(target: Target<'_>) -> io::Result<Object<'_>> {
    let architecture = match target.arch {
        "x86_64" => Architecture::X86_64,
        "aarch64" => Architecture::Aarch64,
        other => {
            let text = format!("cargo builds a bag for x86_64 and aarch64 alone, not for {other}");
            return Err(io::Error::new(io::ErrorKind::Unsupported, text));
        }
    };
    let format = match (target.os, target.vendor) {
        (_, "apple") => BinaryFormat::MachO,
        ("windows", _) => BinaryFormat::Coff,
        _ => BinaryFormat::Elf,
    };
    let mut object = Object::new(format, architecture, Endianness::Little);
    if format == BinaryFormat::MachO {
        let mut version = MachOBuildVersion::default();
        version.platform = macho::PLATFORM_MACOS;
        version.minos = macho::Version(11 << 16);
        object.set_macho_build_version(version);
    }
    Ok(object)
}

#[cfg(test)]
mod tests {
    use object::{File, Object, ObjectSection, ObjectSymbol};

    use super::*;

    #[test]
    fn the_archive_and_its_length_are_found_by_their_names() {
        for (arch, os, vendor, format) in [
            ("x86_64", "linux", "unknown", BinaryFormat::Elf),
            ("aarch64", "linux", "unknown", BinaryFormat::Elf),
            ("x86_64", "macos", "apple", BinaryFormat::MachO),
            ("aarch64", "macos", "apple", BinaryFormat::MachO),
            ("x86_64", "windows", "pc", BinaryFormat::Coff),
            ("aarch64", "windows", "pc", BinaryFormat::Coff),
        ] {
            let mut written = Vec::new();
            let target = Target { arch, os, vendor };
            write(b"an archive", target, &mut written).unwrap();
            let file = File::parse(&*written).unwrap();
            assert_eq!(file.format(), format, "{target:?}");
            for (name, want) in [
                (ARCHIVE, &b"an archive"[..]),
                (LENGTH, &[10, 0, 0, 0, 0, 0, 0, 0]),
            ] {
                let name = match format {
                    BinaryFormat::MachO => format!("_{name}"),
                    _ => name.to_string(),
                };
                let symbol = file.symbols().find(|symbol| symbol.name() == Ok(&name));
                let symbol = symbol.unwrap_or_else(|| panic!("{name} of {target:?}"));
                assert!(symbol.is_global(), "{name} of {target:?}");
                let section = file
                    .section_by_index(symbol.section_index().unwrap())
                    .unwrap();
                assert_eq!(section.data().unwrap(), want, "{name} of {target:?}");
                assert_eq!(section.align(), ALIGNMENT, "{name} of {target:?}");
                let read_only = match format {
                    BinaryFormat::MachO => section.segment_name() == Ok(Some("__TEXT")),
                    _ => section.kind() == SectionKind::ReadOnlyData,
                };
                assert!(read_only, "{name} of {target:?}");
            }
            let note = file.section_by_name(".note.GNU-stack");
            assert_eq!(note.is_some(), format == BinaryFormat::Elf, "{target:?}");
        }
    }

    #[test]
    fn another_processor_is_refused() {
        let target = Target {
            arch: "riscv64",
            os: "linux",
            vendor: "unknown",
        };
        let error = write(b"", target, &mut Vec::new()).unwrap_err();
        assert!(error.to_string().ends_with("not for riscv64"), "{error}");
    }
}
