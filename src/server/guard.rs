//! What stands before the bag: who may connect, and who is logged in.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::Duration;

use crate::proxy::fed;
use crate::proxy::origin::origin;
use crate::proxy::reply::{self, Reply};
use crate::proxy::request::Request;
use crate::proxy::site::Site;
use crate::server::allow::Allow;
use crate::server::auth::{Checked, MAX_PASSWORD_BYTES, Users, Why};
use crate::terminal::called;

/// What a client is asked to send.
const CHALLENGE: &str = "Basic realm=\"gobag\", charset=\"UTF-8\"";

/// Who may read the bag; by default everybody.
#[derive(Debug, Default)]
pub struct Access {
    /// Who may connect.
    pub allow: Allow,
    /// Who may log in; none where nobody has to.
    pub users: Option<Users>,
}

impl Access {
    /// The reply to a request by one who may read, and a refusal for anybody else.
    pub fn reply(&self, site: &Site, request: &Request) -> Reply {
        if let Some(refusal) = self.guard(&site.base_path, request) {
            site.feeds.counters.refused_by_guard.add(1);
            return refusal;
        }
        let mut reply = reply::reply(site, request);
        if self.users.is_some() {
            keep_private(&mut reply);
        }
        reply
    }

    /// The refusal of a request by one who may not read.
    pub fn guard(&self, base_path: &str, request: &Request) -> Option<Reply> {
        let known = |client| self.allow.allows(client);
        if !request.client.map_or(self.allow.is_everybody(), known) {
            return Some(stranger(request.client));
        }
        let users = self.users.as_ref()?;
        if fed::is_health(&request.target, base_path) {
            return None;
        }
        let login = request.authorization.as_ref().map(|login| login.0.as_str());
        match users.check(origin(request), login) {
            Checked::Granted => None,
            Checked::Denied(why) => Some(denied(why)),
            Checked::Slowed(time) => Some(later(
                429,
                time,
                "too many logins from this address failed; wait a moment\n",
            )),
            Checked::Busy => Some(later(
                503,
                Duration::from_secs(1),
                "too many logins are being checked; try again\n",
            )),
        }
    }
}

fn stranger(client: Option<IpAddr>) -> Reply {
    let client = client.map_or_else(|| "unknown".to_string(), |c| c.to_canonical().to_string());
    Reply::text(
        403,
        format!(
            "this server does not answer to your address, {client}\n\
             its operator lets you in by: {} serve --allow {client}\n",
            called::name()
        ),
    )
}

fn denied(why: Why) -> Reply {
    let text = match why {
        Why::NoLogin => {
            "a login is needed; go takes it from a line of ~/.netrc and sends it over https alone:\n\
             machine HOST login USER password PASSWORD\n"
                .to_string()
        }
        Why::Wrong => "the user or the password is wrong\n".to_string(),
        Why::TooLong => format!(
            "a password of more than {MAX_PASSWORD_BYTES} bytes is not taken; have a shorter one set\n"
        ),
    };
    let mut reply = Reply::text(401, text);
    reply.headers.push(("WWW-Authenticate", CHALLENGE.into()));
    reply
}

fn later(status: u16, time: Duration, text: &str) -> Reply {
    let seconds = time.as_millis().div_ceil(1000).max(1).to_string();
    let mut reply = Reply::text(status, text.to_string());
    reply.headers.push(("Retry-After", seconds.into()));
    reply
}

/// What needs a login is kept by the client alone, and by no cache on the way.
fn keep_private(reply: &mut Reply) {
    for (name, value) in &mut reply.headers {
        if *name == "Cache-Control"
            && let Some(rest) = value.strip_prefix("public")
        {
            *value = Cow::Owned(format!("private{rest}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_get_nothing() {
        let allow = Allow::new(&["10.1.0.0/16".parse().unwrap()]);
        let access = Access { allow, users: None };
        for (client, target, want) in [
            (Some("10.1.2.3"), "/", None),
            (Some("127.0.0.1"), "/", Some(403)),
            (Some("127.0.0.1"), "/healthz", Some(403)),
            (None, "/", Some(403)),
        ] {
            let request = Request {
                client: client.map(|client| client.parse().unwrap()),
                target: target.into(),
                // Who is let in is no matter of what a client says.
                forwarded_for: Some("10.1.2.3".into()),
                ..Request::default()
            };
            let refused = access.guard("", &request).map(|reply| reply.status);
            assert_eq!(refused, want, "{client:?} {target}");
        }
        let request = Request::default();
        assert!(Access::default().guard("", &request).is_none());
    }

    #[test]
    fn waiting_is_told_in_whole_seconds() {
        for (time, want) in [(0, "1"), (250, "1"), (1000, "1"), (1001, "2"), (4000, "4")] {
            let reply = later(429, Duration::from_millis(time), "x\n");
            let told = reply
                .headers
                .iter()
                .find(|(name, _)| *name == "Retry-After");
            assert_eq!(told.unwrap().1, want, "{time}");
        }
    }
}
