//! A real nginx.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::bag::stderr;
use crate::support::namespace::Namespace;

/// An nginx that is ended when it is dropped.
pub struct Nginx {
    child: Child,
    dir: tempfile::TempDir,
}

impl Nginx {
    /// One in `namespace` whose `http` block holds `servers`. Paths there that are not whole are below its
    /// own folder.
    pub fn start(namespace: &Namespace, servers: &str) -> Nginx {
        Nginx::with_files(namespace, servers, |_| ())
    }

    /// The same; `fill` writes what lies in its folder beside the settings.
    pub fn with_files(namespace: &Namespace, servers: &str, fill: impl FnOnce(&Path)) -> Nginx {
        let dir = tempfile::tempdir().unwrap();
        let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let temporary = kinds.map(|kind| format!("{kind}_temp_path {kind};\n"));
        // Its workers are whoever runs it, as who made the folders and certificates.
        let user = match crate::support::namespace::is_root() {
            true => "user root;\n",
            false => "",
        };
        let settings = format!(
            "{user}daemon off;\nworker_processes 1;\npid pid;\nerror_log stderr notice;\n\
             events {{}}\nhttp {{\naccess_log off;\n{}{servers}}}\n",
            temporary.concat()
        );
        std::fs::write(dir.path().join("nginx.conf"), settings).unwrap();
        fill(dir.path());
        let mut child = command(namespace, dir.path())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = String::new();
        // It listens before it starts who answers.
        while !said.contains("start worker process ") {
            let line = lines
                .next()
                .unwrap_or_else(|| panic!("nginx ended: {said}"));
            said += &(line.unwrap() + "\n");
        }
        std::thread::spawn(move || lines.for_each(drop));
        Nginx { child, dir }
    }

    /// Its folder.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Has it read its settings anew, as `nginx -t -q && nginx -s reload` does.
    pub fn reload(&self, namespace: &Namespace) {
        for more in [&["-t", "-q"][..], &["-s", "reload"]] {
            let output = command(namespace, self.dir.path()).args(more).output();
            let output = output.unwrap();
            assert!(output.status.success(), "{}", stderr(&output));
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // So that who works for it ends as well.
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.child.wait();
    }
}

fn command(namespace: &Namespace, dir: &Path) -> Command {
    let mut command = namespace.command(program());
    let prefix = format!("{}/", dir.display());
    command.args(["-p", &prefix, "-c", "nginx.conf", "-e", "stderr"]);
    command
}

/// Where nginx is: not every user has `/usr/sbin` in `PATH`.
fn program() -> &'static str {
    let there = |program: &&str| Command::new(program).arg("-v").output().is_ok();
    let found = ["nginx", "/usr/sbin/nginx"].into_iter().find(there);
    found.expect("this test needs nginx: apt-get install nginx")
}
