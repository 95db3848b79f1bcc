//! Archives as memory: that of the running program, and those of other files.

#![allow(
    unsafe_code,
    reason = "the program headers and the archive are memory that only their addresses lead to"
)]

use std::fs::File;

use crate::{Engine, GraftError, Span};

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

/// The archive of another grafted program, in memory until this one ends; `None` if `file` is not
/// grafted. Its position is moved, and it may be closed afterwards.
///
/// On 64-bit Linux it is mapped as the running program's own is, and the same holds: pages are read
/// when they are touched, and what a file that is cut short later no longer holds is a `SIGBUS`
/// for whoever reads it, but an `EFAULT` for a system call that is told to. The bytes are those of
/// the file provided that nobody writes to it meanwhile, which Linux does not refuse here;
/// replacing it by renaming another over it is always safe. Elsewhere it is read.
///
/// # Errors
/// Those of [`Engine::inspect`], an archive that is cut short among them; it cannot be mapped.
pub fn map(file: &File) -> Result<Option<&'static [u8]>, GraftError> {
    match Engine::inspect(file)?.archive() {
        None => Ok(None),
        Some(Span { len: 0, .. }) => Ok(Some(&[])),
        Some(span) => {
            let mapped = system::map(file, span);
            mapped.map(Some).map_err(GraftError::io("map the archive"))
        }
    }
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

    /// Maps a part of `file` that is not empty and begins where a page does.
    pub fn map(file: &File, span: Span) -> io::Result<&'static [u8]> {
        let (len, offset) = (span.len as usize, span.offset as libc::off_t);
        let (rights, flags) = (libc::PROT_READ, libc::MAP_PRIVATE);
        // SAFETY: the kernel chooses a place where nothing is, and refuses what it cannot map.
        let at = unsafe {
            libc::mmap(
                ptr::null_mut(),
                len,
                rights,
                flags,
                file.as_raw_fd(),
                offset,
            )
        };
        if at == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: these bytes are mapped for reading, and are never unmapped. It is a private
        // mapping that cannot be written to, and the file is not, as `map` documents. They are no
        // more than MAX_ARCHIVE_LEN, as `Engine::inspect` has seen, which is less than isize::MAX.
        Ok(unsafe { slice::from_raw_parts(at.cast(), len) })
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
