//! What the papers of this repository show in blocks, to be used as it stands.

use std::path::Path;

/// The blocks of one language in a paper, in order; those in a list without its indent.
pub fn blocks(paper: &str, language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(paper));
    let text = text.unwrap_or_else(|e| panic!("{paper}: {e}"));
    let (mut blocks, mut open) = (Vec::new(), None);
    for line in text.lines() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (None, Some(begin)) => {
                let indent = line.len() - line.trim_start().len();
                open = Some((indent, begin == language, String::new()));
            }
            (Some(_), Some("")) => {
                let (_, wanted, block) = open.take().unwrap();
                blocks.extend(wanted.then_some(block));
            }
            (Some((indent, _, block)), _) => {
                block.push_str(line.get(*indent..).unwrap_or_default());
                block.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{paper}: a block has no end");
    blocks
}

/// The block of one language in a paper that holds `part`, which must be one.
#[track_caller]
pub fn block(paper: &str, language: &str, part: &str) -> String {
    let all = blocks(paper, language).into_iter();
    let found: Vec<String> = all.filter(|block| block.contains(part)).collect();
    let [block] = <[String; 1]>::try_from(found)
        .unwrap_or_else(|all| panic!("{} blocks with {part:?} in {paper}", all.len()));
    block
}

/// The same with our own values, each of which must stand there.
#[track_caller]
pub fn adapted(block: &str, values: &[(&str, &str)]) -> String {
    let mut adapted = block.to_owned();
    for (theirs, ours) in values {
        assert!(adapted.contains(theirs), "{theirs:?} in {block}");
        adapted = adapted.replace(theirs, ours);
    }
    adapted
}
