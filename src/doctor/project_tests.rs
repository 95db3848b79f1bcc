//! Projects for tests, and what is read of one.

use super::*;

/// A project of one module with this go.mod and go.sum.
pub fn project(go_mod: &str, go_sum: &str) -> ProjectFiles {
    let file = ModFile::parse_strict(go_mod.as_bytes()).unwrap();
    let lines = gosum::parse(go_sum.as_bytes()).unwrap();
    ProjectFiles {
        mains: vec![Main {
            name: "go.mod".into(),
            file,
            ..Main::default()
        }],
        sums: lines.into_iter().map(|l| ("go.sum".into(), l)).collect(),
        ..ProjectFiles::default()
    }
}

/// A workspace of modules, each with its folder and what its go.mod says.
pub fn workspace(go_work: &str, modules: &[(&str, &str)]) -> ProjectFiles {
    let uses = modules
        .iter()
        .map(|(folder, _)| format!("use ./{folder}\n"));
    let go_work: String = uses.collect::<String>() + go_work;
    let mains = modules.iter().map(|(folder, text)| Main {
        name: format!("{folder}/go.mod"),
        file: ModFile::parse_strict(format!("module {folder}.example\n{text}").as_bytes()).unwrap(),
        ..Main::default()
    });
    ProjectFiles {
        mains: mains.collect(),
        work: Some(WorkFile::parse(go_work.as_bytes()).unwrap()),
        root: "/w".into(),
        ..ProjectFiles::default()
    }
}

#[test]
fn a_workspace_is_built_by_its_modules() {
    let dir = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(dir.path()).unwrap();
    let mut work = workspace("go 1.21\n", &[("a", ""), ("b", "")]);
    assert_eq!(work.packages(&root), "./...", "another folder");
    work.root = root.clone();
    assert_eq!(work.packages(&root), "./a/... ./b/...");
    assert_eq!(project("module m\n", "").packages(&root), "./...");
}

#[test]
fn the_narrower_replacement_counts() {
    let text = "module m.example\nreplace a.example => ./a\nreplace a.example v1.1.0 => b.example v1.2.0\n";
    let project = project(text, "");
    assert_eq!(project.used("a.example", "v1.0.0"), Used::Folder("./a"));
    assert_eq!(
        project.used("a.example", "v1.1.0"),
        Used::Version("b.example", "v1.2.0")
    );
    assert_eq!(
        project.used("c.example", "v1.0.0"),
        Used::Version("c.example", "v1.0.0")
    );
}

#[test]
fn reads_a_workspace_from_a_folder_below() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let file = dir.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    write("go.work", "go 1.24\nuse ./a\nuse ./b\n");
    write("a/go.mod", "module a.example\nreplace c.example => ../c\n");
    write("b/go.mod", "module b.example\n");
    write("b/go.sum", "c.example v1.0.0/go.mod h1:x=\n");
    write("c/go.mod", "module c.example\ngo 1.20\n");
    let project = ProjectFiles::read(&dir.path().join("b"), "")
        .unwrap()
        .unwrap();
    let names: Vec<&str> = project.mains.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["a/go.mod", "b/go.mod"]);
    assert_eq!(project.sums[0].0, "b/go.sum");
    assert!(project.folders[0].1.is_some());
    let alone = ProjectFiles::read(&dir.path().join("b"), "off")
        .unwrap()
        .unwrap();
    assert_eq!(alone.mains[0].name, "go.mod");
    assert!(ProjectFiles::read(Path::new("/"), "").unwrap().is_none());
    let unlisted = ProjectFiles::read(&dir.path().join("c"), "")
        .unwrap()
        .unwrap();
    assert_eq!(unlisted.mains.len(), 0);
    let unlisted = unlisted.unlisted.unwrap();
    assert_eq!((&*unlisted.go_mod, &*unlisted.folder), ("c/go.mod", "./c"));
    let off = ProjectFiles::read(&dir.path().join("c"), "off").unwrap();
    assert_eq!(off.unwrap().unlisted, None);
    // What lies beside go.work is the workspace.
    write("go.mod", "module root.example\n");
    let root = ProjectFiles::read(dir.path(), "").unwrap().unwrap();
    assert_eq!(root.mains.len(), 2);
    assert!(root.unlisted.is_some_and(|u| u.beside && u.folder == "."));
}

#[test]
fn each_file_has_its_own_bound() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("x")).unwrap();
    let replace = "module m.example\n\nreplace x.example => ./x\n";
    fs::write(at("go.mod"), replace).unwrap();
    fs::write(at("x/go.mod"), "module x.example\n").unwrap();
    let long = "\n".repeat(usize::try_from(plain::MAX_TEXT_BYTES).unwrap() + 1);
    fs::write(at("go.sum"), &long).unwrap();
    let read = || ProjectFiles::read(dir.path(), "off");
    assert!(read().unwrap().is_some());
    fs::write(at("x/go.mod"), format!("module x.example\n{long}")).unwrap();
    let told = read().unwrap_err().to_string();
    assert!(
        told.contains("x/go.mod") && told.contains("is longer than 16777216 bytes"),
        "{told}"
    );
}

#[test]
fn the_sums_of_a_workspace_lie_beside_its_file() {
    assert_eq!(
        WorkFile::sums(Path::new("/w/go.work")),
        Path::new("/w/go.work.sum")
    );
    assert_eq!(
        WorkFile::sums(Path::new("/w/x.work")),
        Path::new("/w/x.work.sum")
    );
}
