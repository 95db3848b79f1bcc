//! The keeper of a network namespace, and how a program gets into it.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
use rustix::process::{Signal, getegid, geteuid, getppid, set_parent_process_death_signal};
use rustix::thread::{
    CapabilitySet, CapabilitySets, LinkNameSpaceType, UnshareFlags, capabilities,
    capability_is_in_bounding_set, move_into_link_name_space, remove_capability_from_bounding_set,
    set_capabilities,
};

use super::kernel::unshare;
use super::sandbox::NOT_ENTERED;
use crate::error::{Context, Error, MISSING, NOT_EXECUTABLE, Result};
use crate::terminal::print::print;
use crate::terminal::progress::complain;

/// What the keeper says once others may enter.
pub const READY: &str = "ready";

/// Makes the namespaces, says so on standard output, and holds them until standard input closes.
pub fn keep() -> ExitCode {
    let made = make();
    let failed = made.is_err();
    let line = made.map_or_else(|e| e.to_string(), |()| READY.to_owned());
    if print(&format!("{line}\n")).is_err() || failed {
        return ExitCode::FAILURE;
    }
    // Nothing is ever written there: it ends when whoever started this has ended.
    let _ = io::stdin().lock().read_to_end(&mut Vec::new());
    ExitCode::SUCCESS
}

/// A network namespace alone where that is allowed, else one inside a user namespace in which
/// the user is still the same.
fn make() -> Result<()> {
    let (uid, gid) = (geteuid().as_raw(), getegid().as_raw());
    if unshare(UnshareFlags::NEWNET).is_err() {
        unshare(UnshareFlags::NEWUSER | UnshareFlags::NEWNET)
            .context("the kernel refuses a user namespace")?;
        // The kernel wants groups fixed before an ordinary user may name one.
        for (file, text) in [
            ("setgroups", "deny".to_owned()),
            ("uid_map", format!("{uid} {uid} 1")),
            ("gid_map", format!("{gid} {gid} 1")),
        ] {
            let file = Path::new("/proc/self").join(file);
            fs::write(&file, text).context(file.display())?;
        }
    }
    bring_loopback_up().context("loopback stays down")
}

/// Asks the kernel by netlink (rtnetlink(7)), as `ip link set lo up` does.
fn bring_loopback_up() -> io::Result<()> {
    const RTM_NEWLINK: u16 = 16;
    const REQUEST_AND_ACKNOWLEDGE: u16 = 0x1 | 0x4;
    const NLMSG_ERROR: u16 = 2;
    const LOOPBACK: u32 = 1;
    const IFF_UP: u32 = 1;

    let mut request = Vec::with_capacity(32);
    request.extend(32_u32.to_ne_bytes());
    request.extend(RTM_NEWLINK.to_ne_bytes());
    request.extend(REQUEST_AND_ACKNOWLEDGE.to_ne_bytes());
    // Sequence and sender, then family and type: of no meaning here.
    request.extend([0; 12]);
    for word in [LOOPBACK, IFF_UP, IFF_UP] {
        request.extend(word.to_ne_bytes());
    }
    let (family, kind) = (AddressFamily::NETLINK, SocketType::RAW);
    // Protocol 0 of this family is NETLINK_ROUTE.
    let socket = rustix::net::socket_with(family, kind, SocketFlags::CLOEXEC, None)?;
    rustix::net::send(&socket, &request, SendFlags::empty())?;
    let mut reply = [0; 1024];
    let (len, _) = rustix::net::recv(&socket, &mut reply[..], RecvFlags::empty())?;
    let field = |at: usize| reply[..len].get(at..at + 4).and_then(|b| b.try_into().ok());
    let kind = field(4).map(|b: [u8; 4]| u16::from_ne_bytes([b[0], b[1]]));
    match (kind, field(16).map(i32::from_ne_bytes)) {
        (Some(NLMSG_ERROR), Some(0)) => Ok(()),
        (Some(NLMSG_ERROR), Some(error)) => Err(io::Error::from_raw_os_error(-error)),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// Becomes a program inside the namespaces of a keeper: `PID -- program arguments…`.
pub fn enter(words: &[OsString]) -> ExitCode {
    let [keeper, _, program, arguments @ ..] = words else {
        complain("gobag: nothing to enter");
        return ExitCode::from(NOT_ENTERED);
    };
    let parent = getppid();
    if let Err(error) = join(&PathBuf::from("/proc").join(keeper).join("ns")) {
        complain(&format!(
            "gobag: cannot enter the network of its own: {error}"
        ));
        return ExitCode::from(NOT_ENTERED);
    }
    // To join made the kernel forget that this ends with whoever started it, who may be gone by now.
    let tied = set_parent_process_death_signal(Some(Signal::KILL));
    if tied.is_ok() && getppid() != parent {
        return ExitCode::from(NOT_ENTERED);
    }
    let error = Command::new(program).args(arguments).exec();
    complain(&format!("gobag: cannot run {}: {error}", program.display()));
    ExitCode::from(if error.kind() == io::ErrorKind::NotFound {
        MISSING
    } else {
        NOT_EXECUTABLE
    })
}

/// Joins the namespaces whose links are in this folder, with no right that was not there before.
fn join(links: &Path) -> Result<()> {
    let had = capabilities(None).context("capabilities")?;
    let (user, net) = (links.join("user"), links.join("net"));
    let own = fs::read_link("/proc/self/ns/user").context("/proc/self/ns/user")?;
    let other = fs::read_link(&user).context(user.display())? != own;
    let files = [
        (other, &user, LinkNameSpaceType::User),
        (true, &net, LinkNameSpaceType::Network),
    ];
    // Both are opened first: afterwards /proc may belong to somebody else.
    let mut opened = Vec::new();
    for (_, link, kind) in files.into_iter().filter(|(wanted, ..)| *wanted) {
        opened.push((fs::File::open(link).context(link.display())?, link, kind));
    }
    for (file, link, kind) in opened {
        move_into_link_name_space(file.as_fd(), Some(kind)).context(link.display())?;
    }
    if other {
        keep_alone(had).context("cannot give up the rights of a user namespace")?;
    }
    Ok(())
}

/// Gives up all capabilities but those in `had`, for this process and what it executes: a user
/// namespace gives all of them to whoever enters it, and its root would keep them.
fn keep_alone(had: CapabilitySets) -> Result<()> {
    for capability in CapabilitySet::all().iter_names().map(|(_, flag)| flag) {
        // An older kernel does not know the newest ones.
        let bound = capability_is_in_bounding_set(capability).unwrap_or(false);
        if bound && !had.permitted.contains(capability) {
            remove_capability_from_bounding_set(capability).map_err(Error::new)?;
        }
    }
    let none = CapabilitySet::empty();
    let kept = CapabilitySets {
        inheritable: none,
        ..had
    };
    set_capabilities(None, kept).map_err(Error::new)
}
