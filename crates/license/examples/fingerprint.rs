//! Prints lines of `src/known.txt` for forms that are written by their words: `fingerprint NAME FILE...`, where
//! NAME is an SPDX identifier and FILE holds `text [either|or] {9}`.

#![allow(clippy::print_stdout, reason = "a tool for who adds a licence")]

use std::{env, error::Error, fs};

use license::form::Form;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let name = arguments.next().ok_or("fingerprint NAME FILE...")?;
    for file in arguments {
        println!("{name} {}", Form::of_words(&fs::read_to_string(file)?)?);
    }
    Ok(())
}
