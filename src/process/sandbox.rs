//! A network of its own for children: nothing in it but loopback.
//!
//! A keeper, which is this program once more, makes the namespaces and waits until its standard
//! input closes: that happens however this process ends. A child is this program as well: it
//! joins the namespaces of the keeper, gives back every right that came with them, and executes
//! what it is to be. Nothing else about the child changes.

use std::ffi::OsStr;
use std::process::Command;

use crate::error::{Error, Result};

/// What [`Sandbox::command`] exits with when the network cannot be entered. A program that does
/// not exist is 127 and one that cannot be executed 126, as shells have it.
pub const NOT_ENTERED: u8 = 125;

/// A network namespace that lasts until this is dropped.
#[derive(Debug)]
pub struct Sandbox {
    #[cfg(target_os = "linux")]
    keeper: std::process::Child,
}

#[cfg(target_os = "linux")]
impl Sandbox {
    /// Makes one.
    ///
    /// # Errors
    /// The kernel does not allow it, in a line for a person.
    pub fn new() -> Result<Self> {
        use super::hidden::{KEEP, own_program};
        use crate::error::Context;
        use std::io::{BufRead, BufReader};
        use std::process::Stdio;

        let program = own_program().context("cannot find this program's own file")?;
        let mut command = Command::new(program);
        command
            .arg(KEEP)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let keeper = super::cleanup::spawn(&mut command);
        let mut keeper = keeper.context("cannot make a network of its own")?;
        let mut said = String::new();
        if let Some(stdout) = keeper.stdout.take() {
            // One that says nothing has failed, which is seen below.
            let _ = BufReader::new(stdout).read_line(&mut said);
        }
        // From here on dropping it ends the keeper.
        let sandbox = Sandbox { keeper };
        match said.trim() {
            super::namespace::READY => Ok(sandbox),
            "" => Err(Error::new(
                "the keeper of a network of its own did not start",
            )),
            said => Err(Error::new(format!(
                "cannot make a network of its own: {said}"
            ))),
        }
    }

    /// A command that will run `program` inside, as the same user and with no more rights.
    pub fn command(&self, program: &OsStr) -> Command {
        // The keeper was not waited for, so nobody else has its number.
        let program_of_ours = super::hidden::own_program().unwrap_or_default();
        let mut command = Command::new(program_of_ours);
        command
            .arg(super::hidden::ENTER)
            .arg(self.keeper.id().to_string())
            .arg("--")
            .arg(program);
        command
    }
}

#[cfg(target_os = "linux")]
impl Drop for Sandbox {
    fn drop(&mut self) {
        // It holds nothing that a kill could harm, and may be gone already.
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
        super::cleanup::forget(self.keeper.id());
    }
}

#[cfg(not(target_os = "linux"))]
impl Sandbox {
    /// Makes one.
    ///
    /// # Errors
    /// The kernel does not allow it, in a line for a person.
    pub fn new() -> Result<Self> {
        Err(Error::new("this system has no network namespaces"))
    }

    /// A command that will run `program` inside, as the same user and with no more rights.
    pub fn command(&self, program: &OsStr) -> Command {
        Command::new(program)
    }
}
