//! From the settings to what each crate wants to know of them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use deliver::{MailOptions, MailTls, PingMethod, PingOptions};
use event::Door;
use journal::Retention;
use plugins::{ChildCompiler, CompileLimits, Compiler};
use settings::{Refused, Settings, Warning};

use crate::cli::compile::arguments;
use crate::serve::ServeArgs;

/// The settings of the file, the variables and the command line, in rising order.
pub(crate) fn settings(args: ServeArgs) -> Result<(Settings, Vec<Warning>), Refused> {
    let file = args.config.or_else(usual_file);
    let (mut settings, warnings) = Settings::load(file.as_deref(), std::env::vars())?;
    if let Some(data) = args.data {
        settings.data.dir = data;
    }
    if let Some(listen) = args.listen {
        settings.server.listen = listen;
    }
    Ok((settings, warnings))
}

/// Where a configuration file is looked for when nobody names one.
pub(crate) fn usual_file() -> Option<PathBuf> {
    let own = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".config")));
    let files = own.map(|folder| folder.join("tellify/tellify.toml"));
    files.into_iter().chain([PathBuf::from("/etc/tellify/tellify.toml")]).find(|file| file.exists())
}

pub(crate) fn journal_options(settings: &Settings, accept_loss: bool) -> journal::Options {
    let settings::Journal {
        segment_bytes,
        seal_after_h,
        keep_days,
        keep_bytes,
        keep_free_bytes,
        queue_bytes,
    } = settings.journal;
    let seal_after_ms = i64::from(seal_after_h) * 3600 * 1000;
    let retention = Retention {
        keep_ms: (keep_days > 0).then(|| i64::from(keep_days) * 24 * 3600 * 1000),
        keep_bytes: (keep_bytes > 0).then_some(keep_bytes),
    };
    journal::Options {
        segment_bytes,
        seal_after_ms,
        queue_bytes,
        keep_free_bytes,
        retention,
        accept_loss,
        ..journal::Options::default()
    }
}

pub(crate) fn plugin_limits(settings: &Settings) -> plugins::Limits {
    let own = &settings.plugins;
    let time = |cpu_ms, wall_ms| plugins::CallTime {
        cpu: Duration::from_millis(cpu_ms),
        wall: Duration::from_millis(wall_ms),
    };
    plugins::Limits {
        component_bytes: own.component_bytes,
        cpu: Duration::from_millis(own.cpu_ms),
        wall: Duration::from_millis(own.wall_ms),
        monitor: time(own.monitor_cpu_ms, own.monitor_wall_ms),
        source: time(own.source_cpu_ms, own.source_wall_ms),
        channel: time(own.channel_cpu_ms, own.channel_wall_ms),
        memory_bytes: own.memory_bytes,
        table_elements: own.table_elements,
        handles: own.handles,
        hostcall_bytes: own.host_call_bytes,
        host_calls: own.host_calls,
        output_bytes: own.output_bytes,
        effects: own.effects,
        log_bytes: own.log_bytes,
        state_value_bytes: own.state_value_bytes,
        state_bytes: own.state_bytes,
        event: settings.events.clone(),
        ..plugins::Limits::default()
    }
}

/// How strangers' components are compiled: by this very program, as it is now, even if its
/// file has been replaced meanwhile.
pub(crate) fn compiler(settings: &Settings) -> std::io::Result<Compiler> {
    let own = Path::new("/proc/self/exe");
    let program = if own.exists() { own.to_owned() } else { std::env::current_exe()? };
    let plugins = &settings.plugins;
    let limits = CompileLimits {
        cpu_s: plugins.compile_cpu_s,
        memory_bytes: plugins.compile_memory_bytes,
        // Machine code is two to four times as large.
        code_bytes: 8 * plugins.component_bytes as u64,
    };
    // Each may take all of the memory that is allowed.
    let at_once = std::thread::available_parallelism().map_or(1, |processors| processors.get().min(4));
    Ok(Compiler::Child(ChildCompiler { program, arguments: arguments(&limits), limits, at_once }))
}

pub(crate) fn plugin_policy(settings: &Settings) -> pipeline::PluginPolicy {
    pipeline::PluginPolicy {
        members_may_install: settings.plugins.members_may_install,
        member_plugins: settings.plugins.member_plugins,
        member_bytes: settings.plugins.member_bytes,
    }
}

pub(crate) fn mail(mail: &settings::Mail) -> Option<MailOptions> {
    Some(MailOptions {
        host: mail.host.clone()?,
        port: mail.port,
        tls: match mail.tls {
            settings::MailTls::None => MailTls::None,
            settings::MailTls::Starttls => MailTls::StartTls,
            settings::MailTls::Implicit => MailTls::Implicit,
        },
        username: mail.username.clone(),
        password: mail.password.as_ref().map(|password| password.reveal().to_owned()),
        from: mail.from.clone()?,
        helo: mail.helo.clone(),
        pool: mail.pool,
        timeout: Duration::from_secs(mail.timeout_s),
        ca_file: mail.ca_file.clone(),
    })
}

/// The way out for what the daemon does for its users.
pub(crate) fn web(egress: &settings::Egress) -> Result<egress::Client, String> {
    // Nothing else in these options can be wrong.
    egress::Client::new(&outside(egress)).map_err(|error| format!("`egress.ca_file`: {error}"))
}

/// The way out for plugins, as far as they are granted it.
pub(crate) fn gate(egress: &settings::Egress) -> Result<egress::Gate, String> {
    let gate = egress::Gate::new(&outside(egress), egress::Bounds::default());
    gate.map_err(|error| format!("`egress.ca_file`: {error}"))
}

fn outside(egress: &settings::Egress) -> egress::Options {
    egress::Options {
        timeout: Duration::from_secs(20),
        user_agent: format!("tellify/{}", env!("CARGO_PKG_VERSION")),
        reach: egress::Reach::Public { and: egress.allow.iter().map(|network| network.0).collect() },
        ca_file: egress.ca_file.clone(),
    }
}

/// Who asks sources, and within which bounds.
pub(crate) fn sources(settings: &Settings) -> Result<sources::Sources, String> {
    let own = &settings.sources;
    let options = sources::Options {
        egress: outside(&settings.egress),
        limits: sources::Limits {
            time: Duration::from_millis(own.timeout_ms),
            rows: own.rows,
            bytes: own.result_bytes,
        },
        sqlite_folders: own.sqlite_folders.clone(),
    };
    sources::Sources::new(options).map_err(|error| format!("`egress.ca_file`: {error}"))
}

/// Who outside hears that all is well, if somebody does.
pub(crate) fn ping(settings: &Settings) -> Result<Option<PingOptions>, String> {
    let settings::Watch { url, method, every_s, .. } = &settings.watch;
    let Some(url) = url.as_ref().map(|url| url.reveal().to_owned()) else { return Ok(None) };
    web(&settings.egress)?.check(&url).map_err(|error| format!("`watch.url`: {error}"))?;
    let method = match method {
        settings::WatchMethod::Get => PingMethod::Get,
        settings::WatchMethod::Post => PingMethod::Post,
    };
    Ok(Some(PingOptions { url, method, every: Duration::from_secs(u64::from(*every_s)) }))
}

pub(crate) fn doors(settings: &Settings) -> Vec<Door> {
    let door = |(name, door): (&event::Name, &settings::Door)| Door {
        name: name.clone(),
        plugin: door.plugin.clone(),
        plugin_sha256: None,
        paths: door.paths.clone(),
        token_hash: door.token.as_ref().map(|token| accounts::hash(token.reveal())),
        config: door.config.clone(),
        realm: door.realm.clone(),
        created: None,
    };
    settings.doors.iter().map(door).collect()
}
