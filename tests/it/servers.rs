//! Other people's servers, as Debian has them, each on a port and in a folder of its own:
//! PostgreSQL, MariaDB and Prometheus.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use tempfile::TempDir;
use testkit::TestTls;

/// A server that runs until it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    /// What trusts it, in PEM.
    pub(crate) ca: String,
    _folder: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has nothing to lose.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Databases do not want to be root, so then they are nobody.
const NOBODY: u32 = 65534;

/// PostgreSQL with TLS, its administrator's password being `admin`, after these statements.
pub(crate) fn postgresql(seed: &str) -> Server {
    let folder = folder();
    let (data, password) = (folder.path().join("data"), folder.path().join("password"));
    own(&password, "admin");
    let mut init = as_nobody(&postgresql_program("initdb"));
    init.args(["--no-sync", "--no-instructions", "--username=admin", "--auth=md5", "--encoding=UTF8"]);
    run(init.arg("--locale=C").arg("--pwfile").arg(&password).arg("--pgdata").arg(&data));
    let port = free_port();
    let mut server = as_nobody(&postgresql_program("postgres"));
    server.arg("-D").arg(&data).arg("-k").arg(folder.path());
    let ca = identity(folder.path());
    for setting in [
        "fsync=off",
        "listen_addresses=127.0.0.1",
        "ssl=on",
        &format!("ssl_cert_file={}", folder.path().join("certificate").display()),
        &format!("ssl_key_file={}", folder.path().join("key").display()),
        &format!("port={port}"),
    ] {
        server.args(["-c", setting]);
    }
    let child = started(server, "database system is ready to accept connections");
    let server = Server { child, port, ca, _folder: folder };
    server.psql(seed);
    server
}

/// MariaDB with TLS, after these statements.
pub(crate) fn mariadb(seed: &str) -> Server {
    let folder = folder();
    let (data, port) = (folder.path().join("data"), free_port());
    fs::create_dir(&data).unwrap();
    give_away(&data);
    let program = program("mariadbd", &["/usr/sbin", "/usr/libexec"]);
    let small =
        ["--no-defaults", "--skip-log-bin", "--innodb-buffer-pool-size=8M", "--innodb-log-file-size=4M"];
    let mut tables = "create database mysql;\nuse mysql;\n".to_owned();
    for file in ["mysql_system_tables.sql", "mysql_system_tables_data.sql"] {
        tables += &fs::read_to_string(Path::new("/usr/share/mysql").join(file)).unwrap();
    }
    let script = folder.path().join("tables");
    own(&script, &tables);
    let mut bootstrap = as_nobody(&program);
    bootstrap.args(small).arg("--bootstrap").arg("--datadir").arg(&data);
    run(bootstrap.stdin(fs::File::open(&script).unwrap()));

    let (first, ca) = (folder.path().join("seed"), identity(folder.path()));
    own(&first, seed);
    let mut server = as_nobody(&program);
    server.args(small).arg("--skip-networking=OFF").arg("--bind-address=127.0.0.1");
    server.arg(format!("--port={port}")).arg(format!("--datadir={}", data.display()));
    server.arg(format!("--socket={}", folder.path().join("socket").display()));
    server.arg(format!("--init-file={}", first.display()));
    server.arg(format!("--ssl-cert={}", folder.path().join("certificate").display()));
    server.arg(format!("--ssl-key={}", folder.path().join("key").display()));
    let child = started(server, "ready for connections");
    Server { child, port, ca, _folder: folder }
}

/// A Prometheus that looks at nothing.
pub(crate) fn prometheus() -> Server {
    let (folder, port) = (folder(), free_port());
    let file = folder.path().join("prometheus.yml");
    own(&file, "global: {}\n");
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools");
    let mut server = as_nobody(&program("prometheus", &[&tools.display().to_string()]));
    server.current_dir(folder.path());
    server.arg(format!("--config.file={}", file.display()));
    server.arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()));
    server.arg(format!("--web.listen-address=127.0.0.1:{port}"));
    let child = started(server, "Server is ready to receive web requests");
    Server { child, port, ca: String::new(), _folder: folder }
}

impl Server {
    /// Runs statements as PostgreSQL's administrator, and answers what they gave.
    pub(crate) fn psql(&self, sql: &str) -> String {
        let mut psql = Command::new(postgresql_program("psql"));
        psql.args([
            "-h",
            "127.0.0.1",
            "-U",
            "admin",
            "-d",
            "postgres",
            "-At",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            sql,
        ]);
        run(psql.env("PGPASSWORD", "admin").arg("-p").arg(self.port.to_string()))
    }
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    give_away(folder.path());
    folder
}

/// A certificate and its key, for the server; and what trusts it.
fn identity(folder: &Path) -> String {
    let tls = TestTls::new();
    own(&folder.join("certificate"), &tls.certificate_pem);
    own(&folder.join("key"), &tls.key_pem);
    tls.ca_pem
}

/// Writes a file that the server can read, and nobody else.
fn own(file: &Path, text: &str) {
    fs::write(file, text).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    give_away(file);
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn give_away(path: &Path) {
    if is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

fn as_nobody(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    let id = NOBODY.to_string();
    command.arg(format!("--reuid={id}")).arg(format!("--regid={id}")).arg("--clear-groups").arg(program);
    command
}

fn postgresql_program(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut folders: Vec<_> = versions.map(|version| version.unwrap().path().join("bin")).collect();
    folders.sort();
    let folders: Vec<_> = folders.iter().rev().map(|folder| folder.display().to_string()).collect();
    program(name, &folders.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A program in one of these folders, or else where all programs are.
fn program(name: &str, folders: &[&str]) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().map(PathBuf::from).chain(std::env::split_paths(&path));
    let found = all.map(|folder| folder.join(name)).find(|file| file.exists());
    found.unwrap_or_else(|| panic!("there is no {name}: `scripts/setup --tests` installs it"))
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Starts a server, and returns once it says that it is ready.
fn started(mut command: Command, ready: &str) -> Child {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = String::new();
    loop {
        let Some(Ok(line)) = lines.next() else { panic!("{command:?} ended: {said}") };
        said += &format!("{line}\n");
        if line.contains(ready) {
            break;
        }
    }
    // Whoever writes a log must find a reader.
    thread::spawn(move || lines.for_each(drop));
    child
}
