//! Whatever is parsed is printed back as it was, and nothing makes a parser panic.

use proptest::prelude::*;
use sumdb::head::Head;
use sumdb::key::{SignerKey, VerifierKey};
use sumdb::note::SignedNote;
use sumdb::record::Record;
use sumdb::tile::Tile;

proptest! {
    #[test]
    fn tiles_are_printed_back(level in 0_u8..=255, index: u64, shift in 0_u32..64, width: u16) {
        if let Some(tile) = Tile::new(level, index >> shift, width) {
            prop_assert_eq!(tile.to_string().parse(), Ok(tile));
        }
    }

    #[test]
    fn what_parses_as_a_tile_is_its_one_spelling(path in r"tile/8/[0-9]{1,2}/(x[0-9]{3}/){0,8}[0-9]{2,4}(\.p/[0-9]{1,4})?") {
        if let Ok(tile) = path.parse::<Tile>() {
            prop_assert_eq!(tile.to_string(), path);
        }
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in any::<String>()) {
        let _ = text.parse::<Tile>();
        let _ = text.parse::<Head>();
        let _ = text.parse::<SignerKey>();
        let _ = text.parse::<VerifierKey>();
        let _ = format!("{text}+00000000+{text}").parse::<VerifierKey>();
        let _ = format!("go.sum database tree\n{text}\n{text}\n").parse::<Head>();
    }

    #[test]
    fn notes_are_printed_back(start in any::<Vec<u8>>(), lines in "(\u{2014} [a-z ]{1,3} [A-Za-z0-9+/]{8}\n){0,3}") {
        let bytes = [start.as_slice(), b"\n\n", lines.as_bytes()].concat();
        if let Ok(note) = SignedNote::parse(&bytes) {
            prop_assert_eq!(note.to_string().into_bytes(), bytes);
        }
    }

    #[test]
    fn lookup_answers_are_printed_back(id in "[0-9+-]{0,20}", text: String, note in any::<Vec<u8>>()) {
        let bytes = [id.as_bytes(), b"\n", text.as_bytes(), b"\n\n", &note].concat();
        if let Ok((record, note)) = Record::parse_answer(&bytes) {
            prop_assert_eq!(record.answer(note), bytes);
            let _ = record.lines(&text, &text);
        }
    }
}
