//! What is made of a bag while it is served: its file may have gone away meanwhile.

use std::io;

use bag::{Bag, Care};

use crate::process::memory;

/// What `make` makes of `bag`, of which all that it reads as text is copied with care. It has a thread of its own, in
/// which rayon starts no others: for those it would look up the number of processors in a file.
///
/// # Errors
/// Something cannot be read, or is not as it was packed; or no thread can be started.
pub fn of<T: Send>(
    bag: &Bag<'static>,
    make: impl FnOnce(&Bag<'static>) -> T + Send,
) -> io::Result<T> {
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1);
    let alone = alone.build().map_err(io::Error::other)?;
    let care = Care::new(memory::copied);
    let made = alone.install(|| make(&bag.with_care(care.clone())));
    match care.has_lost() {
        true => Err(io::Error::other("a file that is served is gone or damaged")),
        false => Ok(made),
    }
}
