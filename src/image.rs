//! A bag as a container image: a program that needs nothing else, in a layer of its own.

mod papers;
pub mod reference;
mod tar;

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use bag::Bag;
use bag::digest::{self, hex};
use graft::Seal;
use serde::Serialize;
use tempfile::TempPath;

use self::papers::{Facts, PROGRAM, Paper, blob_name, papers};
use self::reference::Reference;
use crate::carried::carrier::Carrier;
use crate::error::{Context, Error, Result};
use crate::pack::partial;
use crate::pack::preflight::{engine, folder_of};
use crate::process::cleanup;
use crate::process::room::room_for;

/// How a tar archive that is an image begins: the name of its first file.
const BEGIN: &[u8] = b"oci-layout\0";

/// What an image is made of, and where it goes.
#[derive(Debug)]
pub struct Order {
    /// The file to write.
    pub output: PathBuf,
    /// What the image is called, if anything.
    pub name: Option<Reference>,
    /// The program to put the bag onto; the one that has it, without it.
    pub engine: Option<PathBuf>,
}

/// What was written.
#[derive(Debug, Serialize)]
pub struct Written {
    /// The file.
    pub file: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// The digest of the image's manifest, by which registries know it: `sha256:…`.
    pub image: String,
    /// Its name; none where it was given none.
    pub name: Option<String>,
    /// What it runs on, as images name it: `linux/amd64`.
    pub platform: String,
    /// The SHA-256 of the bag's archive in hex.
    pub archive_sha256: String,
}

/// Writes the image of `bag`, which `carrier` has; there is none where the system does not tell
/// which file that is.
///
/// # Errors
/// The program would not run where no other file is; it is damaged; a file cannot be read or
/// written, or the one to write is something else.
pub fn write(order: &Order, bag: &Bag<'_>, carrier: Option<Carrier>) -> Result<Written> {
    let output = order.output.display();
    partial::check(&order.output, "image", "remove it", is_image)?;
    cleanup::handle_signals("nothing was written")?;
    let grafted = order
        .engine
        .as_deref()
        .map(|engine| graft(engine, order, bag));
    let grafted = grafted.transpose()?;
    let carrier = match &grafted {
        Some(path) => Some(Carrier::open(path)?),
        None => carrier,
    };
    let lost = "cannot find this program's own file; name it behind image";
    let carrier = carrier.ok_or_else(|| Error::new(lost))?;
    if !carrier.engine().is_static() {
        return Err(dynamic(order, &carrier));
    }
    let source = Source::of(&carrier)?;
    // One after the other: both read the file, and elsewhere than on Unix they share a place in it.
    let seal = carrier.seal()?;
    if seal == Seal::Broken {
        let text = "is not as it was written, by the digest at its end; copy it again";
        return Err(Error::new(format!("{} {text}", carrier.name().display())));
    }
    let (archive_sha256, layer) =
        rayon::join(|| bag.archive_sha256(), || source.write_layer(io::sink()));
    let layer = layer.context(carrier.name().display())?;
    let (about, arch) = (bag.about(), carrier.engine().arch());
    let (papers, manifest) = papers(&Facts {
        name: order.name.as_ref(),
        arch,
        archive_sha256: &archive_sha256,
        modules: about.modules,
        versions: about.versions,
        layer_sha256: &hex(&layer),
        layer_bytes: source.layer_bytes(),
    });
    let lens = papers.iter().map(|paper| paper.text.len() as u64);
    let bytes = tar::len_of(lens.chain([source.layer_bytes()]));
    room_for(folder_of(&order.output), bytes, "the image")?;
    let mut partial = partial::create(&order.output, 0o644).context(&output)?;
    let file = BufWriter::with_capacity(1 << 20, partial.as_file_mut());
    source.write_image(&papers, &layer, file).context(&output)?;
    partial::put(partial.into_temp_path(), &order.output).context(&output)?;
    Ok(Written {
        file: output.to_string(),
        bytes,
        image: format!("sha256:{manifest}"),
        name: order.name.as_ref().map(ToString::to_string),
        platform: format!("linux/{arch}"),
        archive_sha256,
    })
}

/// The program that is to lie in the image.
struct Source<'a> {
    file: &'a File,
    len: u64,
}

impl<'a> Source<'a> {
    fn of(carrier: &'a Carrier) -> Result<Self> {
        Ok(Source {
            file: carrier.file(),
            len: carrier.bytes()?,
        })
    }

    fn layer_bytes(&self) -> u64 {
        tar::len_of([self.len])
    }

    /// Writes the layer, and returns its SHA-256. The file is read from its beginning.
    fn write_layer(&self, out: impl Write) -> io::Result<[u8; 32]> {
        let mut file = self.file;
        file.rewind()?;
        digest::copy(
            tar::entry(PROGRAM, 0o755, self.len, file).chain(tar::end()),
            out,
        )
    }

    /// Writes all of the image; `layer` is the SHA-256 of its layer.
    ///
    /// # Errors
    /// A file cannot be read or written, or the program changed since the layer was hashed.
    fn write_image(
        &self,
        papers: &[Paper],
        layer: &[u8; 32],
        mut out: impl Write,
    ) -> io::Result<()> {
        for Paper { name, text } in papers {
            let content = text.as_bytes();
            io::copy(
                &mut tar::entry(name, 0o644, content.len() as u64, content),
                &mut out,
            )?;
        }
        let len = self.layer_bytes();
        out.write_all(&tar::header(&blob_name(&hex(layer)), 0o644, len))?;
        // A layer is a whole number of blocks.
        if self.write_layer(&mut out)? != *layer {
            return Err(io::Error::other(
                "the program changed while it was read; try again",
            ));
        }
        io::copy(&mut tar::end(), &mut out)?;
        out.flush()
    }
}

/// A copy of `engine` with the archive of `bag` in it, beside the file to write.
fn graft(engine_file: &Path, order: &Order, bag: &Bag<'_>) -> Result<TempPath> {
    engine(engine_file)?;
    let archive = bag.archives().next().unwrap_or_default();
    let mut partial =
        partial::create(&order.output, partial::PROGRAM).context(order.output.display())?;
    let written = graft::graft(engine_file, partial.as_file_mut(), |out| {
        out.write_all(archive)
    });
    written.context(engine_file.display())?;
    Ok(partial.into_temp_path())
}

/// True for a file that begins as an image does.
fn is_image(file: &File) -> io::Result<bool> {
    let mut begin = Vec::new();
    file.take(BEGIN.len() as u64).read_to_end(&mut begin)?;
    Ok(begin == BEGIN)
}

/// What is said of a program that needs files which no image of one program has.
fn dynamic(order: &Order, carrier: &Carrier) -> Error {
    let what = order.engine.as_deref().unwrap_or(carrier.name());
    Error::new(format!(
        "{} is no static program: it needs a C library, and nothing but it is in an image; name a static gobag by --engine, which then has this bag",
        what.display()
    ))
}
