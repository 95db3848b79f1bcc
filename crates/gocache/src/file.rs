//! The files of a GOCACHE: an entry tells which output an action has, and an output lies in a file of
//! its own (`cmd/go/internal/cache`, the same since Go 1.10).

use crate::is_id;

/// The file that tells what came of `action`, below the cache's folder.
pub fn entry_name(action: &str) -> String {
    name(action, 'a')
}

/// The file with the bytes of `output`, below the cache's folder.
pub fn output_name(output: &str) -> String {
    name(output, 'd')
}

fn name(id: &str, kind: char) -> String {
    format!("{}/{id}-{kind}", id.get(..2).unwrap_or_default())
}

/// An entry: `action` has the output `output`, of `len` bytes. Its time is the first that there is,
/// on any machine; go looks at that of test results alone.
pub fn entry(action: &str, output: &str, len: u64) -> String {
    format!("v1 {action} {output} {len:20} {:20}\n", 0)
}

/// The output that the entry of `action` tells of, and its length in bytes; none where it is no such
/// entry.
pub fn read_entry<'a>(action: &str, entry: &'a str) -> Option<(&'a str, u64)> {
    let mut words = entry.strip_suffix('\n')?.split_whitespace();
    let [version, of, output, len, time] = std::array::from_fn(|_| words.next());
    let len = len?.parse().ok()?;
    let _: u64 = time?.parse().ok()?;
    let output = output.filter(|output| is_id(output))?;
    (version? == "v1" && of? == action && words.next().is_none()).then_some((output, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let (action, output) = ("a".repeat(64), "0".repeat(64));
        let text = entry(&action, &output, 1234);
        // As long as go wants it.
        assert_eq!(text.len(), 2 + 1 + 64 + 1 + 64 + 1 + 20 + 1 + 20 + 1);
        assert_eq!(read_entry(&action, &text), Some((output.as_str(), 1234)));
        assert_eq!(entry_name(&action), format!("aa/{action}-a"));
        assert_eq!(output_name(&output), format!("00/{output}-d"));
        let other = "b".repeat(64);
        for wrong in [
            text.replace("v1", "v2"),
            text.replace(&action, &other),
            text.replace(&output, "../../../etc/passwd"),
            text.replace("1234", "-234"),
            text.trim_end().to_string(),
            text.replace('\n', " 1\n"),
            String::new(),
        ] {
            assert_eq!(read_entry(&action, &wrong), None, "{wrong}");
        }
    }
}
