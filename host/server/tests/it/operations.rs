//! Every operation of the list is served, and nothing else is.

use api::Method;

use crate::client::start;
use crate::fake::fake;

/// One request for each operation, and what the service hears of it.
const TABLE: &[(&str, &str, &str, &str)] = &[
    ("sendEvents", "POST /api/v1/events", "{}", r#"take_events Admin None None "" 2"#),
    (
        "listEvents",
        "GET /api/v1/events?q=type:a*&order=oldest&limit=7&cursor=c",
        "",
        r#"list_events Some("type:a*") Oldest Page { limit: 7, cursor: Some("c") }"#,
    ),
    (
        "followEvents",
        "GET /api/v1/events/stream?q=a%20b&after=3",
        "",
        r#"follow_events Some("a b") Some(Seq(3))"#,
    ),
    ("getEvent", "GET /api/v1/events/12", "", "get_event 12"),
    ("sendCloudEvents", "POST /cloudevents", "{}", "take_cloudevents []"),
    (
        "knockAtDoor",
        "PUT /in/puppet?a=b&a=c",
        "x",
        r#"door "puppet" "" Some("good") false "PUT" "a=b&a=c" 1"#,
    ),
    (
        "knockAtDoorBelow",
        "DELETE /in/puppet/a%20b/c",
        "",
        r#"door "puppet" "a b/c" Some("good") false "DELETE" "" 0"#,
    ),
    (
        "addDoor",
        "POST /api/v1/doors",
        r#"{"name":"hook","plugin":"json","paths":["/x/"],"config":{"a":1},"token":false}"#,
        r#"add_door NewDoor { name: Name("hook"), plugin: Name("json"), paths: [DoorPath("/x/")], config: Object {"a": Number(1)}, realm: "", token: false }"#,
    ),
    ("listDoors", "GET /api/v1/doors", "", "list_doors"),
    ("removeDoor", "DELETE /api/v1/doors/hook", "", r#"remove_door Name("hook")"#),
    (
        "createToken",
        "POST /api/v1/tokens",
        r#"{"name":"ci","scopes":["events:write"]}"#,
        r#"create_token NewToken { name: Name("ci"), user: None, realm: "", scopes: [EventsWrite] }"#,
    ),
    (
        "listTokens",
        "GET /api/v1/tokens?user=alice",
        "",
        r#"list_tokens Some(Name("alice")) Page { limit: 100, cursor: None }"#,
    ),
    ("revokeToken", "DELETE /api/v1/tokens/ci", "", r#"revoke_token "ci""#),
    (
        "addUser",
        "POST /api/v1/users",
        r#"{"name":"alice","email":"a@example.org"}"#,
        r#"add_user NewUser { name: Name("alice"), email: Some("a@example.org"), display_name: None, zone: None }"#,
    ),
    ("listUsers", "GET /api/v1/users?limit=1000", "", "list_users Page { limit: 1000, cursor: None }"),
    ("getUser", "GET /api/v1/users/alice", "", r#"get_user Name("alice")"#),
    (
        "editUser",
        "PATCH /api/v1/users/alice",
        r#"{"email":"b@example.org","zone":null}"#,
        r#"edit_user Name("alice") Some(Some("b@example.org")) None Some(None)"#,
    ),
    ("getHoldings", "GET /api/v1/users/alice/holdings", "", r#"get_holdings Name("alice")"#),
    (
        "removeUser",
        "DELETE /api/v1/users/alice?transfer_to=bob",
        "",
        r#"remove_user Name("alice") Some(TransferTo(Name("bob")))"#,
    ),
    (
        "addAddress",
        "POST /api/v1/users/alice/addresses",
        r#"{"name":"phone","channel":"mail","to":"1@sms.example.org","form":"line"}"#,
        r#"add_address Name("alice") NewAddress { name: Name("phone"), channel: Mail, to: Some("1@sms.example.org"), config: None, form: Some(Line), secret: None }"#,
    ),
    ("listAddresses", "GET /api/v1/users/alice/addresses", "", r#"list_addresses Name("alice")"#),
    ("getAddress", "GET /api/v1/users/alice/addresses/mail", "", r#"get_address Name("alice") Name("mail")"#),
    (
        "editAddress",
        "PATCH /api/v1/users/alice/addresses/phone",
        r#"{"config":{"topic":"t"}}"#,
        r#"edit_address Name("alice") Name("phone") AddressEdit { config: Object {"topic": String("t")} }"#,
    ),
    (
        "removeAddress",
        "DELETE /api/v1/users/alice/addresses/phone",
        "",
        r#"remove_address Name("alice") Name("phone")"#,
    ),
    (
        "rotateAddress",
        "POST /api/v1/users/alice/addresses/ops/rotate",
        r#"{"keep":"1h","secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}"#,
        r#"rotate_address Name("alice") Name("ops") RotateAddress { keep: Some("1h"), secret: Some(SigningSecret(…)) }"#,
    ),
    (
        "testAddress",
        "POST /api/v1/users/alice/addresses/phone/test",
        "",
        r#"test_address Name("alice") Name("phone")"#,
    ),
    (
        "addStyles",
        "POST /api/v1/users/alice/styles",
        r#"{"name":"soon"}"#,
        r#"add_styles Name("alice") Rules(StyleRules { name: Some(Name("soon")), default: None, zone: None, windows: {}, bands: [] })"#,
    ),
    ("listStyles", "GET /api/v1/users/alice/styles", "", r#"list_styles Name("alice")"#),
    ("getStyle", "GET /api/v1/users/alice/styles/soon", "", r#"get_style Name("alice") Name("soon")"#),
    (
        "replaceStyle",
        "PUT /api/v1/users/alice/styles/soon",
        "{}",
        r#"replace_style Name("alice") Name("soon") Rules(StyleRules { name: None, default: None, zone: None, windows: {}, bands: [] })"#,
    ),
    (
        "removeStyle",
        "DELETE /api/v1/users/alice/styles/soon",
        "",
        r#"remove_style Name("alice") Name("soon")"#,
    ),
    (
        "previewStyle",
        "GET /api/v1/users/alice/styles/soon/preview?severity=critical&at=1970-01-01T00:00:01Z",
        "",
        r#"preview_style Name("alice") Name("soon") PreviewAt { severity: Critical, state: Firing, at: Some(Timestamp(1000)) }"#,
    ),
    (
        "addSubscription",
        "POST /api/v1/subscriptions?user=alice",
        r#"{"name":"disks","handler":"threshold"}"#,
        r#"add_subscription Some(Name("alice")) Name("disks") "{}""#,
    ),
    (
        "listSubscriptions",
        "GET /api/v1/subscriptions",
        "",
        "list_subscriptions None Page { limit: 100, cursor: None }",
    ),
    (
        "getSubscription",
        "GET /api/v1/subscriptions/disks?user=alice",
        "",
        r#"get_subscription Which { id_or_name: "disks", user: Some(Name("alice")) }"#,
    ),
    (
        "editSubscription",
        "PATCH /api/v1/subscriptions/s1",
        r#"{"style":null}"#,
        r#"edit_subscription Which { id_or_name: "s1", user: None } Some(None) None"#,
    ),
    (
        "removeSubscription",
        "DELETE /api/v1/subscriptions/s1",
        "",
        r#"remove_subscription Which { id_or_name: "s1", user: None }"#,
    ),
    (
        "resumeSubscription",
        "POST /api/v1/subscriptions/s1/resume",
        "",
        r#"resume_subscription Which { id_or_name: "s1", user: None }"#,
    ),
    (
        "installPlugin",
        "POST /api/v1/plugins?replace=true&side_by_side=true",
        "\0asm",
        "install_plugin 4 true true false",
    ),
    ("listPlugins", "GET /api/v1/plugins", "", "list_plugins"),
    ("getPlugin", "GET /api/v1/plugins/match", "", r#"get_plugin Name("match")"#),
    ("removePlugin", "DELETE /api/v1/plugins/match", "", r#"remove_plugin Name("match")"#),
    (
        "listFailures",
        "GET /api/v1/plugins/match/failures",
        "",
        r#"list_failures Name("match") Page { limit: 100, cursor: None }"#,
    ),
    ("listSourceKinds", "GET /api/v1/source-kinds", "", "list_source_kinds"),
    (
        "addSource",
        "POST /api/v1/sources?replace=true",
        r#"{"name":"db","kind":"sql","config":{"driver":"sqlite"},"secrets":{"password":"hidden"}}"#,
        r#"add_source NewSource { name: Name("db"), kind: Name("sql"), secrets: ["password"], .. } true"#,
    ),
    ("listSources", "GET /api/v1/sources", "", "list_sources"),
    ("getSource", "GET /api/v1/sources/db", "", r#"get_source Name("db")"#),
    ("removeSource", "DELETE /api/v1/sources/db", "", r#"remove_source Name("db")"#),
    ("testSource", "POST /api/v1/sources/db/test", "", r#"test_source Name("db")"#),
    (
        "callSource",
        "POST /api/v1/sources/db/call",
        r#"{"method":"query","arguments":{"sql":"SELECT 1"}}"#,
        r#"call_source Name("db") SourceQuestion { method: "query", arguments: Object {"sql": String("SELECT 1")} }"#,
    ),
    (
        "replayFailure",
        "POST /api/v1/plugins/match/failures/7/replay",
        "",
        r#"replay_failure Name("match") Seq(7)"#,
    ),
    (
        "changeGrants",
        "PATCH /api/v1/plugins/feed/grants",
        r#"{"grant":{"http":["https://a.example/x"],"secrets":["token"]}}"#,
        r#"change_grants Name("feed") GrantChange { grant: Granted { http: [UrlPattern { scheme: Https, host: "a.example", port: Some(443), path: "/x" }], secrets: [Name("token")], sources: [] }, revoke: Granted { http: [], secrets: [], sources: [] }, grant_all: false }"#,
    ),
    (
        "consentToPlugin",
        "POST /api/v1/plugins/feed/consent?side_by_side=true",
        "",
        r#"consent_to_plugin Name("feed") Consent { side_by_side: true, without_grants: false }"#,
    ),
    ("declinePlugin", "POST /api/v1/plugins/feed/decline", "", r#"decline_plugin Name("feed")"#),
    ("sharePlugin", "PUT /api/v1/plugins/feed/shared", "", r#"share_plugin Name("feed") true"#),
    ("unsharePlugin", "DELETE /api/v1/plugins/feed/shared", "", r#"share_plugin Name("feed") false"#),
    ("rollBackPlugin", "POST /api/v1/plugins/feed/rollback", "", r#"roll_back_plugin Name("feed")"#),
    ("listSecrets", "GET /api/v1/secrets", "", "list_secrets"),
    (
        "setSecret",
        "PUT /api/v1/secrets/token",
        r#"{"value":"s3cret"}"#,
        r#"set_secret Name("token") "s3cret""#,
    ),
    ("removeSecret", "DELETE /api/v1/secrets/token", "", r#"remove_secret Name("token")"#),
    (
        "listAlerts",
        "GET /api/v1/alerts?user=alice&state=all",
        "",
        r#"list_alerts AlertsOf { user: Some(Name("alice")), states: All, page: Page { limit: 100, cursor: None } }"#,
    ),
    ("getAlert", "GET /api/v1/alerts/a1-0", "", r#"get_alert "a1-0""#),
    (
        "listInbox",
        "GET /api/v1/inbox?user=alice&address=mail",
        "",
        r#"list_inbox Some(Name("alice")) Some(Name("mail")) Page { limit: 100, cursor: None }"#,
    ),
    ("getDigest", "GET /api/v1/inbox/d1", "", r#"get_digest "d1""#),
    ("takeSnapshot", "POST /api/v1/snapshots", "", "take_snapshot"),
    ("makeBackup", "GET /api/v1/backup?keys=true", "", "backup true"),
];

/// Those that the server answers by itself; they have tests of their own.
const OWN: &[&str] = &["allowCloudEvents", "getOpenapi", "getHealth", "getReadiness", "getMetrics"];

#[tokio::test]
async fn every_operation_reaches_the_service_with_what_was_sent() {
    let server = start(fake()).await;
    for (id, line, body, heard) in TABLE {
        let json = if body.starts_with('{') && *id != "sendEvents" {
            "Content-Type: application/json"
        } else {
            "X-None: 1"
        };
        let reply = server.ask(line, &[json], body.as_bytes()).await;
        assert_eq!((reply.status, reply.detail().as_str()), (418, *heard), "{id}: {line}");
    }
}

#[tokio::test]
async fn the_table_above_and_the_list_of_operations_name_the_same() {
    let mut listed: Vec<_> = api::operations().iter().map(|operation| operation.id).collect();
    let mut tested: Vec<_> = TABLE.iter().map(|row| row.0).chain(OWN.iter().copied()).collect();
    listed.sort_unstable();
    tested.sort_unstable();
    assert_eq!(listed, tested);
}

#[tokio::test]
async fn a_path_that_leads_nowhere_is_404_and_a_wrong_method_405_with_the_right_ones() {
    let server = start(fake()).await;
    for path in [
        "/",
        "/api",
        "/api/v1",
        "/api/v1/nothing",
        "/api/v1/events/",
        "/in",
        "/in/",
        "/in/other",
        "/in/other/x",
        "/reports",
    ] {
        let reply = server.ask(&format!("GET {path}"), &[], b"").await;
        assert_eq!(reply.status, 404, "{path}");
        assert_eq!(reply.detail(), format!("there is nothing at `{path}`"));
    }
    let table = [
        ("DELETE /api/v1/events", "POST, GET, HEAD"),
        ("POST /api/v1/events/1", "GET, HEAD"),
        ("OPTIONS /api/v1/users", "POST, GET, HEAD"),
        ("BREW /api/v1/users/alice/styles/soon", "GET, HEAD, PUT, DELETE"),
        ("GET /cloudevents", "POST, OPTIONS"),
    ];
    for (line, allowed) in table {
        let reply = server.ask(line, &[], b"").await;
        assert_eq!((reply.status, reply.header("allow")), (405, Some(allowed)), "{line}");
        assert_eq!(reply.detail(), format!("this path takes {allowed}"));
    }
}

#[tokio::test]
async fn a_parameter_that_is_unknown_doubled_or_out_of_bounds_is_refused_by_name() {
    let server = start(fake()).await;
    let table = [
        ("GET /api/v1/events?lmit=3", "unknown parameter `lmit`; known are q, order, limit, cursor"),
        ("GET /api/v1/events?q=a&q=b", "the parameter `q` is given twice"),
        ("GET /api/v1/events?order=up", "`order` must be `newest` or `oldest`"),
        ("GET /api/v1/events?limit=0", "`limit` must be from 1 to 1000"),
        ("GET /api/v1/events?limit=1001", "`limit` must be from 1 to 1000"),
        ("GET /api/v1/events?limit=many", "`limit`: invalid digit found in string"),
        ("GET /api/v1/events/1?x=1", "unknown parameter `x`; none is known here"),
        ("POST /cloudevents?type=a", "unknown parameter `type`; none is known here"),
        ("GET /healthz?x", "unknown parameter `x`; none is known here"),
        (
            "GET /api/v1/alerts?state=open",
            "`state`: `open` is no alert state: use one of firing, resolved, note",
        ),
        ("POST /api/v1/plugins?replace=yes", "`replace`: provided string was not `true` or `false`"),
        ("GET /api/v1/events/stream?after=x", "`after`: invalid digit found in string"),
    ];
    for (line, detail) in table {
        let reply = server.ask(line, &[], b"").await;
        assert_eq!((reply.status, reply.detail().as_str()), (400, detail), "{line}");
    }
    let text = server
        .ask("POST /api/v1/events?type=deploy&tags=web,prod&own=1", &["Content-Type: text/plain"], b"x")
        .await;
    assert_eq!(
        text.detail(),
        r#"take_events Admin Some("text/plain") None "type=deploy&tags=web,prod&own=1" 1"#
    );
}

#[tokio::test]
async fn a_name_with_a_path_in_it_is_refused() {
    let server = start(fake()).await;
    for line in [
        "GET /api/v1/users/..%2Fetc",
        "GET /api/v1/users/alice/styles/a%00b",
        "GET /api/v1/plugins/%FF",
        "GET /api/v1/inbox?user=a/b",
    ] {
        assert_eq!(server.ask(line, &[], b"").await.status, 400, "{line}");
    }
}

#[tokio::test]
async fn a_dry_run_installs_nothing() {
    let server = start(fake()).await;
    let reply = server.ask("POST /api/v1/plugins?dry_run=true&replace=true", &[], b"\0asm").await;
    assert_eq!(reply.detail(), "plan_plugin 4");
}

#[tokio::test]
async fn statuses_and_shapes_of_answers() {
    let server = start(fake()).await;
    let one = server.ask("POST /api/v1/events", &[], b"one").await;
    assert_eq!((one.status, one.body.as_str()), (202, r#"{"id":"e1","seq":1,"duplicate":false}"#));
    let many = server.ask("POST /api/v1/events", &[], b"many").await;
    assert_eq!((many.status, many.body.as_str()), (202, r#"[{"id":"e2","seq":2,"duplicate":true}]"#));
    let none = server.ask("GET /api/v1/events?q=none", &[], b"").await;
    assert_eq!((none.status, none.body.as_str()), (200, r#"{"items":[],"next":null}"#));
    let made = server
        .ask(
            "POST /api/v1/tokens",
            &["Content-Type: application/json; charset=utf-8"],
            br#"{"name":"made","scopes":["read"]}"#,
        )
        .await;
    assert_eq!((made.status, made.body.as_str()), (201, r#"{"id":"1","name":"made","token":"tfy_x"}"#));
    let gone = server.ask("DELETE /api/v1/tokens/gone", &[], b"").await;
    assert_eq!((gone.status, gone.body.as_str()), (204, ""));
    let busy = server.ask("POST /api/v1/events", &[], b"busy").await;
    assert_eq!((busy.status, busy.header("retry-after")), (429, Some("7")));
}

#[tokio::test]
async fn the_description_is_there_for_everybody_and_has_every_operation() {
    let server = start(fake()).await;
    let reply = server.ask_as("GET /api/v1/openapi.json", &["Host: x"], b"").await;
    let document = reply.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for operation in api::operations() {
        let method = match operation.method {
            Method::Get => "get",
            Method::Post | Method::Any => "post",
            Method::Put => "put",
            Method::Patch => "patch",
            Method::Delete => "delete",
            Method::Options => "options",
        };
        assert_eq!(document["paths"][operation.path][method]["operationId"], operation.id);
    }
}
