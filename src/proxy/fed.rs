//! Replies that feeds tell, and which of them need no login.

use super::body::Body;
use super::reply::{self, Reply};
use super::target;
use crate::feeds::feed::{self, Kept, Told};

/// True when `target` asks whether the server answers, or is ready for more, and for nothing else.
pub fn is_health(target: &str, base_path: &str) -> bool {
    target::name(target, base_path).is_some_and(|name| name == feed::HEALTH || name == feed::READY)
}

/// The reply that a feed tells.
pub fn reply(told: Told) -> Reply {
    let kept = match told.kept {
        Kept::AWhile => reply::A_MINUTE,
        Kept::Not => "no-store",
    };
    Reply {
        status: told.status,
        headers: vec![
            ("Content-Type", told.content_type.into()),
            ("Cache-Control", kept.into()),
        ],
        body: Body::Bytes(told.body),
        miss: None,
    }
}

#[cfg(test)]
mod tests {
    use super::is_health;

    #[test]
    fn health_is_two_paths_and_nothing_below_them() {
        for (target, base, want) in [
            ("/healthz", "", true),
            ("/healthz?verbose", "", true),
            ("/readyz", "", true),
            ("/mod/readyz", "/mod", true),
            ("/readyz/@latest", "", false),
            ("/metrics", "", false),
            ("http://host/healthz", "", true),
            ("/mod/healthz", "/mod", true),
            ("/healthz", "/mod", false),
            ("/mod/healthz", "", false),
            ("/healthz/", "", false),
            ("/healthz/@v/list", "", false),
            ("/healthz/@latest", "", false),
            ("/Healthz", "", false),
            ("/m/../healthz", "", false),
            ("/m/@v/list?/healthz", "", false),
            ("/m/@v/list#/healthz", "", false),
        ] {
            assert_eq!(is_health(target, base), want, "{target} below {base:?}");
        }
    }
}
