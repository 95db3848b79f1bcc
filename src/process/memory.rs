//! Memory that lies in a file: kept, so that the medium of the file may go away, or read with care, as it
//! may have gone.

use std::io::{self, Read, Seek, SeekFrom};

#[cfg(unix)]
use std::ops::Range;

use super::kernel::copy_memory;
use crate::error::{Error, Result};
#[cfg(unix)]
use crate::terminal::size::size;

/// Reads memory that lies in a file: where the file is gone, that is an error, and not the end of this
/// process. On Linux alone; elsewhere nothing can be read so.
#[derive(Debug)]
pub struct Mapped<'a> {
    bytes: &'a [u8],
    at: u64,
    with_care: bool,
}

/// True where [`Mapped`] can be read: on Linux, unless that is forbidden from outside.
pub fn is_read_with_care() -> bool {
    Mapped::new(b"a").read(&mut [0]).is_ok()
}

/// A copy of `bytes`, which lie in a file.
///
/// # Errors
/// They cannot be read; never where nothing can be read so.
pub fn copied(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut copy = Vec::with_capacity(bytes.len());
    Mapped::read_with_care(bytes, is_read_with_care()).read_to_end(&mut copy)?;
    Ok(copy)
}

impl<'a> Mapped<'a> {
    /// Reads `bytes` from their start.
    pub fn new(bytes: &'a [u8]) -> Self {
        Mapped::read_with_care(bytes, true)
    }

    /// The same; not `with_care`, for where nothing can be read so, it is read as all memory is.
    pub fn read_with_care(bytes: &'a [u8], with_care: bool) -> Self {
        Mapped {
            bytes,
            at: 0,
            with_care,
        }
    }
}

impl Read for Mapped<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let begin = usize::try_from(self.at).unwrap_or(usize::MAX);
        let left = self.bytes.get(begin..).unwrap_or_default();
        if left.is_empty() || to.is_empty() {
            return Ok(0);
        }
        let read = match self.with_care {
            true => copy_memory(left, to)?,
            false => io::Read::read(&mut &*left, to)?,
        };
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Mapped<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => (self.bytes.len() as u64).checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// Reads all of `archives`, and the rest of this program with its own, into memory that is never
/// given back, and returns how many bytes that is. Without the code, they would be of no use.
///
/// # Errors
/// This user may not lock as much, or there is not as much memory.
#[cfg(unix)]
pub fn lock(archives: &[&'static [u8]]) -> Result<u64> {
    use super::kernel::lock_memory;
    use rustix::process::{Resource, getrlimit};

    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let ranges = archives.iter().flat_map(|archive| {
        let archive = archive.as_ptr_range();
        let archive = archive.start.addr()..archive.end.addr();
        let ranges = of_the_same_file(&maps, archive.start);
        let found = ranges.iter().any(|range| range.contains(&archive.start));
        if found { ranges } else { vec![archive] }
    });
    let ranges: Vec<Range<usize>> = ranges.collect();
    let wanted: u64 = ranges.iter().map(|range| range.len() as u64).sum();
    for range in ranges {
        lock_memory(range).map_err(|error| {
            let limit = getrlimit(Resource::Memlock).current;
            let may = limit.map_or("as much as there is".into(), size);
            let kilobytes = wanted.div_ceil(1024);
            Error::new(format!(
                "cannot lock {} in memory ({error}); this user may lock {may}: raise it with \
                 `ulimit -l {kilobytes}` or more, or with LimitMEMLOCK=infinity or \
                 AmbientCapabilities=CAP_IPC_LOCK in a systemd unit",
                size(wanted),
            ))
        })?;
    }
    Ok(wanted)
}

/// Refuses.
///
/// # Errors
/// Always.
#[cfg(not(unix))]
pub fn lock(_archives: &[&'static [u8]]) -> Result<u64> {
    Err(Error::new("memory cannot be locked on this system"))
}

/// What can be read of the file that is mapped at `address`, as a file of the kind of
/// `/proc/PID/maps` tells it: `begin-end rights offset device inode name`.
#[cfg(unix)]
fn of_the_same_file(maps: &str, address: usize) -> Vec<Range<usize>> {
    let mapped = maps.lines().filter_map(|line| {
        let mut words = line.split_ascii_whitespace();
        let (begin, end) = words.next()?.split_once('-')?;
        let begin = usize::from_str_radix(begin, 16).ok()?;
        let end = usize::from_str_radix(end, 16).ok()?;
        let rights = words.next()?;
        let file = (words.nth(1)?, words.next()?);
        rights.starts_with('r').then_some((begin..end, file))
    });
    let mapped: Vec<(Range<usize>, (&str, &str))> = mapped.collect();
    let Some((_, file)) = mapped.iter().find(|(range, _)| range.contains(&address)) else {
        return Vec::new();
    };
    let same = mapped.iter().filter(|(_, other)| other == file);
    same.map(|(range, _)| range.clone()).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::of_the_same_file;

    #[test]
    fn finds_what_belongs_to_the_program() {
        let maps = "1000-2000 r--p 00000000 fe:00 4711    /opt/a b\n\
                    2000-4000 r-xp 00001000 fe:00 4711    /opt/a b\n\
                    4000-5000 ---p 00001000 fe:00 4711    /opt/a b\n\
                    6000-7000 rw-p 00000000 00:00 0 [heap]\n\
                    8000-9000 r--p 00000000 fe:01 4711    /lib/c\n";
        assert_eq!(
            of_the_same_file(maps, 0x3000),
            [0x1000..0x2000, 0x2000..0x4000]
        );
        assert!(of_the_same_file(maps, 0x4000).is_empty());
        assert!(of_the_same_file("", 0x4000).is_empty());
    }
}
