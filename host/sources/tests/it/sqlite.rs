//! SQLite files: read below the allowed folders, and nothing else.

use std::os::unix::fs::symlink;

use rusqlite::Connection;
use serde_json::{Value, json};
use sources::{Limits, SourceError};
use tempfile::TempDir;

use crate::world::World;

/// A folder with a database `shop.db` in it.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let shop = Connection::open(folder.path().join("shop.db")).unwrap();
    shop.execute_batch(
        "CREATE TABLE orders (id INTEGER, price REAL, name TEXT, raw BLOB, note VARCHAR(9));
         INSERT INTO orders VALUES (1, 1.5, 'ü', x'00ff', NULL), (9007199254740993, 1e999, CAST(x'ff' AS TEXT), x'', 'b');",
    )
    .unwrap();
    folder
}

fn world(folder: &TempDir, limits: Limits) -> World {
    World::new(limits, vec![folder.path().to_owned()])
}

fn shop(folder: &TempDir) -> Value {
    json!({"driver": "sqlite", "path": folder.path().join("shop.db")})
}

async fn query(world: &World, config: &Value, sql: &str, parameters: Value) -> Result<Value, SourceError> {
    world.ask("sql", config, "query", json!({"sql": sql, "parameters": parameters})).await
}

#[tokio::test]
async fn rows_come_as_json() {
    let folder = folder();
    let (world, shop) = (world(&folder, World::LIMITS), shop(&folder));
    let answer = query(&world, &shop, "SELECT * FROM orders ORDER BY id", json!([])).await;
    let column = |name: &str, kind: &str| json!({"name": name, "type": kind});
    let expected = json!({
        "columns": [
            column("id", "integer"), column("price", "real"), column("name", "text"), column("raw", "blob"),
            column("note", "varchar(9)")
        ],
        "rows": [
            [1, 1.5, "ü", "AP8=", null],
            [9_007_199_254_740_993_i64, "Infinity", "\u{fffd}", "", "b"]
        ]
    });
    assert_eq!(answer, Ok(expected));
    let sum = query(&world, &shop, "SELECT ?1 + 1, ?2, ?3, ?4", json!([41, null, "x'; DROP", true])).await;
    assert_eq!(sum.unwrap()["rows"], json!([[42, null, "x'; DROP", 1]]));
    let tables = query(&world, &shop, "PRAGMA table_info('orders')", json!([])).await.unwrap();
    assert_eq!(tables["rows"][0][1], json!("id"));
    assert!(world.probe("sql", &shop).await.unwrap().starts_with("a SQLite file, read by SQLite 3."));
}

#[tokio::test]
async fn nothing_is_written_opened_or_loaded() {
    let folder = folder();
    let (world, shop) = (world(&folder, World::LIMITS), shop(&folder));
    let elsewhere = folder.path().join("new.db").display().to_string();
    for sql in [
        "INSERT INTO orders (id) VALUES (3)",
        "INSERT INTO orders (id) VALUES (3) RETURNING id",
        "DELETE FROM orders RETURNING id",
        "CREATE TABLE t (id)",
        "CREATE TEMP TABLE t AS SELECT 1",
        "PRAGMA query_only = off",
        "PRAGMA user_version = 7",
        "PRAGMA journal_mode = wal",
        "BEGIN",
        "VACUUM",
        "SELECT load_extension('x')",
        &format!("ATTACH '{elsewhere}' AS e"),
        &format!("VACUUM INTO '{elsewhere}'"),
    ] {
        let refused = query(&world, &shop, sql, json!([])).await;
        assert!(
            matches!(refused, Err(SourceError::Denied(_) | SourceError::BadArguments(_))),
            "{sql}: {refused:?}"
        );
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let count = query(&world, &shop, "SELECT count(*) FROM orders", json!([])).await.unwrap();
    assert_eq!(count["rows"], json!([[2]]));
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let folder = folder();
    let (world, shop) = (world(&folder, World::LIMITS), shop(&folder));
    for (sql, parameters, words) in [
        ("SELECT 1; SELECT 2", json!([]), "one statement is taken at a time"),
        ("SELEC 1", json!([]), "syntax error"),
        ("SELECT * FROM nowhere", json!([]), "no such table: nowhere"),
        ("SELECT ?", json!([]), "has 1 parameters, and 0 are given"),
        ("SELECT 1", json!([1]), "has 0 parameters, and 1 are given"),
        ("", json!([]), "has to give rows"),
        ("-- nothing", json!([]), "has to give rows"),
    ] {
        let said = query(&world, &shop, sql, parameters).await.unwrap_err().to_string();
        assert!(said.contains(words), "{sql}: {said}");
    }
    std::fs::write(folder.path().join("text"), "no database, but long enough to be looked at".repeat(99))
        .unwrap();
    let text = json!({"driver": "sqlite", "path": folder.path().join("text")});
    let said = query(&world, &text, "SELECT * FROM sqlite_schema", json!([])).await.unwrap_err().to_string();
    assert!(said.ends_with("text is no SQLite database"), "{said}");
    let missing = json!({"driver": "sqlite", "path": folder.path().join("missing.db")});
    let said = query(&world, &missing, "SELECT 1", json!([])).await.unwrap_err().to_string();
    assert!(said.contains("missing.db: No such file"), "{said}");
}

#[tokio::test]
async fn only_what_really_lies_in_an_allowed_folder_is_opened() {
    let (inside, outside) = (folder(), folder());
    let world = world(&inside, World::LIMITS);
    let other = outside.path().join("shop.db");
    symlink(&other, inside.path().join("link.db")).unwrap();
    let climbing = inside.path().join("..").join(outside.path().file_name().unwrap()).join("shop.db");
    for path in
        [other, inside.path().join("link.db"), climbing, "/etc/passwd".into(), "/nowhere/at/all".into()]
    {
        let config = json!({"driver": "sqlite", "path": path});
        let refused = query(&world, &config, "SELECT 1", json!([])).await;
        assert!(
            matches!(&refused, Err(SourceError::Denied(said)) if said.contains("sqlite_folders")),
            "{path:?}: {refused:?}"
        );
    }
    let nowhere = World::new(World::LIMITS, Vec::new());
    assert!(matches!(
        query(&nowhere, &shop(&inside), "SELECT 1", json!([])).await,
        Err(SourceError::Denied(_))
    ));
}

#[tokio::test]
async fn no_query_takes_more_than_its_limits() {
    let folder = folder();
    let limits = Limits { rows: 100, bytes: 10_000, ..World::LIMITS };
    let (world, shop) = (world(&folder, limits), shop(&folder));
    let count = |to: u32| {
        format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {to}) SELECT i, ?1 FROM n"
        )
    };
    assert_eq!(query(&world, &shop, &count(100), json!([1])).await.unwrap()["rows"][99], json!([100, 1]));
    for (sql, parameter, words) in [
        (count(101), json!(["x"]), "more than 100 rows"),
        (count(10_000_000), json!(["x"]), "more than 100 rows"),
        (count(100), json!(["x".repeat(200)]), "more than 10000 bytes"),
        ("SELECT zeroblob(1000000), ?1".to_owned(), json!([1]), "more than 10000 bytes"),
    ] {
        let said = query(&world, &shop, &sql, parameter).await.unwrap_err().to_string();
        assert!(said.contains(words), "{sql}: {said}");
    }
    let short = World::new(
        Limits { time: std::time::Duration::from_millis(1), ..limits },
        vec![folder.path().to_owned()],
    );
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
    assert_eq!(query(&short, &shop, endless, json!([])).await, Err(SourceError::Timeout));
}
