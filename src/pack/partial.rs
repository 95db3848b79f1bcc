//! The file to write while it is not complete: a hidden one beside it.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use tempfile::{NamedTempFile, TempPath};

use crate::error::{Context, Error, Result};
use crate::process::cleanup;

/// The mode of a program.
pub const PROGRAM: u32 = 0o755;

/// Refuses to replace what is there as `file`, unless it is a plain file of the same kind, such as an `image`;
/// `is_its_kind` looks at it. `remedy` is what else can be done than to choose another name.
///
/// # Errors
/// It is something else, or cannot be read.
pub fn check(
    file: &Path,
    kind: &str,
    remedy: &str,
    is_its_kind: impl FnOnce(&File) -> io::Result<bool>,
) -> Result<()> {
    let shown = file.display();
    let data = match fs::metadata(file) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        data => data.context(&shown)?,
    };
    if data.is_dir() {
        return Err(Error::new(format!(
            "{shown} is a folder; name a file in it"
        )));
    }
    // It would be put in its place as a whole, and that would be the end of a device.
    if !data.is_file() {
        let text = "is no plain file, and nothing can take its place; name another";
        return Err(Error::new(format!("{shown} {text}")));
    }
    let opened = File::open(file).context(&shown)?;
    match is_its_kind(&opened).context(&shown)? {
        true => Ok(()),
        false => Err(Error::new(format!(
            "{shown} is no {kind}; choose another name, or {remedy}"
        ))),
    }
}

/// Creates an empty file beside `dest`, named `.NAME.XXXXXX.partial` and with `mode` as far as the
/// umask allows, for `dest` to replace when it is complete. Dropped without that, it is removed, and at a signal
/// as well.
///
/// # Errors
/// `dest` has no file name, or its folder does not exist or cannot be written to.
pub fn create(dest: &Path, mode: u32) -> io::Result<NamedTempFile> {
    let (Some(name), Some(folder)) = (dest.file_name(), dest.parent()) else {
        let error = format!("{dest:?} does not end in a file name");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
    };
    // So short that the temporary name fits wherever the name itself does, in whatever encoding.
    let name: String = name.to_string_lossy().chars().take(50).collect();
    let prefix = format!(".{name}.");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".partial");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    // The path in the error is one that nobody typed.
    cleanup::made(|| builder.tempfile_in(folder), NamedTempFile::path).map_err(|e| e.kind().into())
}

/// Has a complete file take the place `dest`. A signal comes too late from here on.
///
/// # Errors
/// It cannot be put there.
pub fn put(partial: TempPath, dest: &Path) -> io::Result<()> {
    cleanup::commit();
    let path = partial.to_path_buf();
    partial.persist(dest).map_err(|e| e.error)?;
    cleanup::keep(&path);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_temporary_name_is_hidden_and_short_and_says_whose_it_is() {
        let folder = tempfile::tempdir().unwrap();
        for (name, start) in [
            ("go", ".go.".to_owned()),
            (&"ä".repeat(127), format!(".{}.", "ä".repeat(50))),
        ] {
            let dest = folder.path().join(name);
            let partial = create(&dest, PROGRAM).unwrap().into_temp_path();
            let path = partial.file_name().unwrap().to_str().unwrap();
            assert!(
                path.starts_with(&start) && path.ends_with(".partial"),
                "{path}"
            );
            assert_eq!(path.len(), start.len() + 6 + ".partial".len());
            partial.persist(&dest).unwrap();
            assert!(dest.exists());
        }
    }

    #[test]
    fn only_a_file_of_the_same_kind_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("bill"), "a bill").unwrap();
        fs::write(at("notes"), "mine").unwrap();
        let is_bill = |mut file: &File| {
            let mut text = String::new();
            io::Read::read_to_string(&mut file, &mut text)?;
            Ok(text.contains("bill"))
        };
        for (file, want) in [
            (at("bill"), None),
            (at("new"), None),
            (
                at("notes"),
                Some(" is no bill; choose another name, or remove it"),
            ),
            (at(""), Some(" is a folder; name a file in it")),
            (at("notes/x"), Some(": ")),
            #[cfg(unix)]
            (
                "/dev/null".into(),
                Some("/dev/null is no plain file, and nothing can take its place; name another"),
            ),
        ] {
            let said = check(&file, "bill", "remove it", is_bill).err();
            let said = said.map(|e| e.to_string());
            assert_eq!(said.is_some(), want.is_some(), "{file:?}: {said:?}");
            let (said, want) = (said.unwrap_or_default(), want.unwrap_or_default());
            assert!(said.contains(want), "{said}");
        }
    }

    #[test]
    fn refuses_what_is_no_file_name() {
        for dest in ["", "/", "..", "a/.."] {
            let error = create(Path::new(dest), PROGRAM).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("{dest:?} does not end in a file name")
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_file_can_be_executed() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let partial = create(&folder.path().join("program"), PROGRAM).unwrap();
        let mode = partial.as_file().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o700, 0o700);
    }
}
