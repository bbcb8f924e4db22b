//! Sources from the outside: added by command, and asked things good and bad, of real
//! servers.

use event::Timestamp;
use serde_json::{Value, json};

use crate::servers::{self, Server};
use crate::world::World;

fn now() -> Timestamp {
    "2026-11-21T20:00:00Z".parse().unwrap()
}

/// Long enough for a machine that is busy with all the other tests.
const PATIENT: &[(&str, &str)] = &[("TELLIFY_SOURCES_TIMEOUT_MS", "120000")];

/// Adds a source, with its password from a file, and answers what was shown.
async fn add(world: &World, name: &str, kind: &str, config: &Value, password: Option<&str>) -> String {
    let (file, secret) = (world.data().join("config.json"), world.data().join("password.txt"));
    std::fs::write(&file, config.to_string()).unwrap();
    let mut line = format!("tellify source add {name} --kind {kind} --config @{} -o json", file.display());
    if let Some(password) = password {
        std::fs::write(&secret, format!("{password}\n")).unwrap();
        line += &format!(" --secret password=@{}", secret.display());
    }
    let shown = world.ok(&line).await;
    let _ = std::fs::remove_file(secret);
    shown
}

/// Asks a source: its answer, or what was said instead.
async fn ask(world: &World, name: &str, method: &str, arguments: Value) -> Result<Value, String> {
    let file = world.data().join("arguments.json");
    std::fs::write(&file, arguments.to_string()).unwrap();
    let line = format!("tellify source call {name} {method} @{} -o json", file.display());
    let output = world.run(&line).await;
    match output.status.success() {
        true => Ok(serde_json::from_slice(&output.stdout).unwrap()),
        false => Err(String::from_utf8(output.stderr).unwrap()),
    }
}

async fn query(world: &World, name: &str, sql: &str, parameters: Value) -> Result<Value, String> {
    ask(world, name, "query", json!({"sql": sql, "parameters": parameters})).await
}

/// The one row of a statement.
async fn row(world: &World, name: &str, sql: &str, parameters: Value) -> Value {
    let answer = query(world, name, sql, parameters).await;
    answer.unwrap_or_else(|said| panic!("{sql}: {said}"))["rows"][0].clone()
}

/// Each of these statements is refused, with these words.
async fn refused(world: &World, name: &str, table: &[(&str, Value, &str)]) {
    for (sql, parameters, words) in table {
        let said = query(world, name, sql, parameters.clone()).await.expect_err(sql);
        assert!(said.contains(words), "{sql}: {said}");
    }
}

/// What a test of a source says, which goes well or not.
async fn tested(world: &World, name: &str) -> (bool, String) {
    let output = world.run(&format!("tellify source test {name} -o json")).await;
    let tested: Value = serde_json::from_slice(&output.stdout).unwrap();
    let works = tested["works"].as_bool().unwrap();
    assert_eq!(output.status.success(), works, "{tested}");
    (works, tested["detail"].as_str().unwrap().to_owned())
}

/// Adds a source of each of these changes of a configuration, and finds out what is wrong.
async fn wrong(world: &World, good: &Value, table: &[(&str, Value, &str, &str)]) {
    for (name, change, password, words) in table {
        let mut config = good.clone();
        config.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        add(world, name, "sql", &config, Some(password)).await;
        let (works, detail) = tested(world, name).await;
        assert!(!works && detail.contains(words), "{name}: {detail}");
    }
}

fn database(driver: &str, server: &Server) -> Value {
    json!({
        "driver": driver, "host": "localhost", "port": server.port, "database": "shop", "username": "reader",
        "ca": server.ca,
    })
}

const SECRET: &str = "let me read";

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_is_read_and_nothing_else() {
    let seed = "CREATE ROLE reader LOGIN SUPERUSER PASSWORD 'let me read'";
    let server = servers::postgresql(seed);
    server.psql("SET password_encryption = 'md5'; CREATE ROLE old LOGIN PASSWORD 'let me read'");
    server.psql("CREATE DATABASE shop");
    let world = World::start_with(now(), PATIENT).await;
    let good = database("postgresql", &server);
    let shown = add(&world, "db", "sql", &good, Some(SECRET)).await;
    assert!(!shown.contains(SECRET) && shown.contains("\"password\""), "{shown}");
    let (works, detail) = tested(&world, "db").await;
    assert!(works && detail.starts_with("PostgreSQL 1"), "{detail}");

    let types = "SELECT NULL::int, true, -1::int2, 9007199254740993, 1.50, 12345678901234567890.5, 'NaN'::float8, \
                 0.1::real, 'ü€', '\\x00ff'::bytea, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, \
                 '2026-11-21 21:00:00.5+01'::timestamptz, '2026-11-21'::date, '1 day 2 hours'::interval, \
                 ARRAY[1,NULL,3], ARRAY['a,b','\"x\"'], '{\"a\":[1]}'::jsonb, '10.0.0.1'::inet, int4range(1,5)";
    assert_eq!(
        row(&world, "db", types, json!([])).await,
        json!([
            null, true, -1, 9_007_199_254_740_993_i64, 1.5, "12345678901234567890.5", "NaN", 0.1, "ü€", "AP8=",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "2026-11-21T20:00:00.5Z", "2026-11-21", "P1DT2H", [1, null, 3],
            ["a,b", "\"x\""], {"a": [1]}, "10.0.0.1", "[1,5)"
        ])
    );
    let sum = "SELECT $1::int + 1 AS sum, $2::text, $3::jsonb->>'k', $4::timestamptz < now()";
    let parameters = json!([41, null, {"k": "v'; DROP"}, "2020-01-01T00:00:00Z"]);
    let answer = query(&world, "db", sum, parameters).await.unwrap();
    assert_eq!(answer["rows"], json!([[42, null, "v'; DROP", true]]));
    assert_eq!(answer["columns"][0], json!({"name": "sum", "type": "int4"}));
    assert_eq!(query(&world, "db", "SELECT 1 WHERE false", json!([])).await.unwrap()["rows"], json!([]));

    server.psql("CREATE TABLE public.orders (id int)");
    let only_read = "a source is only read";
    refused(
        &world,
        "db",
        &[
            ("CREATE TABLE t (id int)", json!([]), only_read),
            ("COPY (SELECT 1) TO PROGRAM 'true'", json!([]), only_read),
            ("SET default_transaction_read_only = off", json!([]), only_read),
            (
                "SELECT set_config('transaction_read_only', 'off', false)",
                json!([]),
                "must be set before any query",
            ),
            ("SELECT 1; SELECT 2", json!([]), "multiple commands"),
            ("SELEC 1", json!([]), "at character 1"),
            ("SELECT * FROM nowhere", json!([]), "\"nowhere\" does not exist"),
            ("SELECT $1::int", json!([]), "has 1 parameters, and 0 are given"),
            ("SELECT $1::int", json!(["x"]), "invalid input syntax"),
            ("SELECT generate_series(1, 10000000)", json!([]), "more than 10000 rows"),
            ("SELECT repeat('x', 5000000)", json!([]), "more than 1048576 bytes"),
            ("SELECT repeat('x', 1000) FROM generate_series(1, 9999)", json!([]), "more than 1048576 bytes"),
        ],
    )
    .await;
    assert_eq!(
        row(&world, "db", "SELECT count(*) FROM pg_tables WHERE tablename = 't'", json!([])).await,
        json!([0])
    );

    // The server lets a reader make a large object; what is never committed was never there.
    row(&world, "db", "SELECT lo_from_bytea(0, 'x')", json!([])).await;
    assert_eq!(server.psql("SELECT count(*) FROM pg_largeobject_metadata"), "0");

    wrong(
        &world,
        &good,
        &[
            ("password", json!({}), "guess", "does not let us in: password authentication failed"),
            ("database", json!({"database": "elsewhere"}), SECRET, "database \"elsewhere\" does not exist"),
            (
                "authority",
                json!({"ca": testkit::TestTls::new().ca_pem}),
                SECRET,
                "an authority that is not trusted",
            ),
            ("name", json!({"host": "127.0.0.2"}), SECRET, "its address is loopback"),
            ("nobody", json!({"port": 1}), SECRET, "Connection refused"),
            ("nowhere", json!({"host": "db.invalid"}), SECRET, "cannot reach db.invalid"),
            ("metadata", json!({"host": "169.254.169.254"}), SECRET, "where clouds keep their metadata"),
            ("private", json!({"host": "::1"}), SECRET, "its address is loopback"),
        ],
    )
    .await;
    let mut open = good.clone();
    open.as_object_mut().unwrap().remove("ca");
    open["tls"] = "off".into();
    open["username"] = "old".into();
    add(&world, "open", "sql", &open, Some(SECRET)).await;
    assert!(tested(&world, "open").await.0);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_without_end_ends_on_the_server_too() {
    let server = servers::postgresql("CREATE ROLE reader LOGIN PASSWORD 'let me read'");
    let world = World::start_with(now(), &[("TELLIFY_SOURCES_TIMEOUT_MS", "2000")]).await;
    let mut config = database("postgresql", &server);
    config["database"] = "postgres".into();
    add(&world, "db", "sql", &config, Some(SECRET)).await;
    let said = query(&world, "db", "SELECT pg_sleep(100000)", json!([])).await.unwrap_err();
    assert!(said.contains("did not answer in time"), "{said}");
    // The server has its own clock, which may be a little behind.
    let asleep = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader' AND state = 'active'";
    while server.psql(asleep) != "0" {}
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_is_read_and_nothing_else() {
    let server = servers::mariadb(
        "SET NAMES utf8mb4;\n\
         CREATE DATABASE shop CHARACTER SET utf8mb4;\n\
         CREATE USER reader@'%' IDENTIFIED BY 'let me read';\n\
         GRANT ALL ON *.* TO reader@'%';\n\
         CREATE USER open@'%';\n\
         GRANT SELECT ON shop.* TO open@'%';\n\
         CREATE TABLE shop.things (id INT UNSIGNED, price DECIMAL(10,2), seen TIMESTAMP NULL, kind ENUM('a','b'), \
             raw VARBINARY(4), flags BIT(12), tiny TINYINT, wide BIGINT UNSIGNED, at DATETIME(3), day DATE, \
             span TIME, year YEAR, real_ FLOAT, double_ DOUBLE, words TEXT, whole JSON, big DECIMAL(30,5));\n\
         SET time_zone = '+01:00';\n\
         INSERT INTO shop.things VALUES (1, 1.50, '2026-11-21 21:00:00', 'b', X'00ff', 257, -1, \
             18446744073709551615, '2026-11-21 20:00:00.500', '2026-11-21', '-26:03:04', 2026, 0.1, 0.1, 'ü€', \
             '{\"a\":[1]}', 1234567890123456789012345.5);\n",
    );
    let world = World::start_with(now(), PATIENT).await;
    let good = database("mariadb", &server);
    add(&world, "db", "sql", &good, Some(SECRET)).await;
    let (works, detail) = tested(&world, "db").await;
    assert!(works && detail.contains("MariaDB"), "{detail}");

    assert_eq!(
        row(&world, "db", "SELECT *, NULL FROM things", json!([])).await,
        json!([
            1,
            1.5,
            "2026-11-21T20:00:00Z",
            "b",
            "AP8=",
            257,
            -1,
            18_446_744_073_709_551_615_u64,
            "2026-11-21T20:00:00.5",
            "2026-11-21",
            "-26:03:04",
            2026,
            0.1,
            0.1,
            "ü€",
            "{\"a\":[1]}",
            "1234567890123456789012345.50000",
            null
        ])
    );
    let sum = "SELECT ? + 1, ?, ?, ? / 2, ?";
    let parameters = json!([41, null, "v'; DROP", 0.5, "x".repeat(300)]);
    assert_eq!(
        row(&world, "db", sum, parameters).await,
        json!([42, null, "v'; DROP", 0.25, "x".repeat(300)])
    );
    assert_eq!(query(&world, "db", "SELECT 1 WHERE 1 = 0", json!([])).await.unwrap()["rows"], json!([]));
    assert!(query(&world, "db", "SHOW TABLES", json!([])).await.is_ok());

    let only_read = "a source is only read";
    refused(
        &world,
        "db",
        &[
            ("INSERT INTO things (id) VALUES (2)", json!([]), only_read),
            ("INSERT INTO things (id) VALUES (2) RETURNING id", json!([]), only_read),
            ("CREATE TABLE t (id int)", json!([]), only_read),
            ("SELECT 1 INTO OUTFILE 'outfile'", json!([]), only_read),
            ("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE things", json!([]), only_read),
            ("SET SESSION TRANSACTION READ WRITE", json!([]), only_read),
            ("OPTIMIZE TABLE things", json!([]), only_read),
            ("SELECT 1; SELECT 2", json!([]), "does not take this"),
            ("SELEC 1", json!([]), "does not take this"),
            ("SELECT * FROM nowhere", json!([]), "doesn't exist"),
            ("SELECT ?", json!([]), "has 1 parameters, and 0 are given"),
            ("SELECT seq FROM seq_1_to_10000000", json!([]), "more than 10000 rows"),
            ("SELECT repeat('x', 5000000)", json!([]), "more than 1048576 bytes"),
        ],
    )
    .await;
    assert_eq!(row(&world, "db", "SELECT count(*) FROM things", json!([])).await, json!([1]));

    wrong(
        &world,
        &good,
        &[
            ("password", json!({}), "guess", "does not let us in: Access denied"),
            ("database", json!({"database": "elsewhere"}), SECRET, "Unknown database 'elsewhere'"),
            (
                "authority",
                json!({"ca": testkit::TestTls::new().ca_pem}),
                SECRET,
                "an authority that is not trusted",
            ),
            ("nobody", json!({"port": 1}), SECRET, "Connection refused"),
        ],
    )
    .await;
    let open = json!({"driver": "mysql", "host": "127.0.0.1", "port": server.port, "database": "shop", "username": "open", "tls": "off"});
    add(&world, "open", "sql", &open, None).await;
    assert_eq!(row(&world, "open", "SELECT count(*) FROM things", json!([])).await, json!([1]));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_answers_in_numbers() {
    let server = servers::prometheus();
    let world = World::start_with(now(), PATIENT).await;
    let config = json!({"url": format!("http://127.0.0.1:{}", server.port)});
    add(&world, "metrics", "prometheus", &config, None).await;
    let (works, detail) = tested(&world, "metrics").await;
    assert!(works && detail.starts_with("Prometheus 2"), "{detail}");

    let at = json!({"query": "vector(1.5) * 2", "time": "2026-11-21T20:00:00Z"});
    let expected = json!({"values": [{"labels": {}, "time": 1_795_291_200_000_i64, "value": 3.0}]});
    assert_eq!(ask(&world, "metrics", "query", at).await, Ok(expected));
    let infinite = ask(&world, "metrics", "query", json!({"query": "1/0", "time": 1000})).await;
    assert_eq!(infinite, Ok(json!({"values": [{"labels": {}, "time": 1000, "value": "+Inf"}]})));
    let span = json!({"query": "vector(7)", "start": 0, "end": 120_000, "step": "1m"});
    let points = json!([[0, 7.0], [60_000, 7.0], [120_000, 7.0]]);
    let expected = json!({"series": [{"labels": {}, "points": points}]});
    assert_eq!(ask(&world, "metrics", "query_range", span).await, Ok(expected));
    assert_eq!(ask(&world, "metrics", "query", json!({"query": "up"})).await, Ok(json!({"values": []})));

    for (method, arguments, words) in [
        ("query", json!({"query": "sum("}), "parse error"),
        ("query", json!({"query": "up[5m]"}), "wrap it in a function"),
        ("query", json!({"q": "up"}), "unknown field `q`"),
        ("render", json!({}), "has no method `render`: it has `query`, `query_range`"),
    ] {
        let said = ask(&world, "metrics", method, arguments).await.unwrap_err();
        assert!(said.contains(words), "{method}: {said}");
    }
    let elsewhere = json!({"url": format!("http://127.0.0.1:{}/grafana", server.port)});
    add(&world, "elsewhere", "graphite", &elsewhere, None).await;
    let (works, detail) = tested(&world, "elsewhere").await;
    assert!(!works && detail.contains("there is no Graphite at this URL (status 404)"), "{detail}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_keeps_its_secrets_and_takes_them_along() {
    let world = World::start_with(now(), PATIENT).await;
    let config =
        json!({"driver": "postgresql", "host": "db.invalid", "database": "shop", "username": "reader"});
    let keys = |world: &World| std::fs::read_dir(world.data().join("keys")).unwrap().count();
    let before = keys(&world);
    add(&world, "db", "sql", &config, Some("hidden-from-all")).await;
    let mut given = config.clone();
    given["password"] = "hidden-as-well".into();
    add(&world, "inside", "sql", &given, None).await;
    assert_eq!(keys(&world), before + 2);

    let listed = world.ok("tellify source list -o json").await;
    assert!(listed.contains("db.invalid") && !listed.contains("hidden"), "{listed}");
    let restarted = world.restart().await;
    for file in std::fs::read_dir(restarted.data().join("journal/log")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("hidden"), "a secret lies in the journal");
    }
    let (_, detail) = tested(&restarted, "db").await;
    assert!(detail.contains("cannot reach db.invalid"), "{detail}");

    restarted.ok("tellify source remove db").await;
    restarted.daemon.pipeline.settled().await;
    assert_eq!(keys(&restarted), before + 1);
    for (line, words) in [
        ("tellify source remove db", "there is no source `db`"),
        ("tellify source test db", "there is no source `db`"),
        ("tellify source show db", "there is no source `db`"),
        ("tellify source call inside query '{\"sql\":1}'", "`sql`: invalid type: integer"),
        ("tellify source add x --kind sqlite", "there is no kind of sources `sqlite`"),
        ("tellify source add x --kind sql", "missing field `driver`"),
        ("tellify source add x --kind http --config '{\"url\":\"ftp://x\"}'", "begins with https://"),
        (
            "tellify source add x --kind http --config '{\"url\":\"https://u:p@x\"}'",
            "use `username` and `password`",
        ),
        (
            "tellify source add x --kind http --config '{\"url\":\"https://x\",\"pasword\":\"y\"}'",
            "unknown field `pasword`",
        ),
        ("tellify source add x --kind http --secret password=hunter2", "seen by everybody on this machine"),
        ("tellify source add inside --kind http --config '{\"url\":\"https://x\"}'", "exists already"),
    ] {
        let output = restarted.run(line).await;
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(words), "{line}: {said}");
    }
    restarted.ok("tellify source add inside --kind http --config '{\"url\":\"https://x\"}' --replace").await;
    let member = restarted.ok("tellify token create --name eyes --scope read -o json").await;
    let member: Value = serde_json::from_str(&member).unwrap();
    let mut list = restarted.command("tellify source list -o json");
    let seen = list.env("TELLIFY_TOKEN", member["token"].as_str().unwrap()).output().await.unwrap();
    let seen: Value = serde_json::from_slice(&seen.stdout).unwrap();
    assert_eq!((&seen[0]["name"], &seen[0]["config"]), (&json!("inside"), &Value::Null));
    restarted.stop().await;
}
