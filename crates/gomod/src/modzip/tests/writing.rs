//! Zips that were written here.

use super::*;

#[test]
fn writes_what_it_takes_and_always_the_same() {
    let files = [
        ("go.mod", "module example.com/m\n"),
        ("a/ä b.go", "package a\n"),
        ("empty", ""),
    ];
    let write = || {
        let mut zip = Cursor::new(Vec::new());
        let readers = files.map(|(path, content)| (path.to_owned(), content.as_bytes()));
        let created = create(&mut zip, &module(), readers).unwrap();
        (zip.into_inner(), created)
    };
    let (zip, created) = write();
    assert_eq!((zip.clone(), created.clone()), write());
    let report = check_bytes(&zip).unwrap();
    assert_eq!(report.h1, created.h1);
    assert_eq!((report.files, report.directories), (3, 0));
    assert_eq!((created.files, created.unpacked_bytes), (3, 31));
    assert_eq!(created.zip_bytes, zip.len() as u64);
    let mut read = Vec::new();
    for_each_file(Cursor::new(&zip), &module(), |path, content| {
        read.push((path.to_owned(), io::read_to_string(content)?));
        Ok(())
    })
    .unwrap();
    assert_eq!(
        read,
        files.map(|(path, content)| (path.to_owned(), content.to_owned()))
    );
}

#[test]
fn writes_nothing_that_it_would_refuse() {
    for (paths, want) in [
        (
            &["a", "a"][..],
            "entry \"a\": the file is there twice; remove one of the two",
        ),
        (
            &["a", "A"],
            "entry \"A\": \"A\" differs from \"a\" in case only; rename one of the two",
        ),
        (
            &["a/"],
            "entry \"a/\": the path is not clean; name the file by its shortest path below the module's root",
        ),
        (
            &["a/go.mod"],
            "entry \"a/go.mod\": go.mod is not at the root of the module; \
             leave out directories that are modules of their own",
        ),
        (
            &["a:b"],
            "entry \"a:b\": invalid character ':'; rename the file",
        ),
    ] {
        let files = paths.iter().map(|path| ((*path).to_owned(), io::empty()));
        let got = create(Cursor::new(Vec::new()), &module(), files).unwrap_err();
        assert_eq!(got.to_string(), want);
    }
    let endless = [("go.mod".to_owned(), io::repeat(b'\n'))];
    assert!(matches!(
        create(Cursor::new(Vec::new()), &module(), endless),
        Err(CreateError::Fault(ZipFault {
            rule: ZipRule::GoModSize(_),
            ..
        }))
    ));
    let long = ["a".repeat(70_000)].map(|path| (path, io::empty()));
    assert!(matches!(
        create(Cursor::new(Vec::new()), &module(), long),
        Err(CreateError::Fault(ZipFault {
            rule: ZipRule::NameLength,
            ..
        }))
    ));
}
