//! What a server's answer means for the message.

use serde::Deserialize;
use tellify_plugin::http::Response;
use tellify_plugin::{Error, Receipt};

/// A message that was taken.
#[derive(Deserialize)]
struct Taken {
    id: String,
}

/// `{"code":42901,"http":429,"error":"limit reached: …"}`
#[derive(Deserialize)]
struct Refused {
    error: String,
}

pub(crate) fn receipt(response: &Response) -> Result<Receipt, Error> {
    match response.status {
        // Whatever it says about it, it has the message.
        200..300 => Ok(response.json::<Taken>().map(|taken| Receipt::of(taken.id)).unwrap_or_default()),
        401 | 403 => Err(Error::BadConfig(format!(
            "the server lets nobody send to this topic with this token ({})",
            said(response)
        ))),
        300..=399 | 404 | 405 => {
            Err(Error::BadConfig(format!("there is no ntfy at this address ({})", said(response))))
        }
        408 | 425 | 429 | 500.. => Err(Error::Retry {
            after_ms: response.header("retry-after").and_then(seconds),
            reason: said(response),
        }),
        _ => Err(Error::failed(said(response))),
    }
}

/// `429, limit reached: …`
fn said(response: &Response) -> String {
    match response.json::<Refused>() {
        Ok(Refused { error }) => format!("it answers {}, {error}", response.status),
        Err(_) => format!("it answers {}", response.status),
    }
}

fn seconds(text: &str) -> Option<u32> {
    text.trim().parse::<u32>().ok()?.checked_mul(1000)
}
