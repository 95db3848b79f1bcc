//! `gobag pack`.

mod typed;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use argh::{ArgsInfo, FromArgs};
use serde_json::to_value;
use sumdb::key::VerifierKey;

use self::typed::order;
use self::words::{GoLine, InvalidArgument, Local, LogName};
use super::refuse;
use crate::error::{Context, Result};
use crate::pack;
use crate::pack::order::Prove;
use crate::pack::platform::{Platform, Profile};
use crate::pack::step::Step;
use crate::terminal::print::print;
use crate::terminal::progress::{Verbosity, set_verbosity};

/// Pack what Go projects need into a copy of this program, and prove it.
#[derive(Debug, FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    help_triggers("-h", "--help"),
    name = "pack",
    example = "Everything that ./app needs, for this host:\n  {command_name} ./app -o app-bag\n  (cd app && ../app-bag exec -- go build ./...)",
    example = "With the toolchain, for two platforms, and a tool:\n  {command_name} ./app --platform linux/amd64 --platform darwin/arm64 --toolchain auto --tool golang.org/x/tools/cmd/stringer@v0.30.0 -o app-bag",
    example = "One more project, with all that a bag carries already:\n  ./app-bag pack ./app2 --add -o both-bag",
    example = "A module cache as it is, without any project:\n  {command_name} --import \"$(go env GOMODCACHE)\" -o cache-bag",
    note = "Needs go and a network, unless only --import, --local and --add are used with --no-sums. Modules come through the settings of `go env`, GOPRIVATE and netrc included; the project is not changed.",
    error_code(1, "no bag was written"),
    error_code(2, "what was typed is wrong"),
    error_code(
        141,
        "whoever read the output went away; but for --dry-run, the bag is written"
    )
)]
pub struct Pack {
    /// folders of modules or workspaces
    #[argh(positional)]
    project: Vec<PathBuf>,

    /// the file to write; needed unless --dry-run
    #[argh(option, short = 'o', arg_name = "file")]
    output: Option<PathBuf>,

    /// how much: build, test or full (default full: also tidy, vendor, list and tools)
    #[argh(option, default = "Profile::Full")]
    profile: Profile,

    /// what to build for, os/arch (repeatable; default this host)
    #[argh(option, arg_name = "os/arch")]
    platform: Vec<Platform>,

    /// a further go command to run, such as 'go generate ./...' (repeatable)
    #[argh(option, arg_name = "command")]
    run: Vec<GoLine>,

    /// a module to have at hand with all that it needs, path@version (repeatable)
    #[argh(option, arg_name = "module")]
    module: Vec<String>,

    /// a program for go install, package@version (repeatable)
    #[argh(option, arg_name = "package")]
    tool: Vec<String>,

    /// a toolchain: go1.27.3, or auto for the one in use (repeatable)
    #[argh(option, arg_name = "name")]
    toolchain: Vec<String>,

    /// a file that gobag serve --misses wrote (repeatable)
    #[argh(option, arg_name = "file")]
    from_misses: Vec<PathBuf>,

    /// a GOMODCACHE, a GOPROXY tree or a folder of module folders (repeatable)
    #[argh(option, arg_name = "dir")]
    import: Vec<PathBuf>,

    /// a folder that becomes a module, dir=path@version (repeatable)
    #[argh(option, arg_name = "dir=module")]
    local: Vec<Local>,

    /// a Go vulnerability database, a folder or a zip of one, such as vulndb.zip of vuln.go.dev; exec names it in GOVULNDB: govulncheck -db $GOVULNDB
    #[argh(option, arg_name = "dir")]
    vulndb: Option<PathBuf>,

    /// what becomes of modules that Go refuses, by what is in them or by their path or version: refuse, skip or keep (default refuse)
    #[argh(
        option,
        default = "InvalidArgument(bag::Invalid::Refuse)",
        arg_name = "what"
    )]
    invalid: InvalidArgument,

    /// hold each module zip in less room, where that is possible; it takes longer, and a gobag older than this option cannot read it
    #[argh(switch)]
    compact: bool,

    /// keep what this file carries; the new bag is compact where this one is
    #[argh(switch)]
    add: bool,

    /// leave out what this older bag has; the new one is used together with it: exec --with, serve --with
    #[argh(option, arg_name = "bag")]
    since: Option<PathBuf>,

    /// a bag that the one of --since builds on itself (repeatable)
    #[argh(option, arg_name = "bag")]
    with: Vec<PathBuf>,

    /// an older bag whose clients go on with this one (repeatable)
    #[argh(option, arg_name = "bag")]
    previous: Vec<PathBuf>,

    /// a signed head that clients may know, such as $GOPATH/pkg/sumdb/sum.golang.org/latest (repeatable)
    #[argh(option, arg_name = "file")]
    known_head: Vec<PathBuf>,

    /// the verifier key of the checksum database, if not the one of go env
    #[argh(option, arg_name = "key")]
    sumdb: Option<VerifierKey>,

    /// fetch no checksum data
    #[argh(switch)]
    no_sums: bool,

    /// sign a checksum database over everything in the bag, private modules included
    #[argh(switch)]
    own_log: bool,

    /// the signer key of the own log, a file, which names the log as well; made and thrown away without it
    #[argh(option, arg_name = "file")]
    own_log_key: Option<PathBuf>,

    /// the name of the own log, host or host/path; made of its content without it
    #[argh(option, arg_name = "name")]
    own_log_name: Option<LogName>,

    /// a further go command that builds, run once the bag is written, for each platform, such as 'go build -trimpath -tags x ./cmd/y' (repeatable)
    #[argh(option, arg_name = "command")]
    build: Vec<GoLine>,

    /// carry no build cache, nor, with --add, the one of this file
    #[argh(switch)]
    no_build_cache: bool,

    /// carry what the projects' own packages were compiled to as well: it tells much of their code
    #[argh(switch)]
    own_build_cache: bool,

    /// write the bag without running the commands against it
    #[argh(switch)]
    no_prove: bool,

    /// run them also where an earlier run reached a verdict on the same
    #[argh(switch)]
    prove_anew: bool,

    /// the gobag program to copy, for another platform (default this file)
    #[argh(option, arg_name = "file")]
    engine: Option<PathBuf>,

    /// a folder to work in, which is kept; a second run goes on from it
    #[argh(option, arg_name = "dir")]
    work: Option<PathBuf>,

    /// fail, and write nothing, where a go command fails or a module is refused on this side as well
    #[argh(switch)]
    strict: bool,

    /// replace a file that is no gobag
    #[argh(switch)]
    force: bool,

    /// write the SHA-256 of the file beside it, to FILE.sha256
    #[argh(switch)]
    checksum: bool,

    /// print notes, warnings and errors alone
    #[argh(switch, short = 'q')]
    quiet: bool,

    /// show what go says as well
    #[argh(switch, short = 'v')]
    verbose: bool,

    /// print a JSON object that tells what was packed, how each command ended, and every note
    #[argh(switch)]
    json: bool,

    /// show the commands, and run none
    #[argh(switch)]
    dry_run: bool,
}

/// Packs, or shows what would be run.
pub fn run(arguments: Pack) -> Result<ExitCode> {
    let (dry_run, json) = (arguments.dry_run, arguments.json);
    let text = "--quiet and --verbose exclude each other; leave one out";
    refuse(arguments.quiet && arguments.verbose, text)?;
    set_verbosity(match (arguments.quiet, arguments.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, true) => Verbosity::Verbose,
        (false, false) => Verbosity::Normal,
    });
    let order = order(arguments)?;
    if dry_run {
        let [recording, proving, compiling] = pack::steps(&order.source)?;
        let told = |steps: &[Step]| steps.iter().map(Step::to_string).collect::<Vec<_>>();
        let proving = if order.prove != Prove::Never {
            proving
        } else {
            Vec::new()
        };
        let steps = [
            ("record", told(&recording)),
            ("prove", told(&proving)),
            ("compile", told(&compiling)),
        ];
        if json {
            let steps: serde_json::Value = steps.into_iter().collect();
            return print(&format!("{steps:#}\n"));
        }
        let steps = steps.iter().filter(|(_, steps)| !steps.is_empty());
        let lines = steps.map(|(what, steps)| format!("{what}:\n  {}\n", steps.join("\n  ")));
        return print(&lines.collect::<String>());
    }
    let report = pack::pack(&order)?;
    if json {
        let report = to_value(&report).context("cannot write JSON")?;
        return print(&format!("{report:#}\n"));
    }
    Ok(ExitCode::SUCCESS)
}
