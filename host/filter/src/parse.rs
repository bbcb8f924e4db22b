//! Text to tree, by recursive descent: one function for each rule of the grammar.
//!
//! ```text
//! any   = all { "OR" all }
//! all   = not { [ "AND" ] not }
//! not   = { "NOT" | "-" } ( "(" any ")" | term )
//! term  = field ( ":" | ">" | ">=" | "<" | "<=" | "=" ) value | word | quoted
//! ```

use std::fmt::Display;

use event::{Effect, FieldPath, Origin, Severity};

use crate::cursor::Cursor;
use crate::lexis::{ends_bare, is_bare_field, is_bare_pattern, is_operator};
use crate::{Comparison, DEPTH_MAX, Expr, FilterError, LENGTH_MAX, Literal, Pattern, TERMS_MAX, Term};
use crate::{number, words};

pub(crate) fn parse(text: &str) -> Result<Expr, FilterError> {
    let mut parser = Parser { cursor: Cursor::new(text), depth: 0, terms: 0 };
    if text.len() > LENGTH_MAX {
        return Err(parser.cursor.too_long(text.floor_char_boundary(LENGTH_MAX), text.len()));
    }
    parser.cursor.skip_space();
    if parser.cursor.rest().is_empty() {
        return Ok(Expr::All(Vec::new()));
    }
    let expr = parser.any()?;
    if !parser.cursor.rest().is_empty() {
        return Err(parser.cursor.expected("a term, or the end: no parenthesis is open here"));
    }
    // What is displayed must be readable again, also where the canonical form is the longer one.
    let canonical = expr.to_string().len();
    if canonical > LENGTH_MAX { Err(parser.cursor.too_long(text.len(), canonical)) } else { Ok(expr) }
}

struct Parser<'t> {
    cursor: Cursor<'t>,
    /// Parentheses that are open here.
    depth: usize,
    /// Terms read so far.
    terms: usize,
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Expr, FilterError> {
        let mut branches = vec![self.all()?];
        while self.cursor.keyword("OR") {
            branches.push(self.all()?);
        }
        Ok(any_of(branches))
    }

    fn all(&mut self) -> Result<Expr, FilterError> {
        let mut parts = vec![self.not()?];
        loop {
            self.cursor.skip_space();
            let ends = self.cursor.rest().is_empty()
                || self.cursor.rest().starts_with(')')
                || self.cursor.at_keyword("OR");
            if !self.cursor.keyword("AND") && ends {
                break;
            }
            parts.push(self.not()?);
        }
        Ok(all_of(parts))
    }

    fn not(&mut self) -> Result<Expr, FilterError> {
        let mut negated = false;
        loop {
            self.cursor.skip_space();
            if self.cursor.keyword("NOT") {
                negated = !negated;
            } else if self.cursor.rest().starts_with('-') {
                self.cursor.advance(1);
                negated = !negated;
                if self.cursor.rest().starts_with(char::is_whitespace) {
                    return Err(self.cursor.expected("a term directly behind `-`"));
                }
            } else {
                break;
            }
        }
        Ok(match self.group_or_term()? {
            expr if !negated => expr,
            Expr::Not(inner) => *inner,
            expr => Expr::Not(Box::new(expr)),
        })
    }

    fn group_or_term(&mut self) -> Result<Expr, FilterError> {
        if !self.cursor.rest().starts_with('(') {
            return self.term().map(Expr::Term);
        }
        if self.depth == DEPTH_MAX {
            return Err(self.cursor.expected(&format!("at most {DEPTH_MAX} parentheses in one another")));
        }
        self.cursor.advance(1);
        self.depth += 1;
        let expr = self.any()?;
        if !self.cursor.rest().starts_with(')') {
            return Err(self.cursor.expected("`)`"));
        }
        self.cursor.advance(1);
        self.depth -= 1;
        Ok(expr)
    }

    fn term(&mut self) -> Result<Term, FilterError> {
        let start = self.cursor.at();
        let quoted = self.cursor.rest().starts_with('"');
        let name = if quoted {
            self.cursor.quoted()?
        } else {
            let name = self.cursor.take_until(|c| ends_bare(c) || is_operator(c)).to_owned();
            if ["OR", "AND", "NOT"].contains(&name.as_str()) && !self.cursor.rest().starts_with(is_operator) {
                return Err(self.cursor.expected_at(start, "a term; the word itself stands in quotes"));
            }
            name
        };
        let term = if self.cursor.rest().starts_with(is_operator) {
            self.field_term(start, &name, quoted)?
        } else {
            self.words_term(start, &name, quoted)?
        };
        let weight = if let Term::Words(words) = &term { words.len() } else { 1 };
        self.terms += weight;
        if self.terms > TERMS_MAX {
            return Err(self.cursor.expected_at(start, &format!("at most {TERMS_MAX} terms and words")));
        }
        if self.cursor.rest().starts_with(|c: char| c != ')' && !c.is_whitespace()) {
            return Err(self.cursor.expected("a space, `)` or the end; odd texts stand in quotes"));
        }
        Ok(term)
    }

    fn words_term(&self, start: usize, text: &str, quoted: bool) -> Result<Term, FilterError> {
        let found: Vec<String> = words(text).map(|w| w.into_owned()).collect();
        if !quoted && text.contains('*') {
            return Err(self.cursor.expected_at(start, "a word without `*`, which is for `field:value`"));
        }
        if found.is_empty() {
            let what = if quoted { "words in the quotes" } else { "a term, such as `field:value` or a word" };
            return Err(self.cursor.expected_at(start, what));
        }
        Ok(Term::Words(found))
    }

    fn field_term(&mut self, start: usize, name: &str, quoted: bool) -> Result<Term, FilterError> {
        let field = FieldPath::parse(name);
        if matches!(&field, FieldPath::Data(steps) if steps.iter().all(String::is_empty)) {
            return Err(self.cursor.expected_at(start, "the name of a field directly before its sign"));
        }
        if !quoted && !is_bare_field(name) {
            return Err(self.cursor.expected_at(start, "a field name; odd ones stand in quotes"));
        }
        match self.cursor.operator() {
            None => self.matching(field),
            Some(comparison) => self.comparing(field, comparison),
        }
    }

    /// What stands behind `field:`.
    fn matching(&mut self, field: FieldPath) -> Result<Term, FilterError> {
        let start = self.cursor.at();
        if self.cursor.rest().starts_with('"') {
            let text = self.cursor.quoted()?;
            return self.equal(field, text, start);
        }
        let text = self.cursor.take_until(ends_bare);
        if text.is_empty() {
            return Err(self.cursor.expected_at(start, "a value directly behind `:`, or `*` for presence"));
        }
        if !is_bare_pattern(text) {
            return Err(self.cursor.expected_at(start, "a value; comparisons have no `:`, as `percent>90`"));
        }
        if text.bytes().all(|b| b == b'*') {
            Ok(Term::Present(field))
        } else if !text.contains('*') {
            self.equal(field, text.to_owned(), start)
        } else if field == FieldPath::Time {
            Err(self.cursor.expected_at(start, TIME))
        } else {
            Ok(Term::Like(field, Pattern::new(text)))
        }
    }

    /// Fields with few possible values refuse others at once: `severity:warn` would
    /// silently match nothing for ever.
    fn equal(&self, field: FieldPath, text: String, start: usize) -> Result<Term, FilterError> {
        let refused = match field {
            FieldPath::Time => {
                let time = text.parse().map_err(|_| self.cursor.expected_at(start, TIME))?;
                return Ok(Term::Compare(field, Comparison::Equal, Literal::Time(time)));
            }
            FieldPath::Severity => others_than(&text, Severity::ALL),
            FieldPath::Effect => others_than(&text, Effect::ALL),
            FieldPath::Origin => others_than(&text, Origin::ALL),
            _ => None,
        };
        match refused {
            Some(known) => Err(self.cursor.expected_at(start, &known)),
            None => Ok(Term::Equals(field, text)),
        }
    }

    /// What stands behind `field>`.
    fn comparing(&mut self, field: FieldPath, comparison: Comparison) -> Result<Term, FilterError> {
        let start = self.cursor.at();
        let text = if self.cursor.rest().starts_with('"') {
            self.cursor.quoted()?
        } else {
            self.cursor.take_until(ends_bare).to_owned()
        };
        let wanted = match (&field, literal(&text)) {
            (FieldPath::Time, literal) => {
                literal.filter(|l| matches!(l, Literal::Time(_))).ok_or(TIME.to_owned())
            }
            (FieldPath::Severity, literal) => {
                literal.filter(|l| matches!(l, Literal::Severity(_))).ok_or_else(|| one_of(Severity::ALL))
            }
            (_, literal) => literal.ok_or(LITERAL.to_owned()),
        };
        match wanted {
            Ok(literal) => Ok(Term::Compare(field, comparison, literal)),
            Err(what) => Err(self.cursor.expected_at(start, &what)),
        }
    }
}

const TIME: &str = "an RFC 3339 time, such as 2026-11-20T10:00:00Z";
const LITERAL: &str = "a number, an RFC 3339 time or a severity; a text is asked for with `:`";

fn literal(text: &str) -> Option<Literal> {
    if let Some(n) = number(text) {
        return Some(Literal::Number(n));
    }
    match text.parse() {
        Ok(severity) => Some(Literal::Severity(severity)),
        Err(_) => text.parse().ok().map(Literal::Time),
    }
}

/// The list of what is known, unless `text` is in it.
fn others_than<T: Display>(text: &str, known: &[T]) -> Option<String> {
    let is_known = known.iter().any(|word| word.to_string() == text);
    (!is_known).then(|| one_of(known))
}

fn one_of<T: Display>(known: &[T]) -> String {
    let words: Vec<String> = known.iter().map(T::to_string).collect();
    format!("one of {}", words.join(", "))
}

fn all_of(parts: Vec<Expr>) -> Expr {
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Expr::All(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    if flat.len() == 1 { flat.remove(0) } else { Expr::All(flat) }
}

fn any_of(branches: Vec<Expr>) -> Expr {
    let mut flat = Vec::with_capacity(branches.len());
    for branch in branches {
        match branch {
            Expr::Any(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    if flat.len() == 1 { flat.remove(0) } else { Expr::Any(flat) }
}
