//! From a request's bytes to its text, and which form that text has.

use std::borrow::Cow;
use std::io::Read;

use event::EventLimits;

use crate::rejection::shown;
use crate::{Rejection, Request};

/// A media type, as far as it matters here.
pub(crate) struct MediaType {
    /// In lower case, without parameters; empty when the request names none.
    pub(crate) essence: String,
    charset: Option<String>,
}

/// How a native body is to be read.
pub(crate) enum Form {
    Json,
    /// JSON by its type, one event on each line: the answer is an array even for one.
    JsonLines,
    Fields,
    Text,
}

/// The body, decompressed.
pub(crate) fn decoded<'a>(request: &Request<'a>, limits: &EventLimits) -> Result<Cow<'a, [u8]>, Rejection> {
    let limit = limits.batch_bytes;
    let bytes = match request.content_encoding.unwrap_or("").trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Cow::Borrowed(request.body),
        "gzip" | "x-gzip" => Cow::Owned(gunzip(request.body, limit)?),
        other => {
            let other = shown(other);
            return Err(Rejection::unsupported(format!(
                "Content-Encoding `{other}` is not read here: use gzip"
            )));
        }
    };
    if bytes.len() > limit {
        return Err(Rejection::too_large(format!(
            "the body takes more than the {limit} bytes that are allowed"
        )));
    }
    Ok(bytes)
}

/// The bytes as text, without the byte order mark that some senders put in front.
pub(crate) fn utf8<'a>(bytes: &'a [u8], media: &MediaType) -> Result<&'a str, Rejection> {
    if let Some(charset) = &media.charset
        && !["utf-8", "utf8", "us-ascii"].contains(&charset.as_str())
    {
        return Err(Rejection::unsupported(format!(
            "charset `{}` is not read here: use UTF-8",
            shown(charset)
        )));
    }
    let text = std::str::from_utf8(bytes).map_err(|e| {
        Rejection::malformed(format!("the body is not UTF-8: the byte at {} is wrong", e.valid_up_to()))
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

impl MediaType {
    pub(crate) fn parse(header: Option<&str>) -> MediaType {
        let mut parts = header.unwrap_or("").split(';').map(str::trim);
        let essence = parts.next().unwrap_or("").to_ascii_lowercase();
        let charset = parts.find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case("charset")
                .then(|| value.trim().trim_matches('"').to_ascii_lowercase())
        });
        MediaType { essence, charset }
    }

    pub(crate) fn is_cloudevents(&self) -> bool {
        self.essence.starts_with("application/cloudevents")
    }

    pub(crate) fn is_json(&self) -> bool {
        self.essence == "application/json" || self.essence == "text/json" || self.essence.ends_with("+json")
    }

    pub(crate) fn is_text(&self) -> bool {
        self.essence == "text/plain" || self.essence == "text/markdown"
    }

    fn is_json_lines(&self) -> bool {
        const NAMES: [&str; 4] =
            ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"];
        NAMES.contains(&self.essence.as_str())
    }
}

impl Form {
    pub(crate) fn of(media: &MediaType, body: &str) -> Result<Form, Rejection> {
        if media.essence == "text/plain" {
            return Ok(Form::Text);
        }
        if media.is_json_lines() {
            return Ok(Form::JsonLines);
        }
        if body.trim_start().starts_with(['{', '[']) || media.is_json() {
            return Ok(Form::Json);
        }
        match media.essence.as_str() {
            "application/x-www-form-urlencoded" if body.contains('=') => Ok(Form::Fields),
            "" | "text/markdown" | "application/x-www-form-urlencoded" => Ok(Form::Text),
            other => Err(Rejection::unsupported(format!(
                "a body of type `{}` is not read here: send JSON, NDJSON, a form or plain text",
                shown(other)
            ))),
        }
    }
}

/// Inflates at most one byte more than `limit`, however much there is to inflate.
fn gunzip(body: &[u8], limit: usize) -> Result<Vec<u8>, Rejection> {
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(body)
        .take(limit as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| Rejection::malformed(format!("the body is not valid gzip: {e}")))?;
    Ok(bytes)
}
