//! The page of commands that are made up.

use argh::{PositionalInfo, SubCommandInfo};

use super::*;

#[test]
fn what_roff_would_take_for_something_else_is_written_as_it_wants_it() {
    for (text, want) in [
        ("plain", "plain"),
        (".TH", "\\&.TH"),
        ("'quoted'", "\\&\\(aqquoted\\(aq"),
        ("a\\nb", "a\\enb"),
        ("--name", "\\-\\-name"),
        ("`a` \"b\" ^~", "\\(gaa\\(ga \\(dqb\\(dq \\(ha\\(ti"),
        ("", ""),
    ] {
        assert_eq!(escaped(text), want, "{text}");
    }
}

#[test]
fn a_command_is_a_section_with_all_that_help_tells() {
    let info = CommandInfoWithArgs {
        name: "try",
        description: "Try it.",
        examples: &["Once:\n  {command_name} --to x"],
        flags: &[FlagInfo {
            kind: FlagInfoKind::Option { arg_name: "file" },
            optionality: Optionality::Optional,
            long: "--to",
            short: Some('t'),
            description: "where to",
            hidden: false,
        }],
        notes: &["Or {command_name}."],
        positionals: &[PositionalInfo {
            name: "thing",
            description: "what",
            optionality: Optionality::Repeating,
            hidden: false,
        }],
        error_codes: &[ErrorCodeInfo {
            code: 1,
            description: "no",
        }],
        ..Default::default()
    };
    let want = ".SS gobag try\n\
        \\fBgobag try\\fR [\\fIoptions\\fR] [\\fIthing\\fR ...]\n\
        .PP\nTry it.\n\
        .TP\n\\fIthing\\fR\nwhat\n\
        .TP\n\\fB\\-t\\fR, \\fB\\-\\-to\\fR \\fIfile\\fR\nwhere to\n\
        .PP\nOr gobag try.\n\
        .PP\nExamples:\n.PP\nOnce:\n.PP\n.EX\n  gobag try \\-\\-to x\n.EE\n\
        .PP\nExit status:\n.TP\n1\nno\n";
    assert_eq!(section(&info), want);
    let all = CommandInfoWithArgs {
        description: "A thing. It serves.",
        commands: vec![SubCommandInfo {
            name: "try",
            command: info,
        }],
        ..Default::default()
    };
    let page = page(&all);
    assert!(page.contains(".SH NAME\ngobag \\- A thing\n"), "{page}");
    assert!(page.contains(want), "{page}");
}
