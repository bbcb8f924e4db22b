//! SQLite files, opened for reading only, below the folders that the configuration allows.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::{Value as Bound, ValueRef};
use rusqlite::{Connection, Error, ErrorCode, OpenFlags, params_from_iter};
use serde_json::Value;
use tokio::task::spawn_blocking;

use super::answer::{Answer, Column, no_rows};
use super::{File, Query, value};
use crate::error::SourceError;
use crate::sources::{Limits, Reachable};

/// So many steps of SQLite's machine pass between two looks at whether somebody waits.
const STEPS: i32 = 1000;

/// What can be asked of the file itself, without changing anything.
const PRAGMAS: &[&str] = &[
    "table_info",
    "table_xinfo",
    "table_list",
    "index_list",
    "index_info",
    "index_xinfo",
    "foreign_key_list",
    "database_list",
    "user_version",
    "application_id",
    "page_count",
    "page_size",
    "freelist_count",
    "encoding",
];

pub(super) async fn query(
    file: &File,
    reachable: &Reachable<'_>,
    query: Query,
) -> Result<Answer, SourceError> {
    let (path, folders) = (file.path.clone(), reachable.sqlite_folders.to_vec());
    let limits = reachable.limits;
    let given_up = GivenUp(Arc::default());
    let stop = given_up.0.clone();
    let asked = spawn_blocking(move || ask(&allowed(&path, &folders)?, query, limits, stop));
    asked.await.unwrap_or_else(|error| Err(SourceError::Failed(error.to_string())))
}

/// Tells the thread that nobody waits any more, as soon as it is dropped.
struct GivenUp(Arc<AtomicBool>);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The file that is really meant, all links followed.
fn allowed(path: &Path, folders: &[PathBuf]) -> Result<PathBuf, SourceError> {
    let failed = |error: std::io::Error| SourceError::Failed(format!("{}: {error}", path.display()));
    let outside = || {
        SourceError::Denied(format!(
            "{} lies in none of the folders that SQLite files are read from: name its folder in `[sources] \
             sqlite_folders` of the server's configuration",
            path.display()
        ))
    };
    // Whether something is there is nobody's business outside of these.
    let inside = |path: &Path| folders.iter().any(|folder| path.starts_with(folder));
    let real_folders: Vec<PathBuf> = folders.iter().filter_map(|folder| folder.canonicalize().ok()).collect();
    let real = match path.canonicalize() {
        Ok(real) => real,
        Err(error) if inside(path) => return Err(failed(error)),
        Err(_) => return Err(outside()),
    };
    if real_folders.iter().any(|folder| real.starts_with(folder)) { Ok(real) } else { Err(outside()) }
}

fn ask(path: &Path, query: Query, limits: Limits, stop: Arc<AtomicBool>) -> Result<Answer, SourceError> {
    let failed = |error| failed(error, path, limits);
    let connection = open(path, limits, stop).map_err(failed)?;
    let mut statement = connection.prepare(&query.sql).map_err(failed)?;
    if !statement.readonly() {
        return Err(no_rows());
    }
    let columns = statement.columns().into_iter().map(|column| Column {
        name: column.name().to_owned(),
        kind: column.decl_type().unwrap_or_default().to_lowercase(),
    });
    let mut answer = Answer::new(columns.collect(), limits)?;
    let width = statement.column_count();
    let parameters = query.parameters.into_iter().map(bound);
    let mut rows = statement.query(params_from_iter(parameters)).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let cells: Result<Vec<Value>, Error> = (0..width).map(|index| row.get_ref(index).map(read)).collect();
        answer.push(cells.map_err(failed)?)?;
    }
    Ok(answer)
}

fn open(path: &Path, limits: Limits, stop: Arc<AtomicBool>) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_PRIVATE_CACHE;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.progress_handler(STEPS, Some(move || stop.load(Ordering::Relaxed)))?;
    connection.busy_timeout(limits.time)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    let most = i32::try_from(limits.bytes).unwrap_or(i32::MAX);
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, most)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.set_limit(Limit::SQLITE_LIMIT_WORKER_THREADS, 0)?;
    connection.authorizer(Some(authorised))?;
    Ok(connection)
}

/// Reading, and nothing else.
fn authorised(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => Authorization::Allow,
        AuthAction::Function { function_name } if !function_name.eq_ignore_ascii_case("load_extension") => {
            Authorization::Allow
        }
        AuthAction::Pragma { pragma_name, .. }
            if PRAGMAS.iter().any(|known| known.eq_ignore_ascii_case(pragma_name)) =>
        {
            Authorization::Allow
        }
        _ => Authorization::Deny,
    }
}

fn bound(value: Value) -> Bound {
    match value {
        Value::Null => Bound::Null,
        Value::Bool(yes) => Bound::Integer(yes.into()),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => Bound::Integer(number),
            (None, Some(number)) => Bound::Real(number),
            (None, None) => Bound::Text(number.to_string()),
        },
        Value::String(text) => Bound::Text(text),
        other => Bound::Text(other.to_string()),
    }
}

fn read(cell: ValueRef<'_>) -> Value {
    match cell {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => value::double(number),
        ValueRef::Text(text) => value::text(text),
        ValueRef::Blob(bytes) => value::bytes(bytes),
    }
}

/// In words that say what is to be mended.
fn failed(error: Error, path: &Path, limits: Limits) -> SourceError {
    let code = error.sqlite_error_code();
    match (code, &error) {
        (Some(ErrorCode::OperationInterrupted | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked), _) => {
            SourceError::Timeout
        }
        (Some(ErrorCode::AuthorizationForStatementDenied | ErrorCode::ReadOnly), _) => no_rows(),
        (Some(ErrorCode::TooBig), _) => limits.exceeded(),
        (Some(ErrorCode::NotADatabase), _) => {
            SourceError::Failed(format!("{} is no SQLite database", path.display()))
        }
        (Some(ErrorCode::CannotOpen), _) => SourceError::Failed(format!(
            "{} cannot be opened: its owner has to let the server read it, and its folder too when it is written \
             in WAL mode",
            path.display()
        )),
        (_, Error::MultipleStatement) => {
            SourceError::BadArguments("one statement is taken at a time".to_owned())
        }
        (_, Error::InvalidParameterCount(given, wanted)) => {
            SourceError::BadArguments(format!("the statement has {wanted} parameters, and {given} are given"))
        }
        (Some(ErrorCode::Unknown), _) | (_, Error::SqlInputError { .. }) => {
            SourceError::BadArguments(error.to_string())
        }
        _ => SourceError::Failed(format!("SQLite: {error}")),
    }
}
