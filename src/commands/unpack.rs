//! `gobag unpack`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};
use bag::manifest::About;

use super::refuse;
use crate::carried::older;
use crate::client::settings;
use crate::error::Result;
use crate::terminal::print::print;
use crate::terminal::progress::note;
use crate::terminal::size::count;
use crate::unpack::modcache::{self, Written};
use crate::unpack::{gocache, tree};

/// Write the modules of this file as a plain GOPROXY tree, or as a ready module cache.
#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    help_triggers("-h", "--help"),
    name = "unpack",
    example = "Use the modules without a server:\n  {command_name} /srv/goproxy\n  export GOPROXY=file:///srv/goproxy",
    example = "Into an image that builds without a network, and without this file:\n  {command_name} --modcache /go/pkg/mod --gocache /go/cache\n  GOMODCACHE=/go/pkg/mod GOCACHE=/go/cache GOFLAGS=-mod=mod GOPROXY=off go build -trimpath ./...",
    note = "Any static web server serves the tree as well, and cache/download of the module cache. Toolchains for this platform are extracted ready to run.",
    error_code(
        1,
        "a folder is not empty or cannot be written, a bag is damaged or another than this one builds on, or a signal came"
    ),
    error_code(2, "what was typed is wrong"),
    error_code(141, "all is written, and whoever read the output went away")
)]
pub struct Unpack {
    /// the folder for the tree; it is made, and must be empty if it is there
    #[argh(positional)]
    dir: Option<PathBuf>,

    /// the folder for a GOMODCACHE with all sources extracted; likewise
    #[argh(option, arg_name = "dir")]
    modcache: Option<PathBuf>,

    /// the folder for a GOCACHE with what was compiled when this file was packed; likewise
    #[argh(option, arg_name = "dir")]
    gocache: Option<PathBuf>,

    /// an older bag that this one builds on, to be written with it (repeatable)
    #[argh(option, arg_name = "bag")]
    with: Vec<PathBuf>,

    /// let the folders of the module cache be writable, as go does with -modcacherw
    #[argh(switch)]
    rw: bool,
}

/// Writes the tree, the module cache, or both.
pub fn run(arguments: &Unpack) -> Result<ExitCode> {
    let folders = [&arguments.dir, &arguments.modcache, &arguments.gocache];
    let text = "no folder; name one for a GOPROXY tree, or write --modcache DIR or --gocache DIR";
    refuse(folders.iter().all(|folder| folder.is_none()), text)?;
    let text = "--rw is about the module cache; name one with --modcache, or leave it out";
    refuse(arguments.rw && arguments.modcache.is_none(), text)?;
    let named: Vec<&PathBuf> = folders.into_iter().flatten().collect();
    let twice = |(n, folder)| named[..n].contains(folder);
    let text = "the tree, the module cache and the build cache need a folder each; name another";
    refuse(named.iter().enumerate().any(twice), text)?;
    for folder in folders.into_iter().flatten() {
        tree::refuse_full(folder)?;
    }
    let bag = older::with(&arguments.with)?;
    if let Some(text) = older::lacking(&bag.about().base) {
        note(&text);
    }
    // What a medium damaged is told of, also where nothing here needs it.
    bag.sums()?;
    let mut text = String::new();
    if let Some(dir) = &arguments.dir {
        let files = count(tree::write(&bag, dir)?, "file");
        text += &format!("{files} in {}\n", dir.display());
    }
    if let Some(dir) = &arguments.gocache {
        let outputs = count(gocache::write(&bag, dir)?, "output");
        text += &format!("{outputs} in {}\n", dir.display());
    }
    if let Some(dir) = &arguments.modcache {
        let written = modcache::write(&bag, dir, arguments.rw)?;
        text += &told(&written, dir, bag.about());
    }
    print(&text)
}

/// What was written, and the settings that it needs.
fn told(written: &Written, dir: &Path, about: &About) -> String {
    let versions = count(written.extracted, "module version");
    let mut text = format!("{versions} in {}", dir.display());
    if written.foreign > 0 {
        let toolchains = count(written.foreign, "toolchain");
        text += &format!(", {toolchains} for other platforms not extracted");
    }
    if written.invalid > 0 {
        text += &format!(", {} that Go refuses not extracted", written.invalid);
    }
    text.push('\n');
    if let Some(modules) = settings::no_sum_db(about) {
        text += &format!("without a go.sum it needs GONOSUMDB={modules}\n");
    }
    text
}
