//! The order that was typed.

use std::path::PathBuf;

use super::Pack;
use super::words::{GoLine, Local, LogName};
use crate::commands::refuse;
use crate::error::{Context, Error, Result};
use crate::pack::built;
use crate::pack::order::{Further, Keep, Order, Output, Prove, Rules, Source};
use crate::pack::own::OwnLogOptions;
use crate::pack::step::flag_name;
use crate::pack::sums::SumsOptions;
use crate::terminal::called;

/// What to pack and how.
///
/// # Errors
/// What was typed contradicts itself, or something is missing.
pub fn order(a: Pack) -> Result<Order> {
    let text = "--no-prove and --prove-anew exclude each other; leave one out";
    refuse(a.no_prove && a.prove_anew, text)?;
    let prove = match (a.no_prove, a.prove_anew) {
        (true, _) => Prove::Never,
        (false, true) => Prove::Anew,
        (false, false) => Prove::Once,
    };
    let asks = a.sumdb.is_some() || !a.known_head.is_empty() || !a.previous.is_empty();
    let text = "--no-sums fetches nothing, and --sumdb, --known-head and --previous are about what is fetched; leave one out";
    refuse(a.no_sums && asks, text)?;
    let text = "--own-log-key names the log already; leave --own-log-name out";
    refuse(a.own_log_key.is_some() && a.own_log_name.is_some(), text)?;
    let text = "--no-build-cache and --own-build-cache exclude each other; leave one out";
    refuse(a.no_build_cache && a.own_build_cache, text)?;
    let text =
        "--own-build-cache and --build are about what a proof compiles; leave --no-prove out";
    let builds = a.own_build_cache || !a.build.is_empty();
    refuse(a.no_prove && builds, text)?;
    let keep = match (a.no_build_cache || a.no_prove, a.own_build_cache) {
        (true, _) => Keep::None,
        (false, true) => Keep::Own,
        (false, false) => Keep::Modules,
    };
    let builds = a.build.into_iter().map(|GoLine(words)| words);
    let builds = builds.map(|words| match is_build(&words) {
        true => Ok(words),
        false => Err(Error::usage(format!(
            "--build 'go {}' builds nothing that is kept; write go build, vet, test or install, without -o, -c, -C, profiles, -modfile, -toolexec, -overlay, -vettool, -compiler and -mod=vendor",
            words.join(" ")
        ))),
    });
    let source = Source {
        projects: a.project,
        profile: a.profile,
        platforms: a.platform,
        lines: a.run.into_iter().map(|GoLine(words)| words).collect(),
        builds: builds.collect::<Result<_>>()?,
        keep,
        modules: a.module,
        tools: a.tool,
        toolchains: a.toolchain,
        misses: a.from_misses,
    };
    source.refuse_names()?;
    let locals = a.local.into_iter();
    let further = Further {
        imports: a.import,
        locals: locals.map(|Local(module, dir)| (module, dir)).collect(),
        add: a.add,
        build_cache: a.add && !a.no_build_cache,
        vulndb: a.vulndb,
    };
    if source.is_empty() && further.is_empty() {
        let program = called::program();
        let text = format!("nothing to pack; name a project, or see {program} pack --help");
        return Err(Error::usage(text));
    }
    let file = match a.output {
        Some(output) => rooted(output)?,
        None if a.dry_run => PathBuf::new(),
        None => return Err(Error::usage("no file to write; name one with -o")),
    };
    let engine = match a.engine {
        Some(engine) => rooted(engine)?,
        None => std::env::current_exe()
            .context("cannot find this program's own file; name it with --engine")?,
    };
    let own_log = (a.own_log || a.own_log_key.is_some() || a.own_log_name.is_some()).then_some(
        OwnLogOptions {
            key: a.own_log_key,
            name: a.own_log_name.map(|LogName(name)| name),
        },
    );
    let sums = SumsOptions {
        key: a.sumdb,
        known_heads: a.known_head,
        previous: a.previous,
    };
    Ok(Order {
        source,
        further,
        rules: Rules {
            invalid: a.invalid.0,
            since: a.since.map(rooted).transpose()?,
            with: a.with.into_iter().map(rooted).collect::<Result<_>>()?,
            sums: (!a.no_sums).then_some(sums),
            own_log,
        },
        output: Output {
            file,
            engine,
            force: a.force,
            checksum: a.checksum,
            compact: a.compact,
        },
        work: a.work,
        prove,
        strict: a.strict,
    })
}

/// True for the words of a go command that builds; where what it makes is put is not for them to say.
fn is_build(words: &[String]) -> bool {
    let builds = ["build", "vet", "test", "install"];
    let places = ["o", "C", "c", "modfile"];
    let places = |flag: &str| places.contains(&flag) || flag.ends_with("profile");
    let named = |word: &String| flag_name(word).is_some_and(places);
    let is_own = built::foreign(words.iter().map(String::as_str)).is_none();
    let first = words.first().map_or("", String::as_str);
    is_own && builds.contains(&first) && !words.iter().any(named)
}

/// A program is started from other folders, and never looked for in PATH.
fn rooted(file: PathBuf) -> Result<PathBuf> {
    std::path::absolute(&file).context(file.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_builds_says_nothing_of_where_it_is_put() {
        for (line, want) in [
            ("build -tags x ./cmd/y", true),
            ("build ./cpuprofile", true),
            ("vet -trimpath ./...", true),
            ("build -o x .", false),
            ("build --o=x .", false),
            ("test -c .", false),
            ("test -cpuprofile=x .", false),
            ("build -toolexec=x .", false),
            ("mod tidy", false),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_string).collect();
            assert_eq!(is_build(&words), want, "{line}");
        }
    }
}
