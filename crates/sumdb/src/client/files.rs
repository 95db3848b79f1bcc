//! What a client knows from earlier runs.

use std::collections::BTreeMap;

use crate::tile::Tile;

/// What the `go` command keeps between two runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientFiles {
    /// Newest head seen: `$GOPATH/pkg/sumdb/NAME/latest`. Survives `go clean -modcache`.
    pub latest: Option<Vec<u8>>,
    /// Lookup answers by path and version: `$GOMODCACHE/cache/download/sumdb/NAME/lookup`.
    pub lookups: BTreeMap<(String, String), Vec<u8>>,
    /// Verified tiles under the width that was asked for:
    /// `$GOMODCACHE/cache/download/sumdb/NAME/tile`.
    pub tiles: BTreeMap<Tile, Vec<u8>>,
}
