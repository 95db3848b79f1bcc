//! Prints the line of `src/known.txt` for a form that is written by its words: `fingerprint NAME < FILE`, where NAME is
//! an SPDX identifier and FILE holds `text [either|or] {9}`.

#![allow(clippy::print_stdout, reason = "a tool for who adds a licence")]

use std::{env, error::Error, io};

use license::form::Form;

fn main() -> Result<(), Box<dyn Error>> {
    let name = env::args_os().nth(1).ok_or("fingerprint NAME < FILE")?;
    let text = io::read_to_string(io::stdin())?;
    println!("{} {}", name.display(), Form::of_words(&text)?);
    Ok(())
}
