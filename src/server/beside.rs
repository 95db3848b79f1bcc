//! A server beside a command: threads of this program that answer on loopback, in the box, for as
//! long as the command runs.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::error::{Context, Error, Result};
use crate::process::jail::{self, Mode, Who};
use crate::server::log::Log;
use crate::server::service::{Manner, Proxy};
use crate::server::stop::Stop;

/// A server that runs.
#[derive(Debug)]
pub struct Beside {
    stop: Stop,
    server: JoinHandle<Result<()>>,
}

impl Beside {
    /// Has threads answer for `proxy`. They are in a box when this returns; the one that called is
    /// not.
    ///
    /// # Errors
    /// The box is required and refused, or no thread can be started.
    pub fn start(proxy: Proxy, sandbox: Mode, log: Log) -> Result<Self> {
        let stop = Stop::default();
        let stopper = stop.clone();
        let manner = Manner {
            log,
            // What is asked for by those that outlive the command is nobody's wish.
            finish_time: Duration::ZERO,
            ..Manner::default()
        };
        let (tell, hear) = mpsc::channel();
        let server = thread::Builder::new().name("serve".into());
        let server = server.spawn(move || {
            let boxed = jail::enter(sandbox, Who::Thread);
            let refused = boxed.is_err();
            // The other end waits for it.
            let _ = tell.send(boxed);
            if refused {
                return Ok(());
            }
            proxy.run(manner, &stopper)
        });
        let server = server.context("the server did not start")?;
        hear.recv().context("the server did not start")??;
        Ok(Beside { stop, server })
    }

    /// Ends it at once.
    ///
    /// # Errors
    /// It had failed.
    pub fn end(self) -> Result<()> {
        self.stop.stop();
        let ended = self.server.join();
        ended.map_err(|_| Error::new("the server failed"))?
    }
}
