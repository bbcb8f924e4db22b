//! Packets: their length, their number in turn, what they hold.

use crate::error::SourceError;
use crate::sql::stream::{Reader, Stream, nonsense};

pub(super) struct Wire {
    pub(super) stream: Stream,
    /// The number of the next packet, from either side.
    turn: u8,
}

/// A packet of this length goes on in the next one.
const FULL: usize = 0xff_ffff;
/// The character set of what is no text.
const BINARY: u16 = 63;

const UNSIGNED: u16 = 0x20;
const ENUM: u16 = 0x100;
const SET: u16 = 0x800;

impl Wire {
    pub(super) fn new(stream: Stream) -> Wire {
        Wire { stream, turn: 0 }
    }

    /// The next packet, whole.
    ///
    /// # Errors
    /// When the connection breaks off, and with what the server says went wrong.
    pub(super) async fn next(&mut self) -> Result<Vec<u8>, SourceError> {
        let mut packet = Vec::new();
        loop {
            let [a, b, c, turn] = self.stream.array().await?;
            if turn != self.turn {
                return Err(nonsense());
            }
            self.turn = turn.wrapping_add(1);
            let length = u32::from_le_bytes([a, b, c, 0]) as usize;
            self.stream.append(length, &mut packet).await?;
            if length < FULL {
                break;
            }
        }
        match packet.split_first() {
            Some((0xff, said)) => Err(failed(said)),
            Some(_) => Ok(packet),
            None => Err(nonsense()),
        }
    }

    /// Begins a command: packets are numbered anew.
    pub(super) async fn command(&mut self, command: Out) -> Result<(), SourceError> {
        self.turn = 0;
        self.send(command).await
    }

    /// What fits one packet; statements and parameters are kept far below that.
    pub(super) async fn send(&mut self, Out(body): Out) -> Result<(), SourceError> {
        if body.len() >= FULL {
            return Err(SourceError::BadArguments("the parameters take more than 16 MiB".to_owned()));
        }
        let [a, b, c, ..] = (body.len() as u32).to_le_bytes();
        let head = [a, b, c, self.turn];
        self.turn = self.turn.wrapping_add(1);
        self.stream.write(&[&head, &body[..]].concat()).await
    }
}

/// A packet to the server, as it is being written.
#[derive(Clone)]
pub(super) struct Out(Vec<u8>);

impl Out {
    pub(super) fn new() -> Out {
        Out(Vec::new())
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
}

impl<'r> Reader<'r> {
    /// A number that takes as many bytes as it needs.
    pub(super) fn count(&mut self) -> Result<u64, SourceError> {
        let [first] = self.array()?;
        let wide = match first {
            0xfc => 2,
            0xfd => 3,
            0xfe => 8,
            0xfb | 0xff => return Err(nonsense()),
            small => return Ok(small.into()),
        };
        let mut bytes = [0; 8];
        bytes[..wide].copy_from_slice(self.take(wide)?);
        Ok(u64::from_le_bytes(bytes))
    }

    /// Bytes behind their number.
    pub(super) fn counted(&mut self) -> Result<&'r [u8], SourceError> {
        let count = usize::try_from(self.count()?).map_err(|_| nonsense())?;
        self.take(count)
    }
}

/// A column of an answer.
pub(super) struct Column {
    pub(super) name: String,
    charset: u16,
    pub(super) number: u8,
    flags: u16,
}

impl Column {
    pub(super) fn read(packet: &[u8]) -> Result<Column, SourceError> {
        let mut reader = Reader(packet);
        // Catalogue, schema, and the two names of its table.
        for _ in 0..4 {
            reader.counted()?;
        }
        let name = String::from_utf8_lossy(reader.counted()?).into_owned();
        // Its name in the table; the length of what follows.
        reader.counted()?;
        reader.count()?;
        let charset = u16::from_le_bytes(reader.array()?);
        let [_, _, _, _, number] = reader.array()?;
        Ok(Column { name, charset, number, flags: u16::from_le_bytes(reader.array()?) })
    }

    pub(super) fn is_unsigned(&self) -> bool {
        self.flags & UNSIGNED != 0
    }

    /// The database's own word for its type.
    pub(super) fn kind(&self) -> &'static str {
        match self.number {
            0 | 246 => "decimal",
            1 => "tinyint",
            2 => "smallint",
            3 => "int",
            4 => "float",
            5 => "double",
            6 => "null",
            7 => "timestamp",
            8 => "bigint",
            9 => "mediumint",
            10 => "date",
            11 => "time",
            12 => "datetime",
            13 => "year",
            16 => "bit",
            245 => "json",
            255 => "geometry",
            _ if self.flags & ENUM != 0 => "enum",
            _ if self.flags & SET != 0 => "set",
            _ if self.charset == BINARY => "binary",
            _ => "text",
        }
    }
}

/// Whether it ends a list.
pub(super) fn is_end(packet: &[u8]) -> bool {
    packet.first() == Some(&0xfe) && packet.len() < 9
}

/// What the server says went wrong, in words that say what is to be mended.
fn failed(said: &[u8]) -> SourceError {
    let mut reader = Reader(said);
    let Ok(code) = reader.array() else { return nonsense() };
    // Behind a sign stands the code of the SQL standard, once we are let in.
    let words =
        if reader.0.first() == Some(&b'#') { reader.0.get(6..).unwrap_or_default() } else { reader.0 };
    let message = String::from_utf8_lossy(words).into_owned();
    match u16::from_le_bytes(code) {
        // Its time was over, for MySQL and for MariaDB; a lock was not to be had; it was ended.
        3024 | 1969 | 1205 | 1317 => SourceError::Timeout,
        1792 | 1290 => SourceError::Denied(format!("a source is only read: {message}")),
        1040 | 1044 | 1045 | 1049 | 1129 | 1130 | 1251 | 1698 | 3118 | 3159 => {
            SourceError::Failed(format!("the server does not let us in: {message}"))
        }
        // The statement, and what it names: unknown columns, tables, functions; what cannot
        // be prepared; values that do not fit.
        1054 | 1064 | 1146 | 1305 | 1295 | 1210 | 1292 | 1366 | 1411 | 1690 | 1149 | 1109 | 1052 | 1142 => {
            SourceError::BadArguments(format!("the server does not take this: {message}"))
        }
        _ => SourceError::Failed(format!("the server says: {message}")),
    }
}
