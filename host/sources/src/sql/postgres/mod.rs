//! PostgreSQL: version 3 of its protocol, over a connection of `egress`, for one question.
//!
//! A library would bring its own sockets, pools and types. What is needed here is little:
//! let ourselves in, make the session read-only, ask one statement, and read each value as
//! the text that the server writes for it, so that there is no type that is not understood.

mod login;
mod message;
mod value;

use serde_json::Value;

use self::message::{Message, Out, Wire};
use super::answer::{Answer, Column};
use super::stream::{Stream, nonsense, speaks_no_tls, wants_tls};
use super::{Query, Server};
use crate::error::SourceError;
use crate::sources::{Limits, Reachable};

const PORT: u16 = 5432;
const WHAT: &str = "PostgreSQL";

pub(super) async fn query(
    server: &Server,
    reachable: &Reachable<'_>,
    query: Query,
) -> Result<Answer, SourceError> {
    let mut wire = open(server, reachable).await?;
    login::log_in(&mut wire, server).await?;
    let ms = reachable.limits.time.as_millis().clamp(1, i32::MAX as u128);
    // A pooler in between may keep a session for others: what is set is set anew each time.
    let settings = format!(
        "SET default_transaction_read_only = on; SET statement_timeout = {ms}; SET lock_timeout = {ms}; \
         SET idle_in_transaction_session_timeout = {ms}; SET bytea_output = 'hex'; \
         SET IntervalStyle = 'iso_8601'; SET extra_float_digits = 1"
    );
    wire.command(&settings).await?;
    wire.command("BEGIN READ ONLY").await?;
    let answer = ask(&mut wire, &query, reachable.limits).await;
    if answer.is_ok() {
        // It goes without goodbyes too, but writes that into its log.
        let _ = wire.send(Out::new(b'X')).await;
    }
    answer
}

async fn open(server: &Server, reachable: &Reachable<'_>) -> Result<Wire, SourceError> {
    /// A message of eight bytes, with a number that stands for no version of the protocol.
    const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
    let mut stream = Stream::connect(server, PORT, reachable).await?;
    if wants_tls(server) {
        stream.write(&TLS_REQUEST).await?;
        match &stream.array().await? {
            b"S" => stream.secure(server, reachable).await?,
            b"N" => return Err(speaks_no_tls(WHAT)),
            _ => return Err(nonsense()),
        }
    }
    Ok(Wire(stream))
}

/// Lets the server read the statement first: what gives no rows is not run.
async fn ask(wire: &mut Wire, query: &Query, limits: Limits) -> Result<Answer, SourceError> {
    let (columns, wanted) = prepare(wire, &query.sql).await?;
    let described = columns
        .iter()
        .map(|column| Column { name: column.name.clone(), kind: value::name(column.kind).to_owned() });
    let mut answer = Answer::new(described.collect(), limits)?;
    let given = query.parameters.len();
    if wanted != given {
        let message = format!("the statement has {wanted} parameters, and {given} are given");
        return Err(SourceError::BadArguments(message));
    }
    run(wire, &query.parameters, limits).await?;
    loop {
        match wire.next().await? {
            Message { kind: b'D', body } => answer.push(message::row(&body, &columns)?)?,
            // Bound; and all rows, or as many as were asked for.
            Message { kind: b'2', .. } => {}
            Message { kind: b'C' | b's' | b'I', .. } => return Ok(answer),
            _ => return Err(nonsense()),
        }
    }
}

/// The columns of a statement, and how many parameters it has.
async fn prepare(wire: &mut Wire, sql: &str) -> Result<(Vec<message::Column>, usize), SourceError> {
    let parse = Out::new(b'P').text("").text(sql).i16(0);
    let describe = Out::new(b'D').byte(b'S').text("");
    wire.send_all([parse, describe, Out::new(b'H')]).await?;
    let mut wanted = 0;
    loop {
        match wire.next().await? {
            Message { kind: b'1', .. } => {}
            Message { kind: b't', body } => wanted = message::parameters(&body)?,
            Message { kind: b'T', body } => return Ok((message::columns(&body)?, wanted)),
            Message { kind: b'n', .. } => return Ok((Vec::new(), wanted)),
            _ => return Err(nonsense()),
        }
    }
}

async fn run(wire: &mut Wire, parameters: &[Value], limits: Limits) -> Result<(), SourceError> {
    // All of them as text, which the server reads as whatever type it wants there.
    let count = i16::try_from(parameters.len()).unwrap_or(i16::MAX);
    let mut bind = Out::new(b'B').text("").text("").i16(0).i16(count);
    for parameter in parameters {
        bind = match parameter {
            Value::Null => bind.i32(-1),
            Value::String(text) => bind.counted(text.as_bytes()),
            other => bind.counted(other.to_string().as_bytes()),
        };
    }
    // And so all answers.
    let bind = bind.i16(0);
    // One more than there may be, to see that there are more.
    let most = i32::try_from(limits.rows.saturating_add(1)).unwrap_or(i32::MAX);
    let execute = Out::new(b'E').text("").i32(most);
    wire.send_all([bind, execute, Out::new(b'S')]).await
}
