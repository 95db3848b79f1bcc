//! Who may connect: the networks of `--allow`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

/// A network, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

/// The networks that are answered. None means everybody; of several, each is let in, and
/// loopback only where it is one of them.
#[derive(Debug, Default, Clone)]
pub struct Allow(Vec<Network>);

/// Why a text is no network.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotANetwork {
    /// Neither an address nor one with a length.
    #[error(
        "{0:?} is no network; write an address or a network such as 10.1.0.0/16 or fd00::/8, and --allow once for each"
    )]
    Unreadable(String),
    /// Something is set behind the length: what was meant is not known.
    #[error(
        "{written} is an address in a network; write {network} for the network, or {address} for that address alone"
    )]
    HostBits {
        /// What was written.
        written: String,
        /// The network that it lies in.
        network: IpNet,
        /// The address before the length.
        address: IpAddr,
    },
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Network(address.to_canonical().into()));
        }
        let written = text.parse::<IpNet>();
        let written = written.map_err(|_| NotANetwork::Unreadable(text.to_string()))?;
        let network = canonical(written);
        if network.addr() != network.network() {
            return Err(NotANetwork::HostBits {
                written: text.to_string(),
                network: network.trunc(),
                address: network.addr(),
            });
        }
        Ok(Network(network))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A network of IPv4 addresses that are written as IPv6, as the IPv4 network that it is.
fn canonical(network: IpNet) -> IpNet {
    let mapped = match network {
        IpNet::V6(v6) => v6.addr().to_ipv4_mapped(),
        IpNet::V4(_) => None,
    };
    let length = network.prefix_len().checked_sub(96);
    let v4 = mapped.zip(length);
    v4.and_then(|(address, length)| Ipv4Net::new(address, length).ok())
        .map_or(network, IpNet::V4)
}

impl Allow {
    /// Those in one of `networks`; everybody where there are none.
    pub fn new(networks: &[Network]) -> Self {
        Allow(networks.to_vec())
    }

    /// True when a client at `address` is answered.
    pub fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.is_empty() || self.0.iter().any(|network| network.0.contains(&address))
    }

    /// True when everybody is answered.
    pub fn is_everybody(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Allow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let networks: Vec<String> = self.0.iter().map(Network::to_string).collect();
        f.write_str(&networks.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_networks() {
        for (text, want) in [
            ("10.1.0.0/16", Ok("10.1.0.0/16")),
            ("10.1.2.3", Ok("10.1.2.3/32")),
            ("0.0.0.0/0", Ok("0.0.0.0/0")),
            ("fd00::/8", Ok("fd00::/8")),
            ("::1", Ok("::1/128")),
            ("::ffff:10.1.2.3", Ok("10.1.2.3/32")),
            ("::ffff:10.1.0.0/112", Ok("10.1.0.0/16")),
            ("::/0", Ok("::/0")),
            (
                "10.1.2.3/16",
                Err("write 10.1.0.0/16 for the network, or 10.1.2.3 for"),
            ),
            (
                "fd00::1/8",
                Err("write fd00::/8 for the network, or fd00::1 for"),
            ),
            ("10.1.0.0/33", Err("is no network")),
            ("10.1.0.0/16,10.2.0.0/16", Err("--allow once for each")),
            ("10.1", Err("is no network")),
            ("localhost", Err("is no network")),
            ("", Err("is no network")),
        ] {
            let read = text.parse::<Network>();
            match (read, want) {
                (Ok(network), Ok(want)) => assert_eq!(network.to_string(), want),
                (Err(fault), Err(want)) => {
                    assert!(fault.to_string().contains(want), "{text}: {fault}");
                }
                (read, _) => panic!("{text}: {read:?}"),
            }
        }
    }

    #[test]
    fn lets_in_who_is_named() {
        let office: &[&str] = &["10.1.0.0/16", "fd00:1::/32", "127.0.0.1"];
        for (networks, address, want) in [
            (&[][..], "203.0.113.9", true),
            (&[], "2001:db8::1", true),
            (office, "10.1.0.0", true),
            (office, "10.1.255.255", true),
            (office, "10.2.0.0", false),
            (office, "::ffff:10.1.2.3", true),
            (office, "::ffff:10.2.2.3", false),
            // The old spelling, which no socket tells.
            (office, "::10.1.2.3", false),
            (office, "fd00:1:ffff::1", true),
            (office, "fd00:2::1", false),
            (office, "127.0.0.1", true),
            (office, "127.0.0.2", false),
            (office, "::1", false),
            (&["0.0.0.0/0"], "203.0.113.9", true),
            (&["0.0.0.0/0"], "::ffff:203.0.113.9", true),
            (&["0.0.0.0/0"], "2001:db8::1", false),
            (&["::/0"], "2001:db8::1", true),
            (&["::/0"], "203.0.113.9", false),
        ] {
            let networks: Vec<Network> = networks.iter().map(|n| n.parse().unwrap()).collect();
            let allow = Allow::new(&networks);
            assert_eq!(
                allow.allows(address.parse().unwrap()),
                want,
                "{address} in {allow}"
            );
        }
    }
}
