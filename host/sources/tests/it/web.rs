//! Sources that are asked by HTTP: what is sent, and what is made of the answers.

use serde_json::json;
use sources::{Connection, Limits, SourceError};
use testkit::{HttpSink, Post, Receive};

use crate::world::World;

const JSON: &str = "application/json";

/// A server that answers every request so.
async fn server(status: u16, kind: &'static str, body: &str) -> HttpSink {
    let sink = HttpSink::start(None).await.unwrap();
    sink.script(Receive::Reply(status, vec![("content-type", kind.to_owned())], body.to_owned()));
    sink
}

/// Where it is, without the path that is for webhooks.
fn url(sink: &HttpSink, below: &str) -> String {
    sink.url().replace("/hook", below)
}

fn world() -> World {
    World::new(World::LIMITS, Vec::new())
}

/// What was asked for, and with which header of that name.
fn asked<'p>(post: &'p Post, header: &str) -> (&'p str, &'p str, Option<String>) {
    (&post.method, &post.path, post.header(header).map(str::to_owned))
}

#[tokio::test]
async fn graphite_gives_series_and_their_last_values() {
    let drawn = r#"[{"target":"a","tags":{"name":"a"},"datapoints":[[1.5,60],[null,120]]},{"target":"b","datapoints":[[null,60]]}]"#;
    let sink = server(200, JSON, drawn).await;
    sink.script(Receive::Reply(200, Vec::new(), drawn.to_owned()));
    let config = json!({"url": url(&sink, "/graphite"), "username": "u", "password": "p"});
    let arguments = json!({"targets": ["a", "sum(b.*)"], "until": "now", "max_points": 9});
    let series = world().ask("graphite", &config, "render", arguments).await;
    let expected = json!({"series": [
        {"target": "a", "tags": {"name": "a"}, "points": [[60_000, 1.5], [120_000, null]]},
        {"target": "b", "tags": {}, "points": [[60_000, null]]},
    ]});
    assert_eq!(series, Ok(expected));
    let latest = world().ask("graphite", &config, "latest", json!({"targets": ["a"], "from": "-1h"})).await;
    let expected = json!({"values": [
        {"target": "a", "tags": {"name": "a"}, "time": 60_000, "value": 1.5},
        {"target": "b", "tags": {}, "time": null, "value": null},
    ]});
    assert_eq!(latest, Ok(expected));
    let posts = sink.posts();
    let path =
        "/graphite/render?target=a&target=sum%28b.*%29&from=-10min&until=now&maxDataPoints=9&format=json";
    assert_eq!(asked(&posts[0], "authorization"), ("GET", path, Some("Basic dTpw".to_owned())));
    assert!(posts[1].path.contains("from=-1h"));
}

#[tokio::test]
async fn answers_that_are_of_no_use_are_explained() {
    for (kind, method, arguments, status, body, words) in [
        (
            "graphite",
            "render",
            json!({"targets": ["x("]}),
            400,
            "bad target",
            "does not take this: bad target",
        ),
        ("graphite", "render", json!({"targets": ["x"]}), 401, "", "wants a login"),
        ("graphite", "render", json!({"targets": ["x"]}), 404, "", "no Graphite at this URL"),
        ("graphite", "render", json!({"targets": ["x"]}), 200, "<html>hello", "is no Graphite: <html>hello"),
        ("graphite", "render", json!({"targets": ["x"]}), 200, "{}", "is no Graphite"),
        ("graphite", "render", json!({"targets": []}), 200, "[]", "from one to 64 targets"),
        ("prometheus", "query", json!({"query": "x"}), 403, "", "does not let this login do that"),
        ("prometheus", "query", json!({"query": "x"}), 302, "", "redirects are not followed"),
        ("prometheus", "query", json!({"query": "x"}), 503, "down\n for  now", "answers 503: down for now"),
        ("prometheus", "query", json!({"query": "x"}), 200, "{}", "is no Prometheus"),
        ("prometheus", "query", json!({}), 200, "{}", "missing field `query`"),
        ("http", "get", json!({"path": "a", "query": {"b": {}}}), 200, "{}", "`query.b`: text, a number"),
        ("http", "fetch", json!({}), 200, "", "has no method `fetch`: it has `get`, `request`"),
    ] {
        let sink = server(status, JSON, body).await;
        let asked = world().ask(kind, &json!({"url": url(&sink, "")}), method, arguments).await;
        let said = asked.unwrap_err().to_string();
        assert!(said.contains(words), "{kind} {status}: {said}");
    }
}

#[tokio::test]
async fn an_answer_of_http_is_given_as_what_it_is() {
    for (kind, body, expected) in [
        (JSON, r#"{"a":[1]}"#, json!({"json": {"a": [1]}})),
        ("application/vnd.api+json; charset=utf-8", "1", json!({"json": 1})),
        (JSON, "no json", json!({"text": "no json"})),
        ("text/plain", "1", json!({"text": "1"})),
    ] {
        let sink = server(418, kind, body).await;
        let answer =
            world().ask("http", &json!({"url": url(&sink, "/api")}), "get", json!({"path": "/x"})).await;
        let mut answer = answer.unwrap();
        assert_eq!(answer["headers"]["content-type"], json!(kind));
        answer.as_object_mut().unwrap().remove("headers");
        let mut expected = expected;
        expected["status"] = json!(418);
        assert_eq!(answer, expected);
    }
}

#[tokio::test]
async fn headers_of_the_configuration_are_sent_and_cannot_be_replaced() {
    let sink = server(200, JSON, "{}").await;
    let config = json!({
        "url": url(&sink, "/api/"), "methods": ["POST"], "token": "hidden", "headers": {"X-Team": "a"},
        "secret_headers": {"X-Key": "k"},
    });
    let request = json!({
        "method": "POST", "path": "x y/../z?a=1", "query": {"b": 2, "c": "ä&"}, "json": {"q": 1},
        "headers": {"authorization": "other", "x-key": "other", "x-own": "o"},
    });
    world().ask("http", &config, "request", request).await.unwrap();
    let posts = sink.posts();
    let path = "/api/z?a=1&b=2&c=%C3%A4%26";
    assert_eq!(asked(&posts[0], "authorization"), ("POST", path, Some("Bearer hidden".to_owned())));
    for (name, value) in [("x-team", "a"), ("x-key", "k"), ("x-own", "o"), ("content-type", JSON)] {
        assert_eq!(posts[0].header(name), Some(value), "{name}");
    }
    assert_eq!(posts[0].body, br#"{"q":1}"#);
    let get = world().ask("http", &config, "get", json!({})).await;
    assert!(matches!(get, Err(SourceError::Denied(said)) if said.contains("is not asked by GET")));
}

#[tokio::test]
async fn no_path_leads_out_of_the_url() {
    let sink = HttpSink::start(None).await.unwrap();
    let config = json!({"url": url(&sink, "/api/v1")});
    for path in [
        "../admin",
        "/../../x",
        "a/../../x",
        "%2e%2e/x",
        "..%2fx",
        "a/..%5c..%5cx",
        "..\\x",
        "//../x",
        ".%2e/x",
    ] {
        let asked = world().ask("http", &config, "get", json!({"path": path})).await;
        assert!(matches!(asked, Err(SourceError::Denied(_))), "{path}: {asked:?}");
    }
    assert_eq!(sink.posts(), []);
    for (path, seen) in [
        ("http://example.org/x", "/api/v1/http://example.org/x"),
        ("a%2Fb", "/api/v1/a%2Fb"),
        ("//x", "/api/v1/x"),
    ] {
        let sink = server(200, JSON, "{}").await;
        let config = json!({"url": url(&sink, "/api/v1")});
        world().ask("http", &config, "get", json!({"path": path})).await.unwrap();
        assert_eq!(sink.posts()[0].path, seen);
    }
}

#[tokio::test]
async fn an_answer_without_end_is_given_up() {
    let limits = Limits { bytes: 1000, ..World::LIMITS };
    let world = World::new(limits, Vec::new());
    let sink = HttpSink::start(None).await.unwrap();
    sink.script(Receive::Flood("HTTP/1.1 200 OK\r\n\r\n"));
    let asked = world.ask("http", &json!({"url": url(&sink, "")}), "get", json!({})).await;
    assert!(asked.unwrap_err().to_string().contains("more than 1000 bytes"));
    let impatient = World::new(Limits { time: std::time::Duration::from_millis(1), ..limits }, Vec::new());
    sink.script(Receive::Stall("HTTP/1.1 200 OK\r\n"));
    let asked = impatient.ask("http", &json!({"url": url(&sink, "")}), "get", json!({})).await;
    assert_eq!(asked, Err(SourceError::Timeout));
}

#[tokio::test]
async fn what_may_not_be_reached_is_not() {
    for (config, words) in [
        (json!({"url": "http://169.254.169.254/latest"}), "where clouds keep their metadata"),
        (json!({"url": "http://[::1]:9090"}), "its address is loopback"),
    ] {
        let asked = world().ask("http", &config, "get", json!({})).await;
        assert!(matches!(&asked, Err(SourceError::Denied(said)) if said.contains(words)), "{asked:?}");
    }
}

#[test]
fn configurations_that_cannot_work_are_refused_with_their_place() {
    for (kind, config, pointer, words) in [
        ("graphite", json!({}), "", "missing field `url`"),
        ("graphite", json!({"url": 1}), "/url", "invalid type"),
        ("graphite", json!({"url": "x"}), "/url", "this is no URL"),
        ("graphite", json!({"url": "file:///etc"}), "/url", "begins with https:// or http://"),
        ("graphite", json!({"url": "https://a@b"}), "/url", "use `username` and `password`"),
        ("graphite", json!({"url": "https://a?b"}), "/url", "nothing may stand behind"),
        ("graphite", json!({"url": "https://a", "password": "p"}), "/username", "without `username`"),
        ("graphite", json!({"url": "https://a", "username": "u", "token": "t"}), "/token", "either `token`"),
        ("graphite", json!({"url": "https://a", "methods": ["GET"]}), "/methods", "unknown field `methods`"),
        (
            "http",
            json!({"url": "https://a", "headers": {"a b": "c"}}),
            "/headers",
            "cannot be the name of a header",
        ),
        ("http", json!({"url": "https://a", "headers": {"Host": "c"}}), "/headers", "cannot be set"),
        (
            "http",
            json!({"url": "https://a", "secret_headers": {"a": "b\nc: d"}}),
            "/secret_headers",
            "control character",
        ),
        ("http", json!({"url": "https://a", "methods": ["TRACE"]}), "/methods/0", "unknown variant `TRACE`"),
        ("sql", json!({"driver": "oracle"}), "/driver", "unknown variant `oracle`"),
        ("sql", json!({"driver": "sqlite", "path": "shop.db"}), "/path", "begins with a slash"),
        (
            "sql",
            json!({"driver": "mysql", "host": "a/b", "database": "d", "username": "u"}),
            "/host",
            "no host's name",
        ),
        ("ldap", json!({}), "", "there are `graphite`, `http`, `prometheus`, `sql`"),
    ] {
        let refused = Connection::new(kind, &config).unwrap_err();
        assert!(refused.message.contains(words), "{config}: {}", refused.message);
        assert_eq!(refused.pointer, pointer, "{config}");
    }
}

#[test]
fn the_schemas_take_what_the_kinds_take() {
    let examples = [
        ("graphite", json!({"url": "https://a", "username": "u", "password": "p"})),
        ("http", json!({"url": "https://a", "methods": ["GET", "POST"], "secret_headers": {"x-key": "k"}})),
        ("prometheus", json!({"url": "http://a:9090", "token": "t"})),
        (
            "sql",
            json!({"driver": "postgresql", "host": "a", "database": "d", "username": "u", "password": "p"}),
        ),
        ("sql", json!({"driver": "sqlite", "path": "/srv/shop.db"})),
    ];
    for (kind, config) in &examples {
        let known = sources::kinds().into_iter().find(|known| known.kind == *kind).unwrap();
        assert!(jsonschema::is_valid(&known.config_schema, config), "{config}");
        Connection::new(kind, config).unwrap();
        assert!(!jsonschema::is_valid(&known.config_schema, &json!({"url": "https://a", "x": 1})));
        for method in &known.methods {
            assert!(jsonschema::meta::is_valid(&method.arguments_schema), "{}", method.name);
            assert!(jsonschema::meta::is_valid(&method.result_schema), "{}", method.name);
        }
    }
    let secret: Vec<Vec<String>> =
        sources::kinds().iter().map(|kind| event::secret_parts(&kind.config_schema)).collect();
    let web = ["password", "secret_headers", "token"].map(str::to_owned).to_vec();
    assert_eq!(secret, [web.clone(), web.clone(), web, vec!["password".to_owned()]]);
}
