//! A digest as a mail message. Pure: the same digest gives the same bytes, whenever
//! and however often it is asked for.

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use event::{AlertState, Digest, Form, Timestamp};
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, MultiPartKind, SinglePart};
use lettre::{Address, Message};

/// The message that carries `digest` to one mailbox. Of a digest in one line, only
/// the line is sent, for gateways that make a text message of it.
pub(crate) fn compose(
    digest: &Digest,
    to: &Address,
    form: Form,
    from: &Mailbox,
) -> Result<Message, lettre::error::Error> {
    let id = label(digest.id.as_str());
    let person = label(digest.person.as_str());
    let domain = from.email.domain();
    let thread = thread(&person, digest.sealed, domain);
    let subject = match form {
        Form::Full => short_line(&digest.forms.subject),
        Form::Line if all_over(digest) => "tellify: resolved".to_owned(),
        Form::Line => format!("tellify: {}", digest.severity),
    };
    let message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to.clone()))
        .raw_header(subject_header(subject))
        .date(UNIX_EPOCH + Duration::from_millis(u64::try_from(digest.sealed.0).unwrap_or(0)))
        .message_id(Some(format!("<{id}@{domain}>")))
        .references(thread.clone())
        .in_reply_to(thread)
        .raw_header(raw("List-ID", format!("\"Alerts for {}\" <{person}.alerts.{domain}>", digest.person)))
        .raw_header(raw("Auto-Submitted", "auto-generated".to_owned()))
        .raw_header(raw("X-Auto-Response-Suppress", "All".to_owned()));
    match form {
        Form::Line => message.singlepart(SinglePart::plain(one_line(&digest.forms.line))),
        Form::Full => message.multipart(
            MultiPart::builder()
                .kind(MultiPartKind::Alternative)
                // An equals sign never stands for itself in what is quoted-printable,
                // so no text can hold the boundary.
                .boundary(format!("=_{id}"))
                .singlepart(part(ContentType::TEXT_PLAIN, &digest.forms.text))
                .singlepart(part(ContentType::TEXT_HTML, &digest.forms.html)),
        ),
    }
}

/// It tells of ends alone: no reason to get up.
fn all_over(digest: &Digest) -> bool {
    !digest.items.is_empty() && digest.items.iter().all(|item| item.state == AlertState::Resolved)
}

/// One mail address, without a name and without tricks.
pub(crate) fn mailbox(text: &str) -> Option<Address> {
    let plain = !text.chars().any(|c| c.is_control() || c.is_whitespace() || "<>,;".contains(c));
    text.parse().ok().filter(|_| plain)
}

/// `alerts@example.org` or `Alerts <alerts@example.org>`.
pub(crate) fn sender(text: &str) -> Option<Mailbox> {
    let (name, address) = match text.trim().strip_suffix('>').and_then(|t| t.split_once('<')) {
        Some((name, address)) => (one_line(name), address),
        None => (String::new(), text.trim()),
    };
    let name = name.trim().trim_matches('"').to_owned();
    Some(Mailbox::new(Some(name).filter(|name| !name.is_empty()), mailbox(address)?))
}

/// The text with a space for each control character, line ends among them, and without what
/// would turn the direction of all that a mail program shows beside it.
pub(crate) fn one_line(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let turns = |c: &char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let line: String = text.chars().filter(|c| !turns(c)).map(|c| if breaks(c) { ' ' } else { c }).collect();
    line.trim().to_owned()
}

/// A subject that is read as it was written. Where it holds what a mail program would take for
/// encoded words and decode, all of it is encoded.
fn subject_header(text: String) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str("Subject");
    if !text.contains("=?") {
        return HeaderValue::new(name, text);
    }
    let encoded = encoded_words(&text);
    HeaderValue::dangerous_new_pre_encoded(name, text, encoded)
}

/// A text in encoded words of RFC 2047, each on a line of its own.
fn encoded_words(text: &str) -> String {
    // They are 52 characters in Base64, and 76 are allowed on a line.
    const BYTES_MAX: usize = 39;
    let (mut words, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let (word, behind) = rest.split_at(rest.floor_char_boundary(BYTES_MAX));
        words.push(format!("=?utf-8?b?{}?=", STANDARD.encode(word)));
        rest = behind;
    }
    words.join("\r\n ")
}

/// One line that cannot outgrow what a header's line may hold, even without a space to
/// fold it at.
fn short_line(text: &str) -> String {
    const CHARS_MAX: usize = 250;
    let line = one_line(text);
    match line.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}\u{2026}", &line[..end]),
        None => line,
    }
}

/// The mails of one person and day hang together under a message that never was: mail
/// programs group by it, and nothing has to be remembered.
fn thread(person: &str, sealed: Timestamp, domain: &str) -> String {
    let written = sealed.to_string();
    let day = written.split('T').next().unwrap_or(&written);
    format!("<{person}.{day}@alerts.{domain}>")
}

/// The text as a part of a name in a header: letters, digits, dots and hyphens.
fn label(text: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let spelled: String =
        text.chars().take(64).map(|c| if allowed(c) || c == '.' { c } else { '-' }).collect();
    // A dot begins and ends nothing, and never follows another.
    spelled.split('.').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}

fn raw(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// Always quoted-printable, which holds lines of any length and all of Unicode in
/// bytes that every server passes on.
fn part(kind: ContentType, text: &str) -> SinglePart {
    let body = Body::new_with_encoding(text.to_owned(), ContentTransferEncoding::QuotedPrintable)
        .expect("quoted-printable can hold any text");
    SinglePart::builder().header(kind).body(body)
}

#[cfg(test)]
mod tests;
