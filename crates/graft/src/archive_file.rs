//! The part of a grafted file that is the archive, as a file of its own.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// The part of a grafted file that is the archive, as a file of its own: position 0 is the
/// archive's first byte, and nothing before it can be reached.
///
/// Not buffered, just as `File` is not.
#[derive(Debug)]
pub struct ArchiveFile<'a> {
    file: &'a mut File,
    start: u64,
}

impl<'a> ArchiveFile<'a> {
    /// The part of `file` from `start` on; the file's position goes there.
    pub(crate) fn new(file: &'a mut File, start: u64) -> io::Result<ArchiveFile<'a>> {
        file.seek(SeekFrom::Start(start))?;
        Ok(ArchiveFile { file, start })
    }

    /// Copies `len` bytes of `source` to here, each from its position on.
    ///
    /// As if by `io::copy`, but between the files themselves, so that Linux copies them without
    /// this program (`copy_file_range(2)`), on some file systems without even the disk.
    ///
    /// # Errors
    /// One of the two cannot be read or written, or `source` has fewer bytes: `UnexpectedEof`.
    pub fn copy_from(&mut self, source: &File, len: u64) -> io::Result<()> {
        copy_exactly(source, len, self.file)
    }
}

impl Write for ArchiveFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for ArchiveFile<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(position) => self.start.checked_add(position),
            SeekFrom::Current(distance) => {
                self.file.stream_position()?.checked_add_signed(distance)
            }
            SeekFrom::End(distance) => self.file.metadata()?.len().checked_add_signed(distance),
        };
        let Some(target) = target.filter(|target| *target >= self.start) else {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "seek to before the archive, or too far",
            ));
        };
        Ok(self.file.seek(SeekFrom::Start(target))? - self.start)
    }
}

/// Copies `len` bytes between two files, each from its position on; fails if there are fewer.
pub(crate) fn copy_exactly(source: &File, len: u64, target: &mut File) -> io::Result<()> {
    let copied = io::copy(&mut source.take(len), target)?;
    if copied != len {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            format!("{copied} bytes instead of {len}, the file changed meanwhile"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_from_the_start_of_the_archive_and_never_go_before_it() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"engine").unwrap();
        let mut archive = ArchiveFile::new(&mut file, 6).unwrap();
        archive.write_all(b"archive").unwrap();

        let table = [
            (SeekFrom::Start(0), Some(0)),
            (SeekFrom::Current(-1), None),
            (SeekFrom::Current(3), Some(3)),
            (SeekFrom::Current(-3), Some(0)),
            (SeekFrom::End(0), Some(7)),
            (SeekFrom::End(-7), Some(0)),
            (SeekFrom::End(-8), None),
            (SeekFrom::End(i64::MIN), None),
            (SeekFrom::Start(u64::MAX), None),
            (SeekFrom::Start(100), Some(100)),
            (SeekFrom::Start(2), Some(2)),
        ];
        for (to, position) in table {
            assert_eq!(archive.seek(to).ok(), position, "{to:?}");
        }

        archive.write_all(b"i").unwrap();
        file.rewind().unwrap();
        let mut content = String::new();
        file.read_to_string(&mut content).unwrap();
        assert_eq!(content, "enginearihive");
    }

    #[test]
    fn copies_from_the_position_of_the_source_and_says_when_it_is_too_short() {
        let mut source = tempfile::tempfile().unwrap();
        source.write_all(b"0123456789").unwrap();
        source.seek(SeekFrom::Start(4)).unwrap();
        let mut file = tempfile::tempfile().unwrap();
        let mut archive = ArchiveFile::new(&mut file, 3).unwrap();
        archive.copy_from(&source, 2).unwrap();
        let error = archive.copy_from(&source, 5).unwrap_err();
        assert_eq!(
            error.to_string(),
            "4 bytes instead of 5, the file changed meanwhile"
        );

        let mut content = Vec::new();
        file.rewind().unwrap();
        file.read_to_end(&mut content).unwrap();
        assert_eq!(content, b"\0\0\x00456789");
    }
}
