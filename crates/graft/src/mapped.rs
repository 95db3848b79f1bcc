//! Archives in memory: that of the running program, and those of other files.

#![allow(
    unsafe_code,
    reason = "the program headers and the archive are memory that only their addresses lead to"
)]

use std::fs::File;
use std::io;

use crate::Span;

/// The archive of the running program, which is there from its first instruction to its last;
/// `None` if the program is not grafted, or runs on another system than 64-bit Linux.
///
/// As if by reading the archive from the program's file, but no file is opened, so neither `/proc`
/// nor the file's name is needed. Pages are read when they are touched, and the kernel drops them
/// when memory is short. The answer is found anew each time, from about a dozen program headers.
///
/// The bytes are those of the file when the program was started, provided that nobody writes to the
/// file while it runs: Linux refuses that (`ETXTBSY`), except on some kernels and network file
/// systems. Replacing the file by renaming another over it is always safe. If the file was cut
/// short before the start, reading what is missing is a `SIGBUS`.
pub fn mapped() -> Option<&'static [u8]> {
    system::mapped()
}

/// The archive that the build script linked into the program, as the symbols `gobag_archive` and
/// `gobag_archive_len`. Who calls this must be linked with both; that is why it is inlined.
#[inline]
pub fn linked() -> &'static [u8] {
    unsafe extern "C" {
        static gobag_archive: u8;
        static gobag_archive_len: u64;
    }
    // SAFETY: the build script wrote both into one object file, in data that cannot be written to: as
    // many bytes as the length says, which is not more than the archive of a program may be.
    unsafe { std::slice::from_raw_parts(&raw const gobag_archive, gobag_archive_len as usize) }
}

/// The bytes of `span`, an [archive](crate::Engine::archive) of `file`, for as long as this process
/// runs.
///
/// Elsewhere than on 64-bit Linux they are read, and take memory. As with [`mapped()`], they are
/// those of the file only while nobody writes to it, which nothing forbids here; what is cut off
/// meanwhile is a `SIGBUS` when it is read.
///
/// # Errors
/// The file cannot be read, or there is no address space for it.
pub fn map(file: &File, span: Span) -> io::Result<&'static [u8]> {
    system::map(file, span)
}

#[cfg(all(
    target_os = "linux",
    target_pointer_width = "64",
    target_endian = "little"
))]
mod system {
    use std::ffi::{c_int, c_void};
    use std::fs::File;
    use std::os::fd::AsRawFd;
    use std::{io, ptr, slice};

    use crate::Span;
    use crate::elf::{PF_R, PT_LOAD};
    use crate::table::{MARK, MAX_ARCHIVE_LEN};

    pub fn mapped() -> Option<&'static [u8]> {
        let mut found: Option<&'static [u8]> = None;
        // SAFETY: `visit` has the type that dl_iterate_phdr(3) asks for, and casts the pointer back
        // to the type that it has here. `found` outlives the call, and nothing else uses it
        // meanwhile.
        unsafe { libc::dl_iterate_phdr(Some(visit), ptr::from_mut(&mut found).cast()) };
        found
    }

    /// Called with the first object, which is the main program, and with no other because it
    /// returns 1.
    unsafe extern "C" fn visit(
        info: *mut libc::dl_phdr_info,
        _size: usize,
        found: *mut c_void,
    ) -> c_int {
        // SAFETY: dl_iterate_phdr(3) passes a valid `info`, and as `found` what `mapped` gave it.
        let (info, found) = unsafe { (&*info, &mut *found.cast::<Option<&'static [u8]>>()) };
        if info.dlpi_phdr.is_null() {
            return 1;
        }
        // SAFETY: dlpi_phdr is an array of dlpi_phnum entries, which the loader mapped with the
        // program.
        let headers =
            unsafe { slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
        *found = headers
            .iter()
            .find(|header| header.p_type == PT_LOAD && header.p_paddr == MARK)
            .filter(|header| header.p_flags == PF_R && header.p_filesz == header.p_memsz)
            .filter(|header| header.p_memsz <= MAX_ARCHIVE_LEN)
            .map(|header| {
                // dl_iterate_phdr(3): "addr == info->dlpi_addr + info->dlpi_phdr[x].p_vaddr".
                let address = info.dlpi_addr.wrapping_add(header.p_vaddr) as usize;
                // No page is mapped for an archive without bytes, and none is needed.
                if header.p_memsz == 0 {
                    return [].as_slice();
                }
                // SAFETY: the loader mapped p_memsz bytes at this address for reading, as the entry
                // told it, before the program's first instruction, and the main program is never
                // unmapped. It is a private mapping that cannot be written to, and the file is not,
                // as `mapped` documents. An archive of at most MAX_ARCHIVE_LEN bytes is shorter
                // than isize::MAX.
                unsafe {
                    slice::from_raw_parts(
                        ptr::with_exposed_provenance(address),
                        header.p_memsz as usize,
                    )
                }
            });
        1
    }

    pub fn map(file: &File, span: Span) -> io::Result<&'static [u8]> {
        // No page is mapped for an archive without bytes.
        if span.len == 0 {
            return Ok(&[]);
        }
        let (len, offset) = (span.len as usize, span.offset as libc::off_t);
        let (read, private) = (libc::PROT_READ, libc::MAP_PRIVATE);
        // SAFETY: a new mapping, at an address that the kernel chooses.
        let address = unsafe {
            libc::mmap(
                ptr::null_mut(),
                len,
                read,
                private,
                file.as_raw_fd(),
                offset,
            )
        };
        if address == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel mapped `len` bytes there for reading, and nobody unmaps them. Nobody
        // writes to the file, as `map` documents.
        Ok(unsafe { slice::from_raw_parts(address.cast(), len) })
    }
}

#[cfg(not(all(
    target_os = "linux",
    target_pointer_width = "64",
    target_endian = "little"
)))]
mod system {
    use std::fs::File;
    use std::io::{self, Read, Seek, SeekFrom};

    use crate::Span;

    pub fn mapped() -> Option<&'static [u8]> {
        None
    }

    pub fn map(mut file: &File, span: Span) -> io::Result<&'static [u8]> {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(span.offset))?;
        file.take(span.len).read_to_end(&mut bytes)?;
        Ok(bytes.leak())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_program_that_is_not_grafted_has_no_archive() {
        assert_eq!(super::mapped(), None);
    }
}
