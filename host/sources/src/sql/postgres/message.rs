//! Messages: a letter, their length, what they hold.

use serde_json::Value;

use super::value;
use crate::error::SourceError;
use crate::sql::stream::{Reader, Stream, nonsense};

pub(super) struct Wire(pub(super) Stream);

/// One from the server.
pub(super) struct Message {
    pub(super) kind: u8,
    pub(super) body: Vec<u8>,
}

/// A column of the answer.
pub(super) struct Column {
    pub(super) name: String,
    /// The number of its type.
    pub(super) kind: u32,
}

impl Wire {
    /// The next message that is not about something else.
    ///
    /// # Errors
    /// When the connection breaks off, and with what the server says went wrong.
    pub(super) async fn next(&mut self) -> Result<Message, SourceError> {
        loop {
            let [kind, length @ ..] = self.0.array::<5>().await?;
            // It counts itself.
            let length = u32::from_be_bytes(length).checked_sub(4).ok_or_else(nonsense)?;
            let mut body = Vec::new();
            self.0.append(usize::try_from(length).map_err(|_| nonsense())?, &mut body).await?;
            match kind {
                b'E' => return Err(failed(&body)),
                // Notices, settings and news, which come at any time.
                b'N' | b'S' | b'A' => {}
                _ => return Ok(Message { kind, body }),
            }
        }
    }

    /// Runs commands that give no rows.
    pub(super) async fn command(&mut self, sql: &str) -> Result<(), SourceError> {
        self.send(Out::new(b'Q').text(sql)).await?;
        while self.next().await?.kind != b'Z' {}
        Ok(())
    }

    pub(super) async fn send(&mut self, message: Out) -> Result<(), SourceError> {
        self.0.write(&message.bytes()).await
    }

    /// The first message alone has no letter.
    pub(super) async fn greet(&mut self, greeting: Out) -> Result<(), SourceError> {
        self.0.write(&greeting.bytes()[1..]).await
    }

    pub(super) async fn send_all(&mut self, messages: [Out; 3]) -> Result<(), SourceError> {
        self.0.write(&messages.map(Out::bytes).concat()).await
    }
}

/// One to the server, as it is being written.
pub(super) struct Out(Vec<u8>);

impl Out {
    pub(super) fn new(kind: u8) -> Out {
        Out(vec![kind, 0, 0, 0, 0])
    }

    pub(super) fn byte(mut self, byte: u8) -> Out {
        self.0.push(byte);
        self
    }

    pub(super) fn raw(mut self, bytes: &[u8]) -> Out {
        self.0.extend_from_slice(bytes);
        self
    }

    /// No text holds a zero, which ends it: whatever follows one is cut off.
    pub(super) fn text(self, text: &str) -> Out {
        let text = text.split('\0').next().unwrap_or_default();
        self.raw(text.as_bytes()).byte(0)
    }

    pub(super) fn i16(self, number: i16) -> Out {
        self.raw(&number.to_be_bytes())
    }

    pub(super) fn i32(self, number: i32) -> Out {
        self.raw(&number.to_be_bytes())
    }

    pub(super) fn counted(self, bytes: &[u8]) -> Out {
        self.i32(i32::try_from(bytes.len()).unwrap_or(i32::MAX)).raw(bytes)
    }

    fn bytes(mut self) -> Vec<u8> {
        let length = u32::try_from(self.0.len() - 1).unwrap_or(u32::MAX);
        self.0[1..5].copy_from_slice(&length.to_be_bytes());
        self.0
    }
}

/// How many parameters a statement has.
pub(super) fn parameters(body: &[u8]) -> Result<usize, SourceError> {
    Ok(u16::from_be_bytes(Reader(body).array()?).into())
}

pub(super) fn columns(body: &[u8]) -> Result<Vec<Column>, SourceError> {
    let mut reader = Reader(body);
    let count = u16::from_be_bytes(reader.array()?);
    let column = |_| {
        let name = String::from_utf8_lossy(reader.text()?).into_owned();
        // Its table, its place there; its type; the type's size and modifier, its form.
        reader.take(6)?;
        let kind = u32::from_be_bytes(reader.array()?);
        reader.take(8)?;
        Ok(Column { name, kind })
    };
    (0..count).map(column).collect()
}

pub(super) fn row(body: &[u8], columns: &[Column]) -> Result<Vec<Value>, SourceError> {
    let mut reader = Reader(body);
    if usize::from(u16::from_be_bytes(reader.array()?)) != columns.len() {
        return Err(nonsense());
    }
    let cell = |column: &Column| match usize::try_from(i32::from_be_bytes(reader.array()?)) {
        Ok(bytes) => Ok(value::read(column.kind, reader.take(bytes)?)),
        Err(_) => Ok(Value::Null),
    };
    columns.iter().map(cell).collect()
}

/// What the server says went wrong, in words that say what is to be mended.
fn failed(body: &[u8]) -> SourceError {
    let (mut code, mut message, mut hint, mut place) = (String::new(), String::new(), None, None);
    let mut reader = Reader(body);
    // A zero ends the list.
    while let Ok([field]) = reader.array()
        && field != 0
        && let Ok(text) = reader.text()
    {
        let text = String::from_utf8_lossy(text).into_owned();
        match field {
            b'C' => code = text,
            b'M' => message = text,
            b'H' => hint = Some(text),
            b'P' => place = Some(text),
            _ => {}
        }
    }
    let place = place.map(|at| format!(" (at character {at})")).unwrap_or_default();
    let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
    let said = format!("{message}{place}{hint}");
    match (code.as_str(), code.get(..2).unwrap_or_default()) {
        // Its time was over; a lock was not to be had in time.
        ("57014" | "55P03", _) => SourceError::Timeout,
        ("25006", _) => SourceError::Denied(format!("a source is only read: {said}")),
        // Not let in; no such database.
        (_, "28" | "3D") => SourceError::Failed(format!("PostgreSQL does not let us in: {said}")),
        // The statement; what it was given; what is not to be had.
        (_, "42" | "22" | "0A") => {
            SourceError::BadArguments(format!("PostgreSQL does not take this: {said}"))
        }
        _ => SourceError::Failed(format!("PostgreSQL: {said}")),
    }
}
