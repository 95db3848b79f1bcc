//! Writes a copy of an executable, the *engine*, with an archive inside that the operating system
//! maps when the program starts: the running program reads the archive from memory and opens no
//! file.
//!
//! [`graft()`] writes such a copy, [`Engine::inspect`] reads what a file holds, [`Engine::seal`]
//! tells whether it is as it was written, [`mapped()`] is the archive of the running program,
//! [`linked()`] the one that a build script linked into it, and [`map()`] that of another file.
//!
//! # Format
//!
//! An engine is an ELF64 little-endian program for x86-64 or aarch64: position-independent or not,
//! with or without an interpreter. A grafted file is
//!
//! | offset | bytes | content |
//! |---|---|---|
//! | 0 | `E` | the engine; only its program header table differs |
//! | `E` | `A - 88 - E` | zeros |
//! | `A - 88` | 88 | the trailer: how to get the engine back, see [below](#trailer) |
//! | `A` | `N` | the archive |
//! | `A + N` | 48 | the seal: a digest of all before it, see [below](#seal) |
//!
//! where `A` is the first multiple of 65536 that is at least `E + 88`. In the program header table
//! one `PT_NOTE` entry is taken out, the entries behind it up to the last `PT_LOAD` move up by one,
//! and the freed place gets
//!
//! | field | value |
//! |---|---|
//! | `p_type`, `p_flags` | `PT_LOAD`, `PF_R` |
//! | `p_offset` | `A` |
//! | `p_vaddr` | the end of the engine's last segment in memory, rounded up to 65536 |
//! | `p_paddr` | [`MARK`], by which the entry is found; no loader of a program reads this field |
//! | `p_filesz`, `p_memsz` | `N` |
//! | `p_align` | the engine's largest `p_align`, at least 4096 and at most 65536 |
//!
//! so the table neither grows nor moves. What is lost is a note that no loader needs: see
//! [`GraftError::NoNote`] for which one is taken.
//!
//! ## Trailer
//!
//! Little-endian, 88 bytes.
//!
//! | offset | bytes | content |
//! |---|---|---|
//! | 0 | 16 | `gobag graft 1\n` and two zeros |
//! | 16 | 8 | `E` |
//! | 24 | 8 | index of the `PT_NOTE` entry in the engine's table |
//! | 32 | 56 | that entry |
//!
//! ## Seal
//!
//! 48 bytes: `gobag seal 1\n` and three zeros, and the SHA-256 of the SHA-256s of all that stands
//! before it, in pieces of 1 MiB of which the last may be shorter, so that all cores can work on it.
//! No segment reaches it, and no loader. It finds accidents: whoever changes a file on purpose can
//! write another seal. Files from before there were seals end with the archive.
//!
//! # Absences
//!
//! The engine is never written to. Nothing is compressed, encrypted or signed. No file is
//! searched for a signature: the entry is found by its mark and everything else from the entry.
//!
//! # Limits
//!
//! - A grafted file must not be stripped, nor signed by a tool that rewrites it, for those keep
//!   only what sections describe; strip the engine instead.
//! - It must not be written to in place while it runs, nor be cut short: a page of the archive that
//!   the file does not hold is a `SIGBUS` when it is read. [`Engine::inspect`] notices a file that
//!   is too short.
//! - The archive takes address space: a program whose archive is larger than the limit on it
//!   (`RLIMIT_AS`, `ulimit -v`) is ended by Linux as it starts. It takes memory only as far as it
//!   is read, as any file does.
//! - Linux counts the archive to the limit on data (`RLIMIT_DATA`, `ulimit -d`), but only for
//!   `brk(2)`; with such a limit malloc takes its memory elsewhere.
//! - An engine without `PT_NOTE` is refused. Linkers write one for `--build-id`, which most
//!   compilers ask for; ask for it with `-Wl,--build-id` where they do not, as some for musl.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test fails by panicking"))]

mod elf;
mod table;
mod trailer;
mod engine;
mod archive_file;
mod seal;
mod write;
mod mapped;
mod error;

pub use archive_file::ArchiveFile;
pub use engine::{Engine, Span};
pub use error::GraftError;
pub use mapped::{linked, map, mapped};
pub use seal::{SEAL_LEN, Seal, has_seal};
pub use table::{MARK, MAX_ARCHIVE_LEN};
pub use write::graft;
