//! Finding out what is known of modules for people, of their zips and go.mod files. What it is then, and how it is
//! read, is [`described`](crate::described).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek};

use gomod::module::ModuleVersion;
use gomod::modzip;
use rayon::prelude::*;
use zstd::bulk::Compressor;

use crate::Bag;
use crate::archive::Source;
use crate::described::{
    DESCRIBED_NAME, Described, Description, HeldDescribed, LicenseFile, MAX_README_BYTES,
    READMES_NAME, Readme,
};
use crate::digest::{hex, sha256};
use crate::error::{ArchiveError, damaged};
use crate::manifest::{Manifest, Project};
use crate::packing::Plan;
use crate::required;

/// Which of the ways of zstd packs a README.
const LEVEL: i32 = 9;

/// The longest licence or README that is read, in bytes, and one more by which a longer one is told.
const MAX_FILE_BYTES: u64 = (1 << 20) + 1;

/// How many files are read of a module at most.
const MOST_FILES: usize = 32;

/// The texts of a module, by the name of the file, sorted.
type Texts = BTreeMap<String, String>;

impl Plan {
    /// Has what is known of the modules for people lie beside the answers: licences, READMEs, who requires whom.
    /// The zips are read for it, by the gobag of version `by`. Of one that cannot be read nothing is known.
    ///
    /// # Errors
    /// It cannot be packed, or not be written as JSON.
    pub fn describe(&mut self, by: &str) -> io::Result<()> {
        let zip = |stem: &str| match self.entries.get(&format!("{stem}.zip")) {
            Some(Source::File(file)) => Some(File::open(file)),
            _ => None,
        };
        let go_mod = |stem: &str| match self.entries.get(&format!("{stem}.mod")) {
            Some(Source::Bytes(bytes)) => Some(bytes.as_slice().into()),
            _ => None,
        };
        let (list, readmes) = describe(by, &self.manifest, zip, go_mod)?;
        let list = Source::Bytes(serde_json::to_vec(&list)?);
        let readmes = Source::Bytes(readmes);
        let both = [(DESCRIBED_NAME, list), (READMES_NAME, readmes)];
        let both = both.map(|(name, source)| (name.to_string(), source));
        self.entries.extend(both);
        Ok(())
    }

    /// Says what the bag was packed of; of two of one path the first counts.
    pub fn set_projects(&mut self, mut projects: Vec<Project>) {
        projects.sort_by(|a, b| a.path.cmp(&b.path));
        projects.dedup_by(|b, a| a.path == b.path);
        self.manifest.projects = projects;
    }
}

/// What is known of the complete versions of a manifest, and its READMEs, packed. `zip` opens the zip of a version and
/// `go_mod` tells its go.mod, by the name that both have but for what it ends with. The same gives the same bytes.
fn describe<'g, R: Read + Seek>(
    by: &str,
    manifest: &Manifest,
    zip: impl Fn(&str) -> Option<io::Result<R>> + Sync,
    go_mod: impl Fn(&str) -> Option<Cow<'g, [u8]>> + Sync,
) -> io::Result<(Described, Vec<u8>)> {
    let versions: Vec<(&str, &str)> = complete(manifest).collect();
    let wanted = |name: &str| license::is_license_file(name) || is_readme(name);
    let looked = versions.par_iter().map(|(path, version)| {
        let texts = read(path, version, &zip, wanted).unwrap_or_default();
        let readme = texts
            .keys()
            .filter(|name| is_readme(name))
            .min_by_key(|name| rank(name));
        let readme = readme.map(|name| packed(name, &texts[name])).transpose()?;
        Ok((licenses(&texts), readme.flatten()))
    });
    let looked: Vec<_> = looked.collect::<io::Result<_>>()?;
    let (mut descriptions, mut readmes) = (Vec::new(), Vec::new());
    for ((path, version), (licenses, readme)) in versions.iter().zip(looked) {
        let readme = readme.map(|(mut readme, frame)| {
            readme.at = readmes.len() as u64;
            readmes.extend_from_slice(&frame);
            readme
        });
        descriptions.push(Description {
            path: path.to_string(),
            version: version.to_string(),
            licenses,
            readme,
            required_by: Vec::new(),
        });
    }
    Ok((related(by, &versions, descriptions, go_mod), readmes))
}

/// The same of a bag in memory and of those that are joined to it, as one, but for the READMEs. What is known of licences
/// is not found out again; of what an older gobag packed the zips are read, unless it is read with care.
///
/// # Errors
/// It is damaged; or it is read with care, and does not tell of all that it holds.
pub fn of(bag: &Bag<'_>) -> Result<Described, ArchiveError> {
    let manifest = bag.manifest()?;
    let held = HeldDescribed::of(bag)?;
    let versions: Vec<(&str, &str)> = complete(&manifest).collect();
    let looked = versions.par_iter().map(|(path, version)| {
        let known = held.iter().find_map(|held| held.find(path, version));
        let licenses = match known {
            Some(known) => known.licenses.clone(),
            None if bag.care().is_some() => {
                return Err(damaged(format_args!(
                    "{DESCRIBED_NAME} tells nothing of {path}@{version}"
                )));
            }
            None => licenses(&texts(bag, path, version)),
        };
        Ok(Description {
            path: path.to_string(),
            version: version.to_string(),
            licenses,
            ..Description::default()
        })
    });
    let descriptions = looked.collect::<Result<_, ArchiveError>>()?;
    let by = held.into_iter().next().map(|held| held.list.by);
    let by = by.unwrap_or_default();
    Ok(related(&by, &versions, descriptions, |stem| {
        bag.text(&format!("{stem}.mod"))
    }))
}

/// True where `bag`, and each that is joined to it, tells of its modules; nothing is read.
pub fn is_told(bag: &Bag<'_>) -> bool {
    bag.beside(DESCRIBED_NAME).iter().all(Option::is_some)
}

/// Whether what a bag tells of its modules is what their zips and go.mod files hold.
#[derive(Debug, PartialEq, Eq)]
pub enum Judged {
    /// It tells nothing: an older gobag packed it.
    Untold,
    /// The gobag of this version found it out, which may know other licences.
    By(String),
    /// It is.
    True,
    /// It is not: this stands first in the list that tells otherwise, or the list itself does.
    False(String),
}

/// Compares what `bag` tells of its modules with what the gobag of version `by` finds out of it. Every zip is read.
///
/// # Errors
/// The bag is damaged.
pub fn judge(bag: &Bag<'_>, by: &str) -> Result<Judged, ArchiveError> {
    let Some(held) = HeldDescribed::of(bag)?.into_iter().next() else {
        return Ok(Judged::Untold);
    };
    if held.list.by != by {
        return Ok(Judged::By(held.list.by));
    }
    let zip = |stem: &str| Some(bag.find(&format!("{stem}.zip"))?.reader());
    let go_mod = |stem: &str| bag.text(&format!("{stem}.mod"));
    let found = describe(by, &*bag.manifest()?, zip, go_mod);
    let (found, _) = found.map_err(damaged)?;
    if found == held.list {
        return Ok(Judged::True);
    }
    let pairs = held.list.versions.iter().zip(&found.versions);
    let other = pairs.into_iter().find(|(told, found)| told != found);
    let name = |told: &Description| format!("{}@{}", told.path, told.version);
    let other = other.map_or(DESCRIBED_NAME.to_string(), |(told, _)| name(told));
    Ok(Judged::False(other))
}

/// The `descriptions` of these `versions`, with who requires them but other versions of the same module.
fn related<'g>(
    by: &str,
    versions: &[(&str, &str)],
    mut descriptions: Vec<Description>,
    go_mod: impl Fn(&str) -> Option<Cow<'g, [u8]>> + Sync,
) -> Described {
    for required in required::required(versions, go_mod) {
        let others = required
            .of
            .filter(|of| versions[*of].0 != versions[required.by].0);
        if let Some(of) = others {
            descriptions[of].required_by.push(required.by);
        }
    }
    for description in &mut descriptions {
        description.required_by.dedup();
    }
    Described {
        by: by.to_string(),
        versions: descriptions,
    }
}

/// The licence files of a version, by their names; none of a zip that cannot be read.
pub fn texts(bag: &Bag<'_>, path: &str, version: &str) -> BTreeMap<String, String> {
    let zip = |stem: &str| Some(bag.find(&format!("{stem}.zip"))?.reader());
    read(path, version, zip, license::is_license_file).unwrap_or_default()
}

/// Every version that can be downloaded, in the order of a [`Described`].
fn complete(manifest: &Manifest) -> impl Iterator<Item = (&str, &str)> {
    manifest
        .complete()
        .map(|(path, v)| (path, v.version.as_str()))
}

/// The texts of the wanted files at the root of a module.
fn read<R: Read + Seek>(
    path: &str,
    version: &str,
    zip: impl Fn(&str) -> Option<io::Result<R>>,
    wanted: impl Fn(&str) -> bool,
) -> io::Result<Texts> {
    let module = ModuleVersion::new(path, version).map_err(io::Error::other)?;
    let zip = zip(&module.escaped()).ok_or(io::ErrorKind::NotFound)??;
    let mut texts = Texts::new();
    let wanted = |name: &str| !name.contains('/') && wanted(name);
    modzip::for_wanted(zip, &module, wanted, |name, content| {
        if texts.len() == MOST_FILES && license::is_license_file(name) {
            // What is not read is not known.
            texts.insert(name.to_string(), String::new());
        } else if texts.len() < MOST_FILES {
            let mut bytes = Vec::new();
            content.take(MAX_FILE_BYTES).read_to_end(&mut bytes)?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            texts.insert(name.to_string(), text);
        }
        Ok(())
    })?;
    Ok(texts)
}

fn licenses(texts: &Texts) -> Vec<LicenseFile> {
    let files = texts
        .iter()
        .filter(|(name, _)| license::is_license_file(name));
    let files = files.map(|(name, text)| LicenseFile {
        file: name.clone(),
        spdx: license::of(text).into_iter().map(str::to_string).collect(),
    });
    files.collect()
}

/// True for `README`, `readme.md` and their like: in no other language than the first.
fn is_readme(name: &str) -> bool {
    let (stem, end) = name.split_once('.').unwrap_or((name, ""));
    let known = [
        "", "md", "markdown", "mdown", "txt", "rst", "adoc", "asciidoc", "org",
    ];
    let end = end.to_ascii_lowercase();
    stem.eq_ignore_ascii_case("readme") && known.contains(&end.as_str())
}

/// Which of several READMEs is shown: the lowest.
fn rank(name: &str) -> (bool, &str) {
    (!name.to_ascii_lowercase().contains(".m"), name)
}

/// A README as HTML, and its frame; none of one with nothing in it.
fn packed(file: &str, text: &str) -> io::Result<Option<(Readme, Vec<u8>)>> {
    let html = shown::readme(file, text);
    if text.trim().is_empty() || html.len() as u64 > MAX_README_BYTES {
        return Ok(None);
    }
    let frame = Compressor::new(LEVEL)?.compress(html.as_bytes())?;
    let readme = Readme {
        file: file.to_string(),
        sha256: hex(&sha256(html.as_bytes())),
        len: html.len() as u64,
        at: 0,
        held: frame.len() as u64,
    };
    Ok(Some((readme, frame)))
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::archive;
    use crate::care::Care;
    use crate::manifest::{HeldModule, HeldVersion, PLAIN_FORMAT};

    const APACHE: &str = "Licensed under the Apache License, Version 2.0 (the \"License\");\n\
        you may not use this file except in compliance with the License.\n\
        You may obtain a copy of the License at\n\n    http://www.apache.org/licenses/LICENSE-2.0\n\n\
        Unless required by applicable law or agreed to in writing, software\n\
        distributed under the License is distributed on an \"AS IS\" BASIS,\n\
        WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.\n\
        See the License for the specific language governing permissions and\n\
        limitations under the License.\n";

    fn zip(module: &str, files: &[(&str, &str)]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in files {
            let name = format!("{module}/{name}");
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn manifest(versions: &[(&str, &[&str])]) -> Manifest {
        let held = |version: &&str| HeldVersion {
            version: version.to_string(),
            zip: Some("h1:x".into()),
            ..HeldVersion::default()
        };
        let modules = versions.iter().map(|(path, versions)| HeldModule {
            path: path.to_string(),
            versions: versions.iter().map(held).collect(),
        });
        Manifest {
            modules: modules.collect(),
            ..Manifest::default()
        }
    }

    #[test]
    fn what_is_known_is_what_the_zips_hold() {
        let manifest = manifest(&[
            ("a.test/a", &["v1.0.0", "v1.2.0"]),
            ("a.test/b", &["v1.0.0"]),
        ]);
        let zips = |stem: &str| match stem {
            "a.test/a/@v/v1.0.0" => {
                let files = [
                    ("LICENSE", APACHE),
                    ("COPYING.md", "all mine"),
                    ("sub/LICENSE", APACHE),
                    ("README", "<plain>"),
                    ("README.md", "# A"),
                    ("README_de.md", "# Ein A"),
                ];
                Some(Ok(Cursor::new(zip("a.test/a@v1.0.0", &files))))
            }
            "a.test/a/@v/v1.2.0" => Some(Ok(Cursor::new(b"no zip".to_vec()))),
            _ => None,
        };
        let go_mod = |stem: &str| match stem {
            "a.test/b/@v/v1.0.0" => {
                &b"module a.test/b\nrequire a.test/a v1.1.0\nrequire a.test/c v1.0.0\n"[..]
            }
            "a.test/a/@v/v1.2.0" => {
                b"module a.test/a\nrequire (\n\ta.test/a v1.0.0\n\ta.test/b v0.9.0\n)\n"
            }
            _ => b"what is this?",
        };
        let go_mod = |stem: &str| Some(go_mod(stem).into());
        let (list, readmes) = describe("1.2.3", &manifest, zips, go_mod).unwrap();
        assert_eq!(
            describe("1.2.3", &manifest, zips, go_mod).unwrap(),
            (list.clone(), readmes.clone())
        );
        let [first, second, third] = &list.versions[..] else {
            panic!("{list:?}")
        };
        let licenses = first
            .licenses
            .iter()
            .map(|l| (l.file.as_str(), l.spdx.join(" ")));
        let want = [
            ("COPYING.md", String::new()),
            ("LICENSE", "Apache-2.0".into()),
        ];
        assert_eq!(licenses.collect::<Vec<_>>(), want);
        let readme = first.readme.as_ref().unwrap();
        assert_eq!(
            (readme.file.as_str(), readme.held),
            ("README.md", readmes.len() as u64)
        );
        let html = zstd::bulk::decompress(&readmes, 1000).unwrap();
        assert_eq!(html, b"<h3 id=\"readme-a\">A</h3>\n");
        assert_eq!((&second.licenses, &second.readme), (&Vec::new(), &None));
        assert_eq!(
            (&second.required_by, &third.required_by),
            (&vec![2], &vec![1])
        );
        assert!(first.required_by.is_empty());
    }

    #[test]
    fn of_what_an_older_gobag_packed_the_zips_are_read() {
        let manifest = Manifest {
            format: PLAIN_FORMAT,
            ..manifest(&[("a.test/a", &["v1.0.0"])])
        };
        let entries = [
            ("a.test/a/@v/v1.0.0.mod", b"module a.test/a\n".to_vec()),
            (
                "a.test/a/@v/v1.0.0.zip",
                zip("a.test/a@v1.0.0", &[("LICENSE", APACHE)]),
            ),
        ];
        let entries = entries.map(|(name, bytes)| (name, Source::Bytes(bytes)));
        let mut out = Cursor::new(Vec::new());
        archive::write(&mut out, &manifest, entries.iter().map(|(n, s)| (*n, s))).unwrap();
        let bytes = out.into_inner();
        let bag = Bag::open(&bytes).unwrap();
        assert!(HeldDescribed::of(&bag).unwrap().is_empty());
        let described = of(&bag).unwrap();
        assert_eq!(described.versions[0].licenses[0].spdx, ["Apache-2.0"]);
        assert_eq!(texts(&bag, "a.test/a", "v1.0.0")["LICENSE"], APACHE);
        assert_eq!(judge(&bag, "1.2.3").unwrap(), Judged::Untold);
        // A server does not read all zips for one request.
        let care = Care::new(|bytes| Ok(bytes.to_vec()));
        assert!(of(&bag.with_care(care)).is_err());
    }

    #[test]
    fn what_is_told_is_judged_by_the_zips_and_what_cannot_be_read_is_known() {
        let manifest = Manifest {
            format: PLAIN_FORMAT,
            ..manifest(&[("a.test/a", &["v1.0.0"]), ("a.test/b", &["v1.0.0"])])
        };
        let zips = |stem: &str| {
            let files = [("LICENSE", APACHE), ("README.md", "# A")];
            let module = stem.replace("/@v/", "@");
            Some(Ok(Cursor::new(zip(&module, &files))))
        };
        let go_mod = |_: &str| Some(b"module m\nrequire a.test/a v1.0.0\n".into());
        let (told, readmes) = describe("1.2.3", &manifest, zips, go_mod).unwrap();
        let told = serde_json::to_string(&told).unwrap();
        let written = |told: &str| {
            let mut entries = vec![
                (DESCRIBED_NAME.to_string(), told.as_bytes().to_vec()),
                (READMES_NAME.to_string(), readmes.clone()),
            ];
            for module in ["a.test/a", "a.test/b"] {
                let stem = format!("{module}/@v/v1.0.0");
                let zip = zips(&stem).unwrap().unwrap().into_inner();
                entries.push((format!("{stem}.mod"), go_mod("").unwrap().to_vec()));
                entries.push((format!("{stem}.zip"), zip));
            }
            entries.sort();
            let entries = entries.into_iter().map(|(n, b)| (n, Source::Bytes(b)));
            let entries: Vec<_> = entries.collect();
            let entries = entries.iter().map(|(n, s)| (n.as_str(), s));
            let mut out = Cursor::new(Vec::new());
            archive::write(&mut out, &manifest, entries).unwrap();
            out.into_inner()
        };
        for (from, to, by, want) in [
            ("", "", "1.2.3", Judged::True),
            ("", "", "1.2.4", Judged::By("1.2.3".into())),
            (
                "Apache-2.0",
                "MIT",
                "1.2.3",
                Judged::False("a.test/a@v1.0.0".into()),
            ),
            (
                "\"required_by\":[1]",
                "\"required_by\":[]",
                "1.2.3",
                Judged::False("a.test/a@v1.0.0".into()),
            ),
        ] {
            let bytes = written(&told.replace(from, to));
            let judged = judge(&Bag::open(&bytes).unwrap(), by).unwrap();
            assert_eq!(judged, want, "{from} {to}");
        }
        let bytes = written(&told);
        let bag = Bag::open(&bytes).unwrap();
        let plain = of(&bag).unwrap();
        let read = [
            (Care::new(|bytes| Ok(bytes.to_vec())), true),
            (Care::new(|_| Err(io::ErrorKind::NotFound.into())), false),
        ];
        for (care, lies_there) in read {
            let told = of(&bag.with_care(care.clone()));
            assert_eq!(told.ok(), lies_there.then(|| plain.clone()));
            assert_eq!(care.has_lost(), !lies_there);
        }
        // What is no longer as it was packed is lost as well.
        let care = Care::new(|bytes| Ok(vec![0; bytes.len()]));
        bag.with_care(care.clone()).text("a.test/a/@v/v1.0.0.mod");
        assert!(care.has_lost());
    }

    #[test]
    fn a_readme_is_told_by_its_name() {
        for (name, want) in [
            ("README.md", true),
            ("readme", true),
            ("ReadMe.TXT", true),
            ("README.rst", true),
            ("README.zh.md", false),
            ("README_de.md", false),
            ("readme.go", false),
            ("README.md.tmpl", false),
        ] {
            assert_eq!(is_readme(name), want, "{name}");
        }
        let mut names = ["README.txt", "README", "README.md", "README.rst"];
        names.sort_by_key(|name| rank(name));
        assert_eq!(names[0], "README.md");
    }
}
