//! A fault: one reason why an input cannot become part of a bag.

use std::fmt;

use gomod::modzip::ZipFault;

/// One thing that is wrong with an input, told in a single line: which file, which rule it
/// breaks, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file or folder, relative to the folder that was read, with `/` between elements.
    file: String,
    /// The rule that it breaks, as a statement of what is wrong.
    rule: String,
    /// What to do about it, as an order.
    remedy: String,
}

impl Fault {
    /// Puts a fault together from anything that can be printed.
    pub(crate) fn new(
        file: impl fmt::Display,
        rule: impl fmt::Display,
        remedy: impl fmt::Display,
    ) -> Self {
        let line = |text: String| text.replace(['\n', '\r'], " ");
        Fault {
            file: line(file.to_string()),
            rule: line(rule.to_string()),
            remedy: line(remedy.to_string()),
        }
    }

    /// The fault of a file that cannot be read.
    pub(crate) fn unreadable(file: impl fmt::Display, error: impl fmt::Display) -> Self {
        let rule = format!("cannot be read: {error}");
        Fault::new(file, rule, "make it readable, or remove it")
    }

    /// A fault of a module zip or a source folder; `file` is what that is called.
    pub(crate) fn of_zip(file: &str, fault: &ZipFault) -> Self {
        let file = match &fault.entry {
            Some(entry) => format!("{file}: {entry:?}"),
            None => file.to_string(),
        };
        Fault::new(file, &fault.rule, fault.rule.remedy())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.file, self.rule, self.remedy)
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::Fault;

    #[test]
    fn is_one_line_with_file_rule_and_remedy() {
        let fault = Fault::new("a/@v/v1.zip", "is\nbroken", "fetch it again");
        assert_eq!(fault.to_string(), "a/@v/v1.zip: is broken; fetch it again");
    }
}
