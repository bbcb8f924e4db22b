//! MySQL and MariaDB: their protocol over a connection of `egress`, for one question.
//!
//! A library would bring its own sockets and pools, and tasks that outlive the question.
//! What is needed here is little: let ourselves in, make the session read-only, prepare
//! and run one statement. Neither several statements at once nor files of ours are among
//! what we tell the server that we can.

mod login;
mod packet;
mod value;

use serde_json::Value;

use self::packet::{Column, Out, Wire};
use super::answer::{self, Answer};
use super::stream::{Reader, Stream, nonsense};
use super::{Query, Server};
use crate::error::SourceError;
use crate::sources::{Limits, Reachable};

const PORT: u16 = 3306;

/// Commands, by their first byte.
const QUERY: u8 = 0x03;
const PREPARE: u8 = 0x16;
const EXECUTE: u8 = 0x17;
const QUIT: u8 = 0x01;

pub(super) async fn query(
    server: &Server,
    reachable: &Reachable<'_>,
    query: Query,
) -> Result<Answer, SourceError> {
    let limits = reachable.limits;
    let mut wire = Wire::new(Stream::connect(server, PORT, reachable).await?);
    let version = login::log_in(&mut wire, server, reachable).await?;
    for setting in settings(&version, limits) {
        command(&mut wire, &setting).await?;
    }
    let answer = ask(&mut wire, &query, limits).await;
    if answer.is_ok() {
        // It goes without goodbyes too, but writes that into its log.
        let _ = wire.command(Out::new().byte(QUIT)).await;
    }
    answer
}

/// What makes a session read-only and short. MySQL and MariaDB differ about the latter.
fn settings(version: &str, limits: Limits) -> Vec<String> {
    let longest = if version.contains("MariaDB") {
        format!("SET SESSION max_statement_time = {:.3}", limits.time.as_secs_f64().max(0.001))
    } else {
        format!("SET SESSION max_execution_time = {}", limits.time.as_millis().max(1))
    };
    vec![
        longest,
        // One more than there may be, to see that there are more.
        format!("SET SESSION sql_select_limit = {}", limits.rows.saturating_add(1)),
        "SET SESSION time_zone = '+00:00'".to_owned(),
        "SET SESSION TRANSACTION READ ONLY".to_owned(),
        "START TRANSACTION READ ONLY".to_owned(),
    ]
}

/// Runs a command that gives no rows.
async fn command(wire: &mut Wire, sql: &str) -> Result<(), SourceError> {
    wire.command(Out::new().byte(QUERY).raw(sql.as_bytes())).await?;
    match wire.next().await?.first() {
        Some(0) => Ok(()),
        _ => Err(nonsense()),
    }
}

/// Lets the server read the statement first: what gives no rows is not run.
async fn ask(wire: &mut Wire, query: &Query, limits: Limits) -> Result<Answer, SourceError> {
    let (statement, columns, wanted) = prepare(wire, &query.sql).await?;
    let described = columns.iter().map(described).collect();
    let mut answer = Answer::new(described, limits)?;
    let given = query.parameters.len();
    if wanted != given {
        let message = format!("the statement has {wanted} parameters, and {given} are given");
        return Err(SourceError::BadArguments(message));
    }
    wire.command(execute(statement, &query.parameters)).await?;
    let head = wire.next().await?;
    let count = Reader(&head).count()?;
    // The types that it gives now may be others than it had thought.
    let columns = columns_of(wire, count).await?;
    loop {
        let packet = wire.next().await?;
        if packet::is_end(&packet) {
            return Ok(answer);
        }
        answer.push(value::row(&packet, &columns)?)?;
    }
}

fn described(column: &Column) -> answer::Column {
    answer::Column { name: column.name.clone(), kind: column.kind().to_owned() }
}

/// The number of a statement, its columns, and how many parameters it has.
async fn prepare(wire: &mut Wire, sql: &str) -> Result<(u32, Vec<Column>, usize), SourceError> {
    wire.command(Out::new().byte(PREPARE).raw(sql.as_bytes())).await?;
    let packet = wire.next().await?;
    let mut reader = Reader(&packet);
    let [0] = reader.array()? else { return Err(nonsense()) };
    let statement = u32::from_le_bytes(reader.array()?);
    let columns = u16::from_le_bytes(reader.array()?);
    let parameters = u16::from_le_bytes(reader.array()?);
    if parameters > 0 {
        columns_of(wire, parameters.into()).await?;
    }
    let columns = if columns > 0 { columns_of(wire, columns.into()).await? } else { Vec::new() };
    Ok((statement, columns, parameters.into()))
}

/// So many descriptions, and the packet that ends them.
async fn columns_of(wire: &mut Wire, count: u64) -> Result<Vec<Column>, SourceError> {
    let mut columns = Vec::new();
    for _ in 0..count {
        columns.push(Column::read(&wire.next().await?)?);
    }
    if packet::is_end(&wire.next().await?) { Ok(columns) } else { Err(nonsense()) }
}

/// Runs a prepared statement, once, without a cursor.
fn execute(statement: u32, parameters: &[Value]) -> Out {
    let out = Out::new().byte(EXECUTE).raw(&statement.to_le_bytes()).byte(0).raw(&1_u32.to_le_bytes());
    if parameters.is_empty() {
        return out;
    }
    let mut nulls = vec![0; parameters.len().div_ceil(8)];
    for (index, _) in parameters.iter().enumerate().filter(|(_, parameter)| parameter.is_null()) {
        nulls[index / 8] |= 1 << (index % 8);
    }
    let (kinds, values): (Vec<[u8; 2]>, Vec<Vec<u8>>) = parameters.iter().map(value::parameter).unzip();
    out.raw(&nulls).byte(1).raw(&kinds.concat()).raw(&values.concat())
}
