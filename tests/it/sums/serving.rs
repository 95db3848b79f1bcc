//! What is answered below `/sumdb/`: <https://go.dev/design/25530-sumdb>.

use sumdb::head::SignedHead;
use sumdb::key::{SUM_GOLANG_ORG, VerifierKey};
use sumdb::needed::{frontier, path};
use sumdb::record::Record;

use crate::support::gobag::Gobag;
use crate::support::public::{FEW, NAME, versions};
use crate::support::public_bags::{NEW, UNAWARE};
use crate::support::tree::escape;
use crate::support::tree::files;

fn lookup(path: &str, version: &str) -> String {
    format!("/sumdb/{NAME}/lookup/{}@{}", escape(path), escape(version))
}

fn head(gobag: &Gobag) -> SignedHead {
    let key: VerifierKey = SUM_GOLANG_ORG.parse().unwrap();
    let latest = gobag.text(&format!("/sumdb/{NAME}/latest"));
    SignedHead::open(&key, latest.as_bytes()).unwrap()
}

#[test]
fn every_record_comes_with_the_one_signed_head() {
    let gobag = NEW.serve();
    let head = head(&gobag);
    for (path, version) in versions() {
        let answer = gobag.get(&lookup(path, version));
        assert_eq!(answer.status, 200, "{path}@{version}");
        let (record, note) = Record::parse_answer(&answer.body).unwrap();
        record.lines(path, version).unwrap();
        assert!(record.id < head.head().size);
        assert!(note == head.note_bytes(), "{path}@{version}");
    }
}

#[test]
fn a_tile_is_cut_from_a_wider_one_and_never_widened() {
    let gobag = UNAWARE.serve();
    let size = head(&gobag).head().size;
    let answer = gobag.get(&lookup(FEW[0].0, FEW[0].1));
    let (record, _) = Record::parse_answer(&answer.body).unwrap();
    for tile in path(record.id, size).unwrap() {
        let all = gobag.get(&format!("/sumdb/{NAME}/{tile}"));
        assert_eq!((all.status, all.body.len()), (200, tile.bytes()), "{tile}");
        let stem = tile.to_string();
        let stem = stem.split(".p/").next().unwrap();
        for width in 1..=255 {
            let cut = gobag.get(&format!("/sumdb/{NAME}/{stem}.p/{width}"));
            if width <= usize::from(tile.width()) {
                assert_eq!(cut.status, 200, "{stem}.p/{width}");
                assert!(cut.body == all.body[..width * 32], "{stem}.p/{width}");
            } else {
                assert_eq!(cut.status, 404, "{stem}.p/{width}");
            }
        }
        for spelling in [
            ".p/256", ".p/0", ".p/01", ".p/-1", ".p/", ".p", ".p/1/", "/",
        ] {
            assert_eq!(
                gobag.status(&format!("/sumdb/{NAME}/{stem}{spelling}")),
                404,
                "{spelling}"
            );
        }
    }
}

#[test]
fn a_full_tile_is_not_there_where_only_its_beginning_is_known() {
    let gobag = NEW.serve();
    for tile in frontier(head(&gobag).head().size) {
        assert!(!tile.is_full());
        let full = tile.full().unwrap();
        assert_eq!(
            gobag.status(&format!("/sumdb/{NAME}/{full}")),
            404,
            "{full}"
        );
        assert_eq!(
            gobag.status(&format!("/sumdb/{NAME}/{tile}")),
            200,
            "{tile}"
        );
    }
}

#[test]
fn tiles_have_one_spelling() {
    let gobag = UNAWARE.serve();
    for tile in [
        "8/0/1",
        "8/0/0001",
        "8/0/x000/001",
        "8/0/x1/000",
        "7/0/000",
        "8/-1/000",
        "8/00/000",
        "8/64/000",
        "8/3/000/",
        "8/data/000",
        "8/3/00a",
        "8//000",
        "8/3",
        "",
    ] {
        assert_eq!(
            gobag.status(&format!("/sumdb/{NAME}/tile/{tile}")),
            404,
            "{tile}"
        );
    }
}

#[test]
fn records_have_one_spelling() {
    let gobag = UNAWARE.serve();
    assert_eq!(
        gobag.status(&lookup("github.com/MakeNowJust/heredoc", "v1.0.0")),
        200
    );
    for name in [
        "github.com/MakeNowJust/heredoc@v1.0.0",
        "github.com/makenowjust/heredoc@v1.0.0",
        "github.com/!make!now!just/heredoc@v1.0.0/go.mod",
        "github.com/!make!now!just/heredoc@v1.0.0/",
        "github.com/!make!now!just/heredoc",
        "github.com/!make!now!just/heredoc@",
        "github.com/!make!now!just/heredoc@latest",
        "github.com/!make!now!just/heredoc@v1.0.1",
        "",
    ] {
        assert_eq!(
            gobag.status(&format!("/sumdb/{NAME}/lookup/{name}")),
            404,
            "{name}"
        );
    }
    // A go command sends `!` as it is, others may escape it.
    let escaped = lookup("github.com/MakeNowJust/heredoc", "v1.0.0").replace('!', "%21");
    assert_eq!(gobag.status(&escaped), 200);
}

#[test]
fn other_databases_are_not_supported() {
    let gobag = UNAWARE.serve();
    assert_eq!(gobag.status(&format!("/sumdb/{NAME}/supported")), 200);
    for name in [
        "other.example",
        "sum.golang.org.example",
        "golang.org",
        "sum.golang.org/x",
        "",
    ] {
        for what in [
            "supported",
            "latest",
            "lookup/github.com/pkg/errors@v0.9.1",
            "tile/8/0/000",
        ] {
            assert_eq!(
                gobag.status(&format!("/sumdb/{name}/{what}")),
                404,
                "{name} {what}"
            );
        }
    }
}

/// How many bytes of checksum data a bag may hold for one version.
const MOST_BYTES: u64 = 16 << 10;

#[test]
fn the_proof_of_a_version_takes_less_than_16_kib() {
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    NEW.ok(["unpack", tree.to_str().unwrap()]);
    let sums = tree.join("sumdb");
    let size = |name: &String| std::fs::metadata(sums.join(name)).unwrap().len();
    let names = files(&sums);
    let of = |part: &str| {
        names
            .iter()
            .filter(|name| name.contains(part))
            .map(size)
            .sum::<u64>()
    };
    let (all, tiles, count) = (of(""), of("/tile/"), versions().len() as u64);
    println!(
        "{all} bytes for {count} versions, {tiles} of them tiles: {} each",
        all / count
    );
    assert!(all / count < MOST_BYTES, "{} bytes", all / count);
}
