//! Keys of a checksum database: the one that verifies its heads and the one that signs them.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::name::is_database_name;

/// The key of `sum.golang.org`, the one database that cmd/go knows by name
/// (`cmd/go/internal/modfetch/key.go`).
pub const SUM_GOLANG_ORG: &str =
    "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

/// The algorithm byte of ed25519, the only algorithm there is for tree heads.
const ED25519: u8 = 1;

/// A public key, written `NAME+HHHHHHHH+BASE64`: the hash is that of [`key_hash`](Self::key_hash)
/// in eight lower-case digits, the base64 that of the byte 1 and the 32 bytes of the ed25519 key.
///
/// Source: <https://pkg.go.dev/golang.org/x/mod/sumdb/note#hdr-Verifying_Notes>. The name is
/// narrower than there, see [`KeyError::Name`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    public: VerifyingKey,
}

/// A private key, written `PRIVATE+KEY+NAME+HHHHHHHH+BASE64`: the hash is that of the public key,
/// the base64 that of the byte 1 and the 32 bytes of the ed25519 seed. `{:?}` shows the public key
/// only.
///
/// Source: <https://pkg.go.dev/golang.org/x/mod/sumdb/note#hdr-Signing_Notes>.
#[derive(Clone)]
pub struct SignerKey {
    name: String,
    private: SigningKey,
}

/// Why a text is not a key. A private key is never quoted.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// Not of the form of a public key.
    #[error("{0:?} is not a verifier key of the form NAME+HASH+KEY")]
    Verifier(String),
    /// Not of the form of a private key.
    #[error("not a signer key of the form PRIVATE+KEY+NAME+HASH+KEY")]
    Signer,
    /// The name cannot be that of a database, see [`is_database_name`].
    #[error("{0:?} is not the name of a checksum database, host[/path]")]
    Name(String),
    /// The hash in the key is another than that of its name and public key.
    #[error("key {name:?} carries the hash {found:?}, its public key has {want:08x}")]
    Hash {
        /// Name in the key.
        name: String,
        /// Hash in the key.
        found: String,
        /// Hash of the name and public key.
        want: u32,
    },
}

impl VerifierKey {
    /// The name of the database, the line prefix of its signatures.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes, big-endian, of SHA-256 over name, newline, the byte 1 and the public
    /// key.
    pub fn key_hash(&self) -> u32 {
        let hash = Sha256::new()
            .chain_update(&self.name)
            .chain_update(b"\n")
            .chain_update([ED25519])
            .chain_update(self.public.as_bytes())
            .finalize();
        u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
    }

    /// The 32 bytes of the ed25519 public key.
    pub(crate) fn public_bytes(&self) -> &[u8; 32] {
        self.public.as_bytes()
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.public.verify(message, &signature).is_ok())
    }
}

impl SignerKey {
    /// The key of the database `name` that grows from `seed`.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn from_seed(name: &str, seed: [u8; 32]) -> Result<Self, KeyError> {
        if !is_database_name(name) {
            return Err(KeyError::Name(name.to_owned()));
        }
        Ok(Self {
            name: name.to_owned(),
            private: SigningKey::from_bytes(&seed),
        })
    }

    /// The public half.
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey {
            name: self.name.clone(),
            public: self.private.verifying_key(),
        }
    }

    /// The 64 bytes of the signature over `message`.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.private.sign(message).to_bytes()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}+{:08x}+{}",
            self.name,
            self.key_hash(),
            base64(self.public.as_bytes())
        )
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    /// Accepts what [`Display`](fmt::Display) prints and nothing else.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let wrong = || KeyError::Verifier(text.to_owned());
        let (name, found, key) = fields(text).ok_or_else(wrong)?;
        if !is_database_name(name) {
            return Err(KeyError::Name(name.to_owned()));
        }
        let public =
            VerifyingKey::from_bytes(&unbase64(key).ok_or_else(wrong)?).map_err(|_| wrong())?;
        let key = Self {
            name: name.to_owned(),
            public,
        };
        check_hash(&key, found)?;
        if key.to_string() == text {
            Ok(key)
        } else {
            Err(wrong())
        }
    }
}

impl fmt::Display for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = self.verifier().key_hash();
        write!(
            f,
            "PRIVATE+KEY+{}+{hash:08x}+{}",
            self.name,
            base64(self.private.as_bytes())
        )
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignerKey({})", self.verifier())
    }
}

impl FromStr for SignerKey {
    type Err = KeyError;

    /// Accepts what [`Display`](fmt::Display) prints and nothing else.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let rest = text.strip_prefix("PRIVATE+KEY+").ok_or(KeyError::Signer)?;
        let (name, found, key) = fields(rest).ok_or(KeyError::Signer)?;
        let key = Self::from_seed(name, unbase64(key).ok_or(KeyError::Signer)?)?;
        check_hash(&key.verifier(), found)?;
        if key.to_string() == text {
            Ok(key)
        } else {
            Err(KeyError::Signer)
        }
    }
}

/// Splits `NAME+HASH+KEY`. Base64 may hold further `+`.
fn fields(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.split_once('+')?;
    let (hash, key) = rest.split_once('+')?;
    Some((name, hash, key))
}

fn check_hash(key: &VerifierKey, found: &str) -> Result<(), KeyError> {
    let want = key.key_hash();
    if format!("{want:08x}") == found {
        return Ok(());
    }
    Err(KeyError::Hash {
        name: key.name.clone(),
        found: found.to_owned(),
        want,
    })
}

fn base64(key: &[u8; 32]) -> String {
    STANDARD.encode([&[ED25519], key.as_slice()].concat())
}

fn unbase64(text: &str) -> Option<[u8; 32]> {
    let bytes = STANDARD.decode(text).ok()?;
    bytes.strip_prefix(&[ED25519])?.try_into().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    /// The pair of golang.org/x/mod/sumdb/note's documentation.
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const PETER_PRIVATE: &str =
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

    #[test]
    fn keys_are_printed_as_they_were_read() {
        for text in [SUM_GOLANG_ORG, PETER] {
            assert_eq!(text.parse::<VerifierKey>().unwrap().to_string(), text);
        }
        let signer: SignerKey = PETER_PRIVATE.parse().unwrap();
        assert_eq!(signer.to_string(), PETER_PRIVATE);
        assert_eq!(signer.verifier().to_string(), PETER);
    }

    #[test]
    fn a_private_key_does_not_leak_into_debug_output() {
        let signer: SignerKey = PETER_PRIVATE.parse().unwrap();
        assert_eq!(format!("{signer:?}"), format!("SignerKey({PETER})"));
    }

    #[test]
    fn a_key_has_one_spelling() {
        for wrong in [
            "",
            "sum.golang.org",
            "sum.golang.org+033de0ae",
            "sum.golang.org+033DE0AE+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
            "sum.golang.org+33de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
            "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8\n",
            "sum.golang.org+033de0ae+As4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
            "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuA==",
            "sum.golang.com+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        ] {
            assert!(wrong.parse::<VerifierKey>().is_err(), "{wrong:?}");
            assert!(
                format!("PRIVATE+KEY+{wrong}").parse::<SignerKey>().is_err(),
                "{wrong:?}"
            );
        }
    }

    #[test]
    fn a_wrong_name_and_a_wrong_hash_are_quoted() {
        let error = SignerKey::from_seed("a/../b", [0; 32]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"a/../b\" is not the name of a checksum database, host[/path]"
        );
        let text = SUM_GOLANG_ORG.replace("033de0ae", "033de0af");
        assert_eq!(
            text.parse::<VerifierKey>().unwrap_err().to_string(),
            "key \"sum.golang.org\" carries the hash \"033de0af\", its public key has 033de0ae"
        );
    }
}
