//! Whether a file fits on a FAT32 medium.

/// Whether a file of `len` bytes can be stored on FAT32, as most USB sticks are formatted: at most 4 GiB - 1 byte
/// ([Microsoft FAT specification], `DIR_FileSize` is 32 bits wide).
///
/// [Microsoft FAT specification]: https://academy.cba.mit.edu/classes/networking_communications/SD/FAT.pdf
pub const fn fits_fat32(len: u64) -> bool {
    len <= u32::MAX as u64
}

#[cfg(test)]
mod tests {
    use super::fits_fat32;

    #[test]
    fn the_longest_file_is_one_byte_short_of_4_gib() {
        for (len, fits) in [
            (0, true),
            (1, true),
            ((4 << 30) - 1, true),
            (4 << 30, false),
            (u64::MAX, false),
        ] {
            assert_eq!(fits_fat32(len), fits, "{len}");
        }
    }
}
