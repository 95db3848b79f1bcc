//! Which files would be packed.

use super::*;

fn entries(paths: &[&str]) -> Vec<FolderEntry> {
    let entry = |path: &&str| {
        let (path, kind) = match path.strip_suffix('/') {
            Some(path) => (path, Kind::Directory),
            None => path
                .strip_suffix('@')
                .map_or((*path, Kind::Regular), |path| (path, Kind::Other)),
        };
        FolderEntry {
            path: path.to_owned(),
            kind,
            size: 1,
        }
    };
    paths.iter().map(entry).collect()
}

#[test]
fn plans_a_directory() {
    let files = entries(&[
        "go.mod",
        "a-b",
        "a/b.go",
        "link@",
        ".git/",
        ".git/config",
        "a/.hg/",
        "a/.svn/x",
        "sub/",
        "sub/go.mod@",
        "sub/x/y.go",
        "vendor/modules.txt",
        "vendor/x/",
        "vendor/x/.git/config",
        "vendor/x/x.go",
        ".hg_archival.txt",
        "a/.hg_archival.txt",
        "c/go.mod/x.go",
        ".bzr",
    ]);
    let plan = plan(&files, Some(b"module m\ngo 1.23\n"));
    assert_eq!(
        plan.included,
        [
            ".bzr",
            "a-b",
            "a/.hg_archival.txt",
            "a/b.go",
            "c/go.mod/x.go",
            "go.mod",
            "vendor/modules.txt"
        ]
    );
    let omitted: Vec<String> = plan
        .omitted
        .iter()
        .map(|(path, reason)| format!("{path} {reason}"))
        .collect();
    assert_eq!(
        omitted,
        [
            ".git belongs to a version control system",
            "a/.hg belongs to a version control system",
            "a/.svn belongs to a version control system",
            "link is not a regular file",
            "sub is in another module",
            "vendor/x/.git/config is in a vendor directory",
            "vendor/x/x.go is in a vendor directory",
            ".hg_archival.txt was written by hg archive",
        ]
    );
    assert_eq!(plan.faults, []);
}

#[test]
fn plans_nothing_that_is_too_large() {
    let sized = |path: &str, size| FolderEntry {
        path: path.to_owned(),
        kind: Kind::Regular,
        size,
    };
    for (files, want) in [
        (vec![sized("a", MAX_CONTENT_BYTES)], ""),
        (vec![sized("a", 10), sized("b", MAX_CONTENT_BYTES - 10)], ""),
        (
            vec![
                sized("go.mod", MAX_GO_MOD_BYTES),
                sized("LICENSE", MAX_LICENSE_BYTES),
            ],
            "",
        ),
        (
            vec![sized("a", 10), sized("b", MAX_CONTENT_BYTES - 9)],
            "the files have more than 524288000 bytes together; split the module or leave files out",
        ),
        (
            vec![sized("a", u64::MAX), sized("b", u64::MAX)],
            "the files have more than 524288000 bytes together; split the module or leave files out",
        ),
        (
            vec![sized("go.mod", MAX_GO_MOD_BYTES + 1)],
            "entry \"go.mod\": go.mod has 16777217 bytes, more than 16777216; shorten the file",
        ),
    ] {
        let faults = plan(&files, None).faults;
        assert_eq!(
            faults.iter().map(ZipFault::to_string).collect::<String>(),
            want
        );
    }
}
