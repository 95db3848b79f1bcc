//! What the text of a licence looks like.
//!
//! A form is written down in two ways. By its words, for people and tests:
//! `Permission [|hereby] granted by {9} to any person`, where `[a|b]` is either and `{9}` a name of up to nine
//! words. By its runs, as `known` has it: `2:00c0ffee00c0ffee *9`, each run with the number of
//! its words and their hash.

use std::collections::BTreeSet;
use std::fmt;

use crate::words;

/// A form of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form(Vec<Item>);

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    /// So many words, with this hash.
    Run(usize, u64),
    /// Up to so many words, none of them one of [`TERMS`].
    Name(usize),
    /// One of these.
    Either(Vec<Form>),
}

/// Words that stand in terms, and in no name: where one stands outside of what is known, more is said than a licence.
const TERMS: [&str; 44] = [
    "acknowledge",
    "agree",
    "agreement",
    "allowed",
    "cannot",
    "cant",
    "commercial",
    "condition",
    "conditions",
    "confidential",
    "consent",
    "disallowed",
    "except",
    "exception",
    "exceptions",
    "forbidden",
    "grant",
    "granted",
    "intended",
    "limitation",
    "may",
    "must",
    "never",
    "noncommercial",
    "nor",
    "not",
    "only",
    "permission",
    "permitted",
    "prohibited",
    "proprietary",
    "purpose",
    "purposes",
    "required",
    "restricted",
    "restriction",
    "restrictions",
    "shall",
    "should",
    "solely",
    "sublicense",
    "unless",
    "warranty",
    "without",
];

/// True for a word that stands in terms.
pub(crate) fn is_term(word: &str) -> bool {
    TERMS.contains(&word)
}

/// The words of a text, with what tells in one step the hash of any run of them.
pub(crate) struct Hashed {
    pub(crate) words: Vec<String>,
    before: Vec<u64>,
    powers: Vec<u64>,
}

/// The prime 2^61 - 1, by which hashes are taken.
const PRIME: u64 = (1 << 61) - 1;

/// A number that nobody meant anything by.
const BASE: u64 = 0x0b5a_d4ec_eda1_ce2a;

fn times(a: u64, b: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(PRIME)) as u64
}

/// FNV-1a, which has no more to do than to tell words apart.
fn hash_of(word: &str) -> u64 {
    let add = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    word.bytes().fold(0xcbf2_9ce4_8422_2325, add) % PRIME
}

impl Hashed {
    /// Of these words. The hash is no secret: it tells apart what nobody made to be taken for each other. Who would
    /// do that can put the text of another licence there as well.
    pub(crate) fn of(words: Vec<String>) -> Self {
        let (mut before, mut powers) = (vec![0], vec![1]);
        let (mut hash, mut power) = (0, 1);
        for word in &words {
            hash = (times(hash, BASE) + hash_of(word)) % PRIME;
            power = times(power, BASE);
            before.push(hash);
            powers.push(power);
        }
        Hashed {
            words,
            before,
            powers,
        }
    }

    /// The hash of `len` words from `at` on; none where there are not so many.
    fn run(&self, at: usize, len: usize) -> Option<u64> {
        let end = self.before.get(at.checked_add(len)?)?;
        Some((end + PRIME - times(self.before[at], self.powers[len])) % PRIME)
    }
}

impl Form {
    /// The form that is written down by its words.
    ///
    /// # Errors
    /// What cannot be read: a bracket that is not closed, a name of no length.
    pub fn of_words(text: &str) -> Result<Form, String> {
        let mut rest = text;
        let form = by_words(&mut rest)?;
        rest.is_empty()
            .then_some(form)
            .ok_or_else(|| format!("what is {rest:?}?"))
    }

    /// The form that is written down by its runs.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn of_runs(text: &str) -> Result<Form, String> {
        let mut tokens = text.split_ascii_whitespace().peekable();
        let form = by_runs(&mut tokens)?;
        match tokens.next() {
            None => Ok(form),
            Some(token) => Err(format!("what is {token:?}?")),
        }
    }

    /// Where it may end in `text` if it begins at one of the places `at`.
    pub(crate) fn ends(&self, text: &Hashed, at: BTreeSet<usize>) -> BTreeSet<usize> {
        let mut places = at;
        for item in &self.0 {
            if places.is_empty() {
                break;
            }
            places = match item {
                Item::Run(len, hash) => {
                    let matching = |at: &usize| text.run(*at, *len) == Some(*hash);
                    places
                        .into_iter()
                        .filter(matching)
                        .map(|at| at + len)
                        .collect()
                }
                Item::Name(most) => {
                    let mut ends = BTreeSet::new();
                    for at in places {
                        let words = text.words[at..].iter().take(*most);
                        let name = words.take_while(|word| !is_term(word)).count();
                        ends.extend(at..=at + name);
                    }
                    ends
                }
                Item::Either(forms) => {
                    let ends = forms
                        .iter()
                        .flat_map(|form| form.ends(text, places.clone()));
                    ends.collect()
                }
            };
        }
        places
    }
}

fn by_words(rest: &mut &str) -> Result<Form, String> {
    let mut items = Vec::new();
    loop {
        let end = rest.find(['[', '|', ']', '{']).unwrap_or(rest.len());
        let (text, mark) = rest.split_at(end);
        let hashed = Hashed::of(words::of(text));
        let len = hashed.words.len();
        if let Some(hash) = hashed.run(0, len).filter(|_| len > 0) {
            items.push(Item::Run(len, hash));
        }
        *rest = mark;
        if let Some(inside) = mark.strip_prefix('[') {
            *rest = inside;
            let mut forms = vec![by_words(rest)?];
            while let Some(next) = rest.strip_prefix('|') {
                *rest = next;
                forms.push(by_words(rest)?);
            }
            *rest = rest.strip_prefix(']').ok_or("a [ is not closed")?;
            items.push(Item::Either(forms));
        } else if let Some(inside) = mark.strip_prefix('{') {
            let (number, after) = inside.split_once('}').ok_or("a { is not closed")?;
            items.push(Item::Name(
                number
                    .parse()
                    .map_err(|_| format!("{number:?} is no number"))?,
            ));
            *rest = after;
        } else {
            return Ok(Form(items));
        }
    }
}

type Tokens<'t> = std::iter::Peekable<std::str::SplitAsciiWhitespace<'t>>;

fn by_runs(tokens: &mut Tokens<'_>) -> Result<Form, String> {
    let mut items = Vec::new();
    while let Some(token) = tokens.next_if(|token| !["|", "]"].contains(token)) {
        let wrong = || format!("what is {token:?}?");
        if token == "[" {
            let mut forms = vec![by_runs(tokens)?];
            while tokens.next_if_eq(&"|").is_some() {
                forms.push(by_runs(tokens)?);
            }
            tokens.next_if_eq(&"]").ok_or("a [ is not closed")?;
            items.push(Item::Either(forms));
        } else if let Some(most) = token.strip_prefix('*') {
            items.push(Item::Name(most.parse().map_err(|_| wrong())?));
        } else {
            let (len, hash) = token.split_once(':').ok_or_else(wrong)?;
            let hash = u64::from_str_radix(hash, 16).map_err(|_| wrong())?;
            items.push(Item::Run(len.parse().map_err(|_| wrong())?, hash));
        }
    }
    Ok(Form(items))
}

/// By its runs.
impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items = self.0.iter().map(|item| match item {
            Item::Run(len, hash) => format!("{len}:{hash:x}"),
            Item::Name(most) => format!("*{most}"),
            Item::Either(forms) => {
                let forms: Vec<String> = forms.iter().map(Form::to_string).collect();
                format!("[ {} ]", forms.join(" | "))
            }
        });
        f.write_str(&items.collect::<Vec<_>>().join(" "))
    }
}
