//! Whole zips, sound and hostile.

mod reading;
mod hostile;
mod writing;
mod planning;
mod storing;

use std::io::Cursor;

use super::*;

fn module() -> ModuleVersion {
    ModuleVersion::new("example.com/m", "v1.0.0").unwrap()
}

/// An entry as it is to be written, with whatever lies.
struct Raw {
    name: Vec<u8>,
    data: Vec<u8>,
    method: u16,
    flags: u16,
    crc32: u32,
    size: u32,
    /// Where the directory says that it is, if that is a lie.
    offset: Option<u32>,
    extra: Vec<u8>,
    /// What stands behind the data.
    behind: Vec<u8>,
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn stored(name: &str, content: &[u8]) -> Raw {
    let (data, crc32, size) = (content.to_vec(), crc32(content), content.len() as u32);
    Raw {
        name: name.into(),
        data,
        method: 0,
        flags: 0,
        crc32,
        size,
        offset: None,
        extra: Vec::new(),
        behind: Vec::new(),
    }
}

/// Below the module's prefix.
fn file(path: &str) -> Raw {
    stored(&format!("example.com/m@v1.0.0/{path}"), b"content")
}

fn deflated(path: &str, content: &[u8]) -> Raw {
    let mut raw = stored(&format!("example.com/m@v1.0.0/{path}"), content);
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(6));
    io::Write::write_all(&mut encoder, content).unwrap();
    raw.data = encoder.finish().unwrap();
    raw.method = 8;
    raw
}

fn pack(entries: &[Raw]) -> Vec<u8> {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    for e in entries {
        let offset = e.offset.unwrap_or(zip.len() as u32);
        let mut shared = Vec::new();
        for field in [20, e.flags, e.method, 0, 0] {
            shared.extend(field.to_le_bytes());
        }
        for field in [e.crc32, e.data.len() as u32, e.size] {
            shared.extend(field.to_le_bytes());
        }
        shared.extend((e.name.len() as u16).to_le_bytes());
        zip.extend(b"PK\x03\x04");
        zip.extend(&shared);
        zip.extend([0, 0]);
        zip.extend(&e.name);
        zip.extend(&e.data);
        zip.extend(&e.behind);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&shared);
        directory.extend((e.extra.len() as u16).to_le_bytes());
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(&e.name);
        directory.extend(&e.extra);
    }
    let start = zip.len() as u32;
    zip.extend(&directory);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    for count in [entries.len() as u16; 2] {
        zip.extend(count.to_le_bytes());
    }
    zip.extend((directory.len() as u32).to_le_bytes());
    zip.extend(start.to_le_bytes());
    zip.extend([0, 0]);
    zip
}

fn check_bytes(zip: &[u8]) -> Result<ZipReport, Vec<String>> {
    check(&module(), zip.len() as u64, Cursor::new(zip))
        .map_err(|faults| faults.iter().map(ZipFault::to_string).collect())
}

fn faults(entries: &[Raw]) -> Vec<String> {
    check_bytes(&pack(entries)).unwrap_err()
}
