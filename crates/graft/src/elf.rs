//! The two structures of an ELF64 little-endian file that matter here: its header, and an entry of
//! its program header table.
//!
//! Source: [System V ABI, chapters 4 and 5](https://gabi.xinuos.com/),
//! [elf(5)](https://man7.org/linux/man-pages/man5/elf.5.html).

use crate::GraftError;

/// Length of the file header in bytes.
pub(crate) const HEADER_LEN: usize = 64;
/// Length of an entry of the program header table in bytes.
pub(crate) const ENTRY_LEN: usize = 56;
/// The longest program header table that Linux loads, in bytes.
const MAX_TABLE_LEN: usize = 65536;

/// `p_type` of a segment that the loader maps.
pub(crate) const PT_LOAD: u32 = 1;
/// `p_type` of the name of the loader that a program needs.
pub(crate) const PT_INTERP: u32 = 3;
/// `p_type` of notes.
pub(crate) const PT_NOTE: u32 = 4;
/// `p_type` of `.note.gnu.property`.
pub(crate) const PT_GNU_PROPERTY: u32 = 0x6474_e553;
/// `p_flags` of a segment that can be read and neither written nor executed.
pub(crate) const PF_R: u32 = 4;

/// What the file header says, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// Where the program header table starts in the file.
    pub table_offset: u64,
    /// How many entries it has; at least one, at most 1170.
    pub table_count: usize,
    /// Where the section header table ends in the file; 0 if there is none.
    pub sections_end: u64,
    /// The machine, by Go's name for it.
    pub arch: &'static str,
}

impl Header {
    /// Reads the first 64 bytes of a file, or all of a shorter one.
    ///
    /// Fails if it is not a program that Linux would load on a supported machine. Whether the
    /// tables are inside the file is not looked at.
    pub fn parse(start: &[u8]) -> Result<Header, GraftError> {
        refuse_other_formats(start)?;
        let Some(bytes) = start.first_chunk::<HEADER_LEN>() else {
            let len = start.len() as u64;
            return Err(GraftError::CutShort {
                part: "the file header",
                end: HEADER_LEN as u64,
                len,
            });
        };

        let unsupported = |found: String| Err(GraftError::Unsupported { found });
        if bytes[4] != 2 || bytes[5] != 1 {
            return unsupported("an ELF file that is not 64-bit little-endian".into());
        }
        // 0 is System V, which Linux linkers write; 3 is GNU/Linux, which they write when a symbol
        // is STB_GNU_UNIQUE or STT_GNU_IFUNC. The BSDs tell their programs by notes, which must not
        // be taken from them.
        if !matches!(bytes[7], 0 | 3) {
            return unsupported(format!(
                "an ELF file for the operating system {} (EI_OSABI)",
                bytes[7]
            ));
        }
        // EM_X86_64 and EM_AARCH64, Go's amd64 and arm64.
        let arch = match u16_at(bytes, 18) {
            62 => "amd64",
            183 => "arm64",
            machine => {
                return unsupported(format!("an ELF file for the machine {machine} (e_machine)"));
            }
        };
        let kind = u16_at(bytes, 16);
        if !matches!(kind, 2 | 3) {
            return unsupported(format!(
                "an ELF file of the type {kind} (e_type), which is not a program"
            ));
        }
        if u64_at(bytes, 24) == 0 {
            return unsupported("an ELF file without an entry point, which is a library".into());
        }

        let entry_len = u16_at(bytes, 54);
        let table_count = usize::from(u16_at(bytes, 56));
        if usize::from(entry_len) != ENTRY_LEN {
            return Err(GraftError::malformed(format!(
                "entries of {entry_len} bytes instead of {ENTRY_LEN}"
            )));
        }
        if table_count == 0 || table_count > MAX_TABLE_LEN / ENTRY_LEN {
            return Err(GraftError::malformed(format!("{table_count} entries")));
        }
        // A product of two 16-bit numbers, so only the sum can overflow.
        let sections_len = u64::from(u16_at(bytes, 58)) * u64::from(u16_at(bytes, 60));
        let sections_end = u64_at(bytes, 40).saturating_add(sections_len);
        Ok(Header {
            table_offset: u64_at(bytes, 32),
            table_count,
            sections_end,
            arch,
        })
    }
}

/// An entry of the program header table, all of it: what is parsed prints back as the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ProgramHeader {
    pub p_type: u32,
    pub p_flags: u32,
    pub p_offset: u64,
    pub p_vaddr: u64,
    pub p_paddr: u64,
    pub p_filesz: u64,
    pub p_memsz: u64,
    pub p_align: u64,
}

impl ProgramHeader {
    /// The entry that these bytes stand for. Every 56 bytes are one.
    pub fn parse(bytes: &[u8; ENTRY_LEN]) -> ProgramHeader {
        ProgramHeader {
            p_type: u32_at(bytes, 0),
            p_flags: u32_at(bytes, 4),
            p_offset: u64_at(bytes, 8),
            p_vaddr: u64_at(bytes, 16),
            p_paddr: u64_at(bytes, 24),
            p_filesz: u64_at(bytes, 32),
            p_memsz: u64_at(bytes, 40),
            p_align: u64_at(bytes, 48),
        }
    }

    /// The bytes that stand for this entry.
    pub fn to_bytes(self) -> [u8; ENTRY_LEN] {
        let mut bytes = [0; ENTRY_LEN];
        bytes[0..4].copy_from_slice(&self.p_type.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.p_flags.to_le_bytes());
        let words = [
            self.p_offset,
            self.p_vaddr,
            self.p_paddr,
            self.p_filesz,
            self.p_memsz,
            self.p_align,
        ];
        for (place, word) in bytes[8..].chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }
}

/// Refuses what is not ELF, and tells executables of other systems by their names.
fn refuse_other_formats(start: &[u8]) -> Result<(), GraftError> {
    let unsupported = |found: &str| {
        Err(GraftError::Unsupported {
            found: found.into(),
        })
    };
    match start {
        [0x7f, b'E', b'L', b'F', ..] => Ok(()),
        [b'M', b'Z', ..] => unsupported("a Windows program (PE)"),
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xfe, 0xed, 0xfa, 0xcf | 0xce, ..] => {
            unsupported("a macOS program (Mach-O)")
        }
        // Java classes share this magic number with Mach-O files for several processors.
        [0xca, 0xfe, 0xba, 0xbe, ..] => {
            unsupported("a macOS program for several processors (Mach-O)")
        }
        _ => Err(GraftError::NotExecutable {
            start: start[..start.len().min(8)].escape_ascii().to_string(),
        }),
    }
}

/// The number at `at`. The offsets are constants of the two structures, so they are inside.
fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(array_at(bytes, at))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array_at(bytes, at))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array_at(bytes, at))
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[at..at + N]);
    array
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_prints_back_as_it_was_read() {
        let bytes: [u8; ENTRY_LEN] = std::array::from_fn(|i| i as u8 + 1);
        let entry = ProgramHeader::parse(&bytes);
        assert_eq!(entry.p_type, 0x0403_0201);
        assert_eq!(entry.p_align, 0x3837_3635_3433_3231);
        assert_eq!(entry.to_bytes(), bytes);
    }

    #[test]
    fn says_what_a_file_is_instead() {
        let table: &[(&[u8], &str)] = &[
            (
                b"",
                "not an executable: it starts with \"\"; name a Linux program (ELF)",
            ),
            (
                b"#!/bin/sh\n",
                "not an executable: it starts with \"#!/bin/s\"; name a Linux program (ELF)",
            ),
            (
                b"PK\x03\x04",
                "not an executable: it starts with \"PK\\x03\\x04\"; name a Linux program (ELF)",
            ),
            (
                b"MZ\x90\0",
                "not supported for this platform: a Windows program (PE); use an engine for Linux on x86-64 or aarch64",
            ),
            (
                b"\xcf\xfa\xed\xfe",
                "not supported for this platform: a macOS program (Mach-O); use an engine for Linux on x86-64 or aarch64",
            ),
            (
                b"\x7fELF\x02\x01",
                "cut short: the file header ends at byte 64, but the file has 6; copy or download it again",
            ),
        ];
        for (start, message) in table {
            assert_eq!(Header::parse(start).unwrap_err().to_string(), *message);
        }
    }
}
