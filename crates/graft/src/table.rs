//! The program header table, and how the archive's entry goes into it and out again.

use crate::GraftError;
use crate::elf::{ENTRY_LEN, PF_R, PT_GNU_PROPERTY, PT_INTERP, PT_LOAD, PT_NOTE, ProgramHeader};

/// `p_paddr` of the archive's entry: the bytes `gobagARC`, little-endian.
///
/// On Linux the field has no meaning for programs, and linkers repeat `p_vaddr` in it; nobody links
/// a program to this address.
pub const MARK: u64 = u64::from_le_bytes(*b"gobagARC");

/// The longest archive, in bytes: 64 GiB.
///
/// The smallest address space among the supported machines is that of an aarch64 kernel with 39-bit
/// addresses, 512 GiB. Linux puts a program at two thirds of it plus a random distance of at most
/// 64 GiB, which leaves about 100 GiB for all that lies above.
pub const MAX_ARCHIVE_LEN: u64 = 64 << 30;

/// The archive starts at a multiple of this, in the file and in memory: the largest page of any
/// aarch64 kernel.
pub(crate) const ALIGN: u64 = 65536;

/// The first address that no program may use on any supported machine: 47 bits.
const ADDRESS_END: u64 = 1 << 47;

/// A program header table whose entries are known to make sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table(Vec<ProgramHeader>);

impl Table {
    /// The entries that these bytes stand for. What does not fill an entry is left out.
    pub fn parse(bytes: &[u8]) -> Table {
        Table(
            bytes
                .as_chunks::<ENTRY_LEN>()
                .0
                .iter()
                .map(ProgramHeader::parse)
                .collect(),
        )
    }

    /// The bytes that stand for this table.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|entry| entry.to_bytes()).collect()
    }

    /// Length in bytes.
    pub fn byte_len(&self) -> u64 {
        (self.0.len() * ENTRY_LEN) as u64
    }

    /// Index and content of the archive's entry. Fails if there are two.
    pub fn archive_entry(&self) -> Result<Option<(usize, ProgramHeader)>, GraftError> {
        let mut marked = self
            .0
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.p_type == PT_LOAD && entry.p_paddr == MARK);
        let found = marked.next().map(|(index, entry)| (index, *entry));
        match marked.next() {
            Some(_) => Err(GraftError::damaged(
                "two segments are marked as the archive",
            )),
            None => Ok(found),
        }
    }

    /// Checks an engine's table, which starts at `table_offset` of a file of `len` bytes and has no
    /// archive's entry.
    ///
    /// These are the rules on which the archive's entry relies. The segments ascend ([System V
    /// ABI], "Loadable segment entries appear in ascending order"), for older kernels compute the
    /// room that a program needs from the first and the last one. And the table itself is in a
    /// segment, for otherwise the running program would not see it.
    ///
    /// [System V ABI]: https://gabi.xinuos.com/elf/07-pheader.html
    pub fn check(&self, table_offset: u64, len: u64) -> Result<(), GraftError> {
        let mut end_before = 0;
        let mut holds_table = false;
        for entry in self.segments() {
            let end = entry.p_offset.saturating_add(entry.p_filesz);
            if end > len {
                return Err(GraftError::CutShort {
                    part: "a segment",
                    end,
                    len,
                });
            }
            let end_in_memory = entry.p_vaddr.saturating_add(entry.p_memsz);
            if entry.p_filesz > entry.p_memsz || end_in_memory > ADDRESS_END {
                let (vaddr, memsz) = (entry.p_vaddr, entry.p_memsz);
                return Err(GraftError::malformed(format!(
                    "a segment of {memsz} bytes at address {vaddr:#x}"
                )));
            }
            if entry.p_vaddr < end_before {
                return Err(GraftError::malformed(format!(
                    "the segment at {:#x} is not in order",
                    entry.p_vaddr
                )));
            }
            end_before = end_in_memory;
            // No overflow: the table was read from the file, so its end is inside.
            holds_table |= entry.p_offset <= table_offset && table_offset + self.byte_len() <= end;
        }
        if !holds_table {
            return Err(GraftError::malformed("it is in no segment"));
        }
        Ok(())
    }

    /// Index of the entry to give up, as [`GraftError::NoNote`] tells.
    pub fn spare(&self) -> Result<usize, GraftError> {
        let last = |eligible: &dyn Fn(&ProgramHeader) -> bool| {
            self.0
                .iter()
                .rposition(|entry| entry.p_type == PT_NOTE && eligible(entry))
        };
        let has_property = self.0.iter().any(|entry| entry.p_type == PT_GNU_PROPERTY);
        last(&|entry| entry.p_align != 8)
            .or_else(|| last(&|_| has_property))
            .ok_or(GraftError::NoNote)
    }

    /// True where the kernel is to start another program, which loads this one (`PT_INTERP`).
    pub fn names_loader(&self) -> bool {
        self.0.iter().any(|entry| entry.p_type == PT_INTERP)
    }

    /// The entry at `index`.
    pub fn entry(&self, index: usize) -> ProgramHeader {
        self.0[index]
    }

    /// This engine's table with the entry at `spare` replaced by one that maps `len` bytes at
    /// `offset`.
    ///
    /// It goes behind the last `PT_LOAD`, because the entries must ascend and its address is above
    /// all others. Above, because there nothing is in the way: Linux reserves the room from the
    /// first segment to the last at once, and starts the heap (`brk`) behind the last. `p_memsz` is
    /// `p_filesz`: then Linux has nothing to zero behind the archive, which would fail in memory
    /// that cannot be written. It zeroes the `.bss` of the segment before all the same.
    ///
    /// `p_align` is the engine's own, so that Linux chooses an address for the program as it would
    /// without the archive: newer kernels place a program without interpreter elsewhere, near its
    /// own heap, if the largest `p_align` is more than a page.
    ///
    /// Fails if the archive or the engine leaves no room; `spare` must be an index of this table.
    pub fn with_archive(&self, spare: usize, offset: u64, len: u64) -> Result<Table, GraftError> {
        let too_large = GraftError::ArchiveTooLarge {
            len,
            max: MAX_ARCHIVE_LEN,
        };
        let end = self
            .segments()
            .map(|entry| entry.p_vaddr.saturating_add(entry.p_memsz))
            .max()
            .unwrap_or(0);
        let p_vaddr = end.checked_next_multiple_of(ALIGN).unwrap_or(u64::MAX);
        if len > MAX_ARCHIVE_LEN || p_vaddr.saturating_add(len) > ADDRESS_END {
            return Err(too_large);
        }
        let aligns = self
            .segments()
            .map(|entry| entry.p_align)
            .filter(|align| align.is_power_of_two());
        let p_align = aligns.max().unwrap_or(0).clamp(4096, ALIGN);

        let mut entries = self.0.clone();
        entries.remove(spare);
        let place = entries
            .iter()
            .rposition(|entry| entry.p_type == PT_LOAD)
            .map_or(0, |last| last + 1);
        entries.insert(
            place,
            ProgramHeader {
                p_type: PT_LOAD,
                p_flags: PF_R,
                p_offset: offset,
                p_vaddr,
                p_paddr: MARK,
                p_filesz: len,
                p_memsz: len,
                p_align,
            },
        );
        Ok(Table(entries))
    }

    /// The engine's table, from this one with the archive's entry at `marked`: `note` goes back to
    /// `spare`.
    ///
    /// Fails if `spare` is no place in the table or `note` is not a `PT_NOTE`.
    pub fn without_archive(
        &self,
        marked: usize,
        spare: usize,
        note: ProgramHeader,
    ) -> Result<Table, GraftError> {
        if spare >= self.0.len() || note.p_type != PT_NOTE {
            return Err(GraftError::damaged(
                "the trailer holds no PT_NOTE entry of this table",
            ));
        }
        let mut entries = self.0.clone();
        entries.remove(marked);
        entries.insert(spare, note);
        Ok(Table(entries))
    }

    /// The entries that the loader maps.
    fn segments(&self) -> impl Iterator<Item = &ProgramHeader> {
        self.0.iter().filter(|entry| entry.p_type == PT_LOAD)
    }
}
