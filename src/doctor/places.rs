//! Rules for the folders that go writes to and runs programs from: may it, and is there room?

use std::fs;
use std::path::{Path, PathBuf};

use super::finding::{Finding, Level};
use super::host::{Host, default_cache};
use crate::process::room;
use crate::terminal::quoted::quoted;

/// What a compiled package takes.
const PACKAGE: u64 = 640 << 10;

/// The packages that a program which prints a line needs.
pub const PACKAGES: u64 = 60;

/// With fewer files a build cache has not even those.
const FILES: usize = 200;

/// A folder, and what go does there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The folder; empty where go knows none.
    pub folder: PathBuf,
    /// Why it cannot be written to.
    pub unwritable: Option<String>,
    /// True where no program may run from.
    pub no_programs: bool,
    /// Bytes that are free for this user, as far as that is known.
    pub free: Option<u64>,
    /// True for a build cache that has what most programs need.
    pub is_used: bool,
}

/// The places of a host.
#[derive(Debug, Default)]
pub struct Places {
    /// Where what was compiled is kept.
    pub build: Place,
    /// Where it is compiled, and where tests run.
    pub temporary: Place,
    /// The module cache.
    pub modules: Place,
    /// A folder with more room, where programs may run.
    pub elsewhere: Option<PathBuf>,
}

impl Places {
    /// Looks at them, and leaves nothing there.
    pub fn look(host: &Host) -> Self {
        let set = |name: &str| Some(host.get(name)).filter(|value| !value.is_empty());
        let temporary = set("GOTMPDIR").map(PathBuf::from);
        let build = match set("GOCACHE") {
            // That is a finding of its own.
            Some("off") if host.is_set("GOCACHE") => Place::default(),
            Some("off") | None => look(&default_cache().unwrap_or_default(), true),
            Some(folder) => look(Path::new(folder), true),
        };
        Places {
            build,
            // go makes no folder above its own there.
            temporary: look(&temporary.unwrap_or_else(std::env::temp_dir), false),
            modules: look(Path::new(host.get("GOMODCACHE")), true),
            elsewhere: elsewhere(),
        }
    }
}

/// The folder for a user's things that has most room, of those where programs may run.
fn elsewhere() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let all = home.into_iter().chain(["/var/tmp".into(), "/tmp".into()]);
    let all = all.map(|folder| look(&folder, false));
    let good = all.filter(|place| place.unwritable.is_none() && !place.no_programs);
    good.max_by_key(|place| place.free)
        .map(|place| place.folder)
}

/// Looks at `folder`; `is_made` means that it is made where it is not there.
fn look(folder: &Path, is_made: bool) -> Place {
    let there = room::nearest(folder).filter(|there| is_made || there == folder);
    let unwritable = match &there {
        _ if !folder.is_absolute() => Some("it is no absolute path".to_string()),
        None => Some("there is no such folder".to_string()),
        Some(there) => tempfile::tempfile_in(there).err().map(|e| e.to_string()),
    };
    Place {
        folder: folder.to_path_buf(),
        unwritable,
        no_programs: there
            .as_deref()
            .is_some_and(|there| room::mounted_noexec(there).is_some()),
        free: there.as_deref().and_then(room::free).map(|(_, free)| free),
        is_used: {
            let all = (0..=255).map(|number| folder.join(format!("{number:02x}")));
            let all = all.filter_map(|folder| fs::read_dir(folder).ok());
            all.flatten().take(FILES).count() == FILES
        },
    }
}

/// What a build does there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Use {
    /// How many packages it compiles where nothing was compiled before.
    pub packages: u64,
    /// Bytes of module zips that it reads; each is kept, and extracted beside it.
    pub zips: u64,
    /// True where go switches to a toolchain of the module cache.
    pub switches: bool,
}

/// Holds the places against what a build does there. That the module cache can be written to is
/// told elsewhere.
pub fn check(places: &Places, needed: Use) -> Vec<Finding> {
    let Places {
        build,
        temporary,
        modules,
        ..
    } = places;
    let at = |place, name| At {
        place,
        name,
        elsewhere: places.elsewhere.as_deref(),
    };
    let (build, temporary) = (at(build, "GOCACHE"), at(temporary, "GOTMPDIR"));
    let modules = at(modules, "GOMODCACHE");
    let compiled = needed.packages * PACKAGE;
    // What has no room in the build cache go does without, once it has begun one; what it compiles
    // lies in the other until all is done.
    let (begun, half) = match build.place.is_used {
        true => (0, 1),
        false => (1 << 20, compiled / 2),
    };
    let mut found = vec![
        build.unwritable("what go compiles"),
        temporary.unwritable("go's temporary files"),
        build.room(begun, compiled, "go keeps there what it compiles"),
        temporary.room(half, compiled, "go compiles and links there"),
        // Sources take three to five times as much as their zip.
        modules.room(
            4 * needed.zips,
            8 * needed.zips,
            "go extracts modules there",
        ),
        temporary.noexec(
            Level::Warning,
            "go run, go test and go generate cannot run what they build",
        ),
    ];
    if needed.switches {
        let what = "the Go toolchain that go gets cannot run";
        found.push(modules.noexec(Level::Error, what));
    }
    found.into_iter().flatten().collect()
}

/// A place, the setting that moves it, and a better one.
struct At<'a> {
    place: &'a Place,
    name: &'a str,
    elsewhere: Option<&'a Path>,
}

impl At<'_> {
    fn unwritable(&self, what: &str) -> Option<Finding> {
        let why = self.place.unwritable.as_ref()?;
        let folder = self.place.folder.display();
        let what = match self.place.folder.as_os_str().is_empty() {
            true => format!(
                "go knows no place for {what}: there is neither HOME nor {}",
                self.name
            ),
            false => format!("{what} cannot be written to {folder}: {why}"),
        };
        Some(Finding::error(what, self.move_it()))
    }

    /// With less than `least` bytes a build fails, with less than `most` it may.
    fn room(&self, least: u64, most: u64, what: &str) -> Option<Finding> {
        let free = self
            .place
            .free
            .filter(|_| self.place.unwritable.is_none())?;
        let megabytes = |bytes: u64| bytes.div_ceil(1 << 20);
        let folder = self.place.folder.display();
        let told = format!("{folder} has {} MiB left, and {what}", free >> 20);
        if free < least {
            let what = format!("{told}, {} MiB at least", megabytes(least));
            Some(Finding::error(what, self.move_it()))
        } else if free < most {
            let what = format!("{told}, up to {} MiB and more", megabytes(most));
            Some(Finding::warning(what, self.move_it()))
        } else {
            None
        }
    }

    fn noexec(&self, level: Level, what: &str) -> Option<Finding> {
        let folder = self.place.folder.display();
        let what = format!("no program may run from {folder}, which is mounted noexec: {what}");
        let is = self.place.no_programs;
        is.then(|| Finding::new(level, what, self.move_it()))
    }

    fn move_it(&self) -> String {
        let name = self.name;
        match self.elsewhere {
            Some(folder) => {
                let new = folder.join("go.XXXXXX").display().to_string();
                format!("export {name}=\"$(mktemp -d {})\"", quoted(&new))
            }
            None => format!("set {name} to a folder where it can be"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(places: &Places, needed: Use) -> Vec<String> {
        let found = check(places, needed);
        found.iter().map(ToString::to_string).collect()
    }

    fn place(folder: &str, free: u64) -> Place {
        Place {
            folder: folder.into(),
            free: Some(free << 20),
            ..Place::default()
        }
    }

    fn places(free: u64) -> Places {
        Places {
            build: place("/b", free),
            temporary: place("/t", free),
            modules: place("/m", free),
            elsewhere: Some("/var/tmp".into()),
        }
    }

    #[test]
    fn there_must_be_room() {
        let needed = Use {
            packages: 100,
            zips: 10 << 20,
            switches: true,
        };
        let none: [&str; 0] = [];
        assert_eq!(told(&places(1000), needed), none);
        assert_eq!(told(&places(300), Use::default()), none);
        let remedy = |name| format!("export {name}=\"$(mktemp -d /var/tmp/go.XXXXXX)\"");
        let all = told(&places(30), needed);
        let starts = |at: usize, begin: &str| assert!(all[at].starts_with(begin), "{all:?}");
        let warning = "warning: /b has 30 MiB left, and go keeps there what it compiles, up to 63 MiB and more; ";
        assert_eq!(all[0], format!("{warning}{}", remedy("GOCACHE")));
        starts(
            1,
            "error: /t has 30 MiB left, and go compiles and links there, 32 MiB at least; export GOTMPDIR=",
        );
        starts(
            2,
            "error: /m has 30 MiB left, and go extracts modules there, 40 MiB at least; export GOMODCACHE=",
        );
        // What was compiled before takes no more room.
        let mut used = places(30);
        used.build.is_used = true;
        assert!(told(&used, needed)[1].starts_with("warning: /t has "));
        // A cache has to be made at least.
        assert!(told(&places(0), Use::default())[0].starts_with("error: /b has 0 MiB left"));
    }

    #[test]
    fn programs_must_run_where_go_puts_them() {
        let mut places = places(1000);
        for place in [
            &mut places.build,
            &mut places.temporary,
            &mut places.modules,
        ] {
            place.no_programs = true;
        }
        let all = told(&places, Use::default());
        assert_eq!(all.len(), 1);
        assert!(
            all[0].starts_with(
                "warning: no program may run from /t, which is mounted noexec: go run"
            ),
            "{all:?}"
        );
        let needed = Use {
            switches: true,
            ..Use::default()
        };
        let all = told(&places, needed);
        assert!(
            all[1].starts_with("error: no program may run from /m"),
            "{all:?}"
        );
    }

    #[test]
    fn a_place_must_be_there() {
        let mut places = places(1000);
        places.build.folder = PathBuf::new();
        places.build.unwritable = Some("no".into());
        places.temporary.unwritable = Some("there is no such folder".into());
        places.elsewhere = None;
        assert_eq!(
            told(&places, Use::default()),
            [
                "error: go knows no place for what go compiles: there is neither HOME nor GOCACHE; set GOCACHE to a folder where it can be",
                "error: go's temporary files cannot be written to /t: there is no such folder; set GOTMPDIR to a folder where it can be",
            ]
        );
    }
}
