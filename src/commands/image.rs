//! `gobag image`.

use std::path::PathBuf;
use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};
use serde_json::to_value;

use crate::carried::bundle;
use crate::carried::carrier::Carrier;
use crate::error::{Context, Error, Result};
use crate::image;
use crate::image::reference::Reference;
use crate::terminal::called::argument;
use crate::terminal::print::print;
use crate::terminal::printable::printable;
use crate::terminal::progress::{note, say};

/// Write a container image that serves a bag: an archive that podman, docker and skopeo read.
#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    help_triggers("-h", "--help"),
    name = "image",
    example = "Of this file, and run it:\n  {command_name} -o app.tar --tag app-bag:june\n  podman load -i app.tar\n  podman run --rm -p 8080:8080 app-bag:june",
    example = "Into a registry:\n  skopeo copy oci-archive:app.tar docker://registry.example/app-bag:june",
    example = "Of a bag whose program is not static, or for another machine:\n  {command_name} ./app-bag --engine ./gobag-arm64 -o app.tar",
    note = "The image is an OCI image layout of one layer with nothing in it but /gobag, which serves on port 8080 of every address as user 65532, needs no capability and writes nowhere. So it must be a static program, which needs no C library. The same file gives the same image. docker load takes the archive as well.",
    error_code(1, "no image was written"),
    error_code(2, "what was typed is wrong"),
    error_code(141, "whoever read the output went away; the image is written")
)]
pub struct Image {
    /// another bag, which is not run; this file without it
    #[argh(positional)]
    file: Option<PathBuf>,

    /// the file to write; an image that is there is replaced
    #[argh(option, short = 'o', arg_name = "file")]
    output: Option<PathBuf>,

    /// what the image is called, such as registry.example/app-bag:june
    #[argh(option, arg_name = "name:tag")]
    tag: Option<Reference>,

    /// the gobag program to put the bag onto, for another platform or where the one that has it is not static
    #[argh(option, arg_name = "file")]
    engine: Option<PathBuf>,

    /// print a JSON object with file, bytes, image (the digest of its manifest), name (null without --tag), platform and archive_sha256
    #[argh(switch)]
    json: bool,
}

/// Writes the image, and tells how it is loaded.
pub fn run(arguments: Image) -> Result<ExitCode> {
    let (bag, carrier) = match &arguments.file {
        Some(file) => {
            let carrier = Carrier::open(file)?;
            (carrier.bag()?, Some(carrier))
        }
        None => bundle::bag_and_file()?,
    };
    let missing = || Error::usage("no file to write; name one with -o");
    let order = image::Order {
        output: arguments.output.ok_or_else(missing)?,
        name: arguments.tag,
        engine: arguments.engine,
    };
    let written = image::write(&order, &bag, carrier)?;
    for base in &bag.about().base {
        let name = printable(&base.name);
        note(&format!(
            "the image leaves out what {name} has, on which this bag builds; for an image with all of it, pack without --since"
        ));
    }
    if arguments.json {
        let told = to_value(&written).context("cannot write JSON")?;
        return print(&format!("{told:#}\n"));
    }
    let printed = print(&format!(
        "image    {}\narchive  {}\n",
        written.image, written.archive_sha256
    ));
    let file = argument(&order.output);
    let name = written
        .name
        .map(|name| format!(" && podman run --rm -p 8080:8080 {name}"));
    say(&format!(
        "then: podman load -i {file}{}",
        name.unwrap_or_default()
    ));
    printed
}
